/**
 * Reads pickles as data. A pickle is a program for a small stack machine, and some of its instructions call functions by name; here they reach a fixed
 * table of meanings and nothing else: no name is looked up, nothing is imported, nothing is called. Every instruction adds at most one value, so a
 * pickle takes memory in proportion to its length.
 */

import type { SerializationError } from "../../core/errors.js";
import * as op from "./opcodes.js";
import { Dict, GlobalName, isTuple, PythonSet, tuple } from "./values.js";

/** What a pickle may refer to, and what that stands for. Each throws for what it does not know. */
export interface Meanings {
  /** The value of a name such as `torch.float32`: a value, or a `GlobalName` that `reduce` knows. */
  global(path: string): unknown;
  /** What a call of a name stands for. */
  reduce(name: GlobalName, args: readonly unknown[]): unknown;
  /** Adds state to an object. */
  build(object: unknown, state: unknown): void;
  /** What an identifier of something outside the pickle stands for: a storage. */
  persistent(id: unknown): unknown;
  /** The error of something that is wrong. */
  fail(text: string): SerializationError;
}

/** Thrown where the bytes end before the pickle does. */
export class Exhausted extends Error {}

/** Integers beyond this many bytes are refused: PyTorch writes none, and converting them takes quadratic time. */
const LONGEST_INTEGER = 1024;

/**
 * What a pickle may cost: 1 for a number or string, 4 for anything else. Memory is proportional to it (at most about 2 GB), and engines end the process where
 * an array grows beyond 2^27 elements.
 */
const BUDGET = 2 ** 26;

