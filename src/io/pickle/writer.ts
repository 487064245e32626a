/** Writes pickles of protocol 2, in the form that Python's own pickler gives them, value by value. */

import * as op from "./opcodes.js";

/** Items are set and appended in batches of this many. */
const BATCH = 1000;

/** Bytes that grow. */
class Bytes {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  private reserve(count: number): void {
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
  }

  /** The view, with room for `count` more bytes at the end. */
  private reserved(count: number): DataView {
    this.reserve(count);
    return this.view;
  }

  byte(value: number): void {
    this.reserved(1).setUint8(this.length - 1, value);
  }

  uint16(value: number): void {
    this.reserved(2).setUint16(this.length - 2, value, true);
  }

  int32(value: number): void {
    this.reserved(4).setInt32(this.length - 4, value, true);
  }

  float64(value: number): void {
    this.reserved(8).setFloat64(this.length - 8, value, false);
  }

  all(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length - bytes.length);
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/**
 * Writes one pickle. The caller says what each of its values is in Python. What occurs again is referred to: strings and names here; other values if
 * the caller asks `recalled` first, and calls `remember` right after writing them.
 */
export class PickleWriter {
  private readonly out = new Bytes();
  private readonly memo = new Map<unknown, number>();
  private memoized = 0;
  private readonly encoder = new TextEncoder();

  constructor() {
    this.out.byte(op.PROTO);
    this.out.byte(2);
  }

  /** Ends the pickle. */
  finish(): Uint8Array {
    this.out.byte(op.STOP);
    return this.out.done();
  }

  /** Writes a reference to a value that was written before, if it was. */
  recalled(value: unknown): boolean {
    const key = this.memo.get(value);
    if (key === undefined) return false;
    this.out.byte(key < 256 ? op.BINGET : op.LONG_BINGET);
    if (key < 256) this.out.byte(key);
    else this.out.int32(key);
    return true;
  }

  /** Keeps the value just written, under the identity of one of the caller's, or of none. */
  remember(value?: unknown): void {
    const key = this.memoized++;
    if (value !== undefined) this.memo.set(value, key);
    this.out.byte(key < 256 ? op.BINPUT : op.LONG_BINPUT);
    if (key < 256) this.out.byte(key);
    else this.out.int32(key);
  }

  none(): void {
    this.out.byte(op.NONE);
  }

  bool(value: boolean): void {
    this.out.byte(value ? op.NEWTRUE : op.NEWFALSE);
  }

  float(value: number): void {
    this.out.byte(op.BINFLOAT);
    this.out.float64(value);
  }

  int(value: number | bigint): void {
    const { out } = this;
    if (value >= 0 && value < 0x100) {
      out.byte(op.BININT1);
      out.byte(Number(value));
    } else if (value >= 0 && value < 0x10000) {
      out.byte(op.BININT2);
      out.uint16(Number(value));
    } else if (value >= -0x80000000 && value < 0x80000000) {
      out.byte(op.BININT);
      out.int32(Number(value));
    } else this.long(BigInt(value));
  }

  /** The shortest two's complement, little-endian. */
  private long(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 127n || rest < -128n; rest >>= 8n) bytes.push(Number(rest & 255n));
    bytes.push(Number(rest & 255n));
    const isShort = bytes.length < 256;
    this.out.byte(isShort ? op.LONG1 : op.LONG4);
    if (isShort) this.out.byte(bytes.length);
    else this.out.int32(bytes.length);
    this.out.all(Uint8Array.from(bytes));
  }

  string(value: string): void {
    // Strings and names share one memo; a name's key begins with a character that no string is looked up with.
    if (this.recalled(`"${value}`)) return;
    const bytes = this.encoder.encode(value);
    this.out.byte(op.BINUNICODE);
    this.out.int32(bytes.length);
    this.out.all(bytes);
    this.remember(`"${value}`);
  }

  /** A name in a module. */
  global(module: string, name: string): void {
    const line = `${module}\n${name}\n`;
    if (this.recalled(`c${line}`)) return;
    this.out.byte(op.GLOBAL);
    this.out.all(this.encoder.encode(line));
    this.remember(`c${line}`);
  }

  /** Bytes: protocol 2 has none, so they are text, encoded again by the reader. */
  bytes(value: Uint8Array): void {
    let text = "";
    for (let at = 0; at < value.length; at += 8192) text += String.fromCharCode(...value.subarray(at, at + 8192));
    this.call("_codecs", "encode", [() => this.string(text), () => this.string("latin1")]);
  }

  /** A new tuple; each item is written by a callback. */
  tuple(items: readonly (() => void)[]): void {
    if (items.length === 0) return this.out.byte(op.EMPTY_TUPLE);
    if (items.length > 3) this.out.byte(op.MARK);
    for (const item of items) item();
    this.out.byte([op.TUPLE, op.TUPLE1, op.TUPLE2, op.TUPLE3][items.length] ?? op.TUPLE);
    this.remember();
  }

  /** A new tuple of integers. */
  ints(values: readonly number[]): void {
    this.tuple(values.map((value) => () => this.int(value)));
  }

  /** A new tuple, kept under the identity of a value. */
  tupleAs(value: unknown, items: readonly (() => void)[]): void {
    this.tuple(items);
    if (items.length > 0) this.memo.set(value, this.memoized - 1);
  }

  /** What a call gives. Its value is kept; the caller may name it with `as`. */
  call(module: string, name: string, args: readonly (() => void)[], as?: unknown): void {
    this.global(module, name);
    this.tuple(args);
    this.out.byte(op.REDUCE);
    this.remember(as);
  }

  /** An empty list or dict, kept under the identity of a value. */
  empty(kind: "list" | "dict", as?: unknown): void {
    this.out.byte(kind === "list" ? op.EMPTY_LIST : op.EMPTY_DICT);
    this.remember(as);
  }

  /** Appends to the list just written. */
  append(items: readonly (() => void)[]): void {
    this.batches(items, op.APPEND, op.APPENDS);
  }

  /** Sets pairs in the dict just written; each callback writes key and value. */
  setItems(pairs: readonly (() => void)[]): void {
    this.batches(pairs, op.SETITEM, op.SETITEMS);
  }

  private batches(items: readonly (() => void)[], one: number, many: number): void {
    if (items.length === 1) {
      items[0]?.();
      this.out.byte(one);
      return;
    }
    for (let at = 0; at < items.length; at += BATCH) {
      this.out.byte(op.MARK);
      for (const item of items.slice(at, at + BATCH)) item();
      this.out.byte(many);
    }
  }

  /** Gives the object just written a state; the callback writes it. */
  build(state: () => void): void {
    state();
    this.out.byte(op.BUILD);
  }

  /** Replaces the tuple just written, an identifier, by what it identifies. */
  persistent(): void {
    this.out.byte(op.BINPERSID);
  }
}