/** Python 2's names of modules, as Python 3 calls them. */
const renamed: ReadonlyMap<string, string> = new Map([["__builtin__", "builtins"]]);

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A machine for one pickle. */
class Reader {
  private at: number;
  private readonly view: DataView;
  private stack: unknown[] = [];
  /** The stacks below the marks. */
  private readonly marked: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly meanings: Meanings,
  ) {
    this.at = start;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Runs until the pickle stops. */
  run(): { readonly value: unknown; readonly end: number } {
    for (let spent = 0; ; ) {
      const code = this.byte();
      if (code === op.STOP) return { value: this.pop(), end: this.at };
      if (this.constant(code)) spent += 1;
      else if (this.container(code) || this.object(code)) spent += 4;
      else throw this.meanings.fail(`the pickle has the instruction 0x${code.toString(16)} at byte ${this.at - 1}, which is not supported`);
      if (spent > BUDGET)
        throw this.meanings.fail(`the pickle holds too many values, more than ${BUDGET / 4} containers or ${BUDGET} numbers`);
    }
  }

  private skip(length: number): number {
    const start = this.at;
    if (!(length <= this.bytes.length - start)) throw new Exhausted();
    this.at += length;
    return start;
  }

  private byte(): number {
    return this.bytes[this.skip(1)] as number;
  }

  private uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  private uint64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  private slice(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  private text(length: number): string {
    try {
      return utf8.decode(this.slice(length));
    } catch (error) {
      if (error instanceof TypeError) throw this.meanings.fail(`the pickle has a string at byte ${this.at - length} that is not UTF-8`);
      throw error;
    }
  }

  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new Exhausted();
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  private integer(length: number): number | bigint {
    if (length > LONGEST_INTEGER)
      throw this.meanings.fail(`the pickle has an integer of ${length} bytes; at most ${LONGEST_INTEGER} are read`);
    let value = 0n;
    const bytes = this.slice(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    value = BigInt.asIntN(8 * length, value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  private pop(): unknown {
    if (this.stack.length === 0) throw this.meanings.fail(`the pickle takes a value from an empty stack at byte ${this.at - 1}`);
    return this.stack.pop();
  }

  private top(): unknown {
    if (this.stack.length === 0) throw this.meanings.fail(`the pickle reads an empty stack at byte ${this.at - 1}`);
    return this.stack[this.stack.length - 1];
  }

  /** What was put on the stack since the last mark. */
  private popMark(): unknown[] {
    const items = this.stack;
    const below = this.marked.pop();
    if (below === undefined) throw this.meanings.fail(`the pickle has no mark at byte ${this.at - 1}`);
    this.stack = below;
    return items;
  }

  private push(value: unknown): true {
    this.stack.push(value);
    return true;
  }

  private constant(code: number): boolean {
    switch (code) {
      case op.NONE:
        return this.push(null);
      case op.NEWTRUE:
        return this.push(true);
      case op.NEWFALSE:
        return this.push(false);
      case op.BININT:
        return this.push(this.view.getInt32(this.skip(4), true));
      case op.BININT1:
        return this.push(this.byte());
      case op.BININT2:
        return this.push(this.view.getUint16(this.skip(2), true));
      case op.LONG1:
        return this.push(this.integer(this.byte()));
      case op.LONG4:
        return this.push(this.integer(this.uint32()));
      case op.BINFLOAT:
        return this.push(this.view.getFloat64(this.skip(8), false));
      case op.BINUNICODE:
      case op.BINSTRING:
        return this.push(this.text(this.uint32()));
      case op.SHORT_BINUNICODE:
      case op.SHORT_BINSTRING:
        return this.push(this.text(this.byte()));
      case op.BINUNICODE8:
        return this.push(this.text(this.uint64()));
      case op.BINBYTES:
        return this.push(this.slice(this.uint32()).slice());
      case op.SHORT_BINBYTES:
        return this.push(this.slice(this.byte()).slice());
      case op.BINBYTES8:
      case op.BYTEARRAY8:
        return this.push(this.slice(this.uint64()).slice());
      default:
        return false;
    }
  }

  private tupleOf(count: number): true {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.unshift(this.pop());
    return this.push(tuple(items));
  }

  private extend(items: readonly unknown[]): true {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list))
      throw this.meanings.fail(`the pickle appends to what is no list at byte ${this.at - 1}`);
    for (const item of items) list.push(item);
    return true;
  }

  private setItems(items: readonly unknown[]): true {
    const dict = this.top();
    if (!(dict instanceof Dict) || items.length % 2 !== 0)
      throw this.meanings.fail(`the pickle sets items of what is no dict at byte ${this.at - 1}`);
    for (let i = 0; i < items.length; i += 2) dict.pairs.push([items[i], items[i + 1]]);
    return true;
  }

  private addItems(items: readonly unknown[]): true {
    const set = this.top();
    if (!(set instanceof PythonSet)) throw this.meanings.fail(`the pickle adds to what is no set at byte ${this.at - 1}`);
    for (const item of items) set.members.push(item);
    return true;
  }

  private container(code: number): boolean {
    switch (code) {
      case op.MARK:
        this.marked.push(this.stack);
        this.stack = [];
        return true;
      case op.POP:
        // Python pops the mark where nothing lies above it.
        if (this.stack.length === 0) this.popMark();
        else this.stack.pop();
        return true;
      case op.POP_MARK:
        this.popMark();
        return true;
      case op.DUP:
        return this.push(this.top());
      case op.EMPTY_TUPLE:
      case op.TUPLE1:
      case op.TUPLE2:
      case op.TUPLE3:
        return this.tupleOf(code === op.EMPTY_TUPLE ? 0 : code - op.TUPLE1 + 1);
      case op.TUPLE: {
        const items = this.popMark();
        return this.push(tuple(items));
      }
      case op.EMPTY_LIST:
        return this.push([]);
      case op.APPEND:
        return this.extend([this.pop()]);
      case op.APPENDS:
        return this.extend(this.popMark());
      case op.EMPTY_DICT:
        return this.push(new Dict(false));
      case op.SETITEM: {
        const value = this.pop();
        return this.setItems([this.pop(), value]);
      }
      case op.SETITEMS:
        return this.setItems(this.popMark());
      case op.EMPTY_SET:
        return this.push(new PythonSet([]));
      case op.ADDITEMS:
        return this.addItems(this.popMark());
      case op.FROZENSET: {
        const members = this.popMark();
        return this.push(new PythonSet(members));
      }
      default:
        return false;
    }
  }

  private named(module: unknown, name: unknown): true {
    if (typeof module !== "string" || typeof name !== "string")
      throw this.meanings.fail(`the pickle names something by what is no text at byte ${this.at - 1}`);
    return this.push(this.meanings.global(`${renamed.get(module) ?? module}.${name}`));
  }

  private reduce(): true {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof GlobalName) || !isTuple(args))
      throw this.meanings.fail(`the pickle calls what is no name at byte ${this.at - 1}`);
    return this.push(this.meanings.reduce(callee, args));
  }

  private recall(key: number): true {
    if (!this.memo.has(key)) throw this.meanings.fail(`the pickle recalls value ${key} at byte ${this.at - 1}, which it never kept`);
    return this.push(this.memo.get(key));
  }

  private keep(key: number): true {
    this.memo.set(key, this.top());
    return true;
  }

  private object(code: number): boolean {
    switch (code) {
      case op.GLOBAL: {
        const module = this.line();
        return this.named(module, this.line());
      }
      case op.STACK_GLOBAL: {
        const name = this.pop();
        return this.named(this.pop(), name);
      }
      case op.REDUCE:
      case op.NEWOBJ:
        return this.reduce();
      case op.BUILD: {
        const state = this.pop();
        this.meanings.build(this.top(), state);
        return true;
      }
      case op.BINPERSID:
        return this.push(this.meanings.persistent(this.pop()));
      case op.BINPUT:
        return this.keep(this.byte());
      case op.LONG_BINPUT:
        return this.keep(this.uint32());
      case op.MEMOIZE:
        return this.keep(this.memo.size);
      case op.BINGET:
        return this.recall(this.byte());
      case op.LONG_BINGET:
        return this.recall(this.uint32());
      case op.PROTO:
        return this.protocol(this.byte());
      case op.FRAME:
        this.skip(8);
        return true;
      default:
        return false;
    }
  }

  private protocol(version: number): true {
    if (version >= 2 && version <= 5) return true;
    throw this.meanings.fail(`the pickle says it is of protocol ${version}; protocols 2 to 5 are read`);
  }
}

/**
 * Reads the pickle that begins at a byte; tells where it ends.
 * @throws {Exhausted} if the bytes end before it does.
 * @throws {SerializationError} for anything that is not data.
 */
export function readPickle(bytes: Uint8Array, start: number, meanings: Meanings): { readonly value: unknown; readonly end: number } {
  return new Reader(bytes, start, meanings).run();
}
