/** Expressions of generated JavaScript as closures over a frame of variables. */

import { TorchError } from "../../../../core/errors.js";
import { type Binary, binary, stepped, unary } from "./operators.js";
import { type Token, tokensOf } from "./tokens.js";

/** The variables of a call, by number. */
export type Frame = unknown[];

/** Computes a value. */
export type Evaluate = (frame: Frame) => unknown;

/** An expression; what can be assigned to also has `set`. */
interface Term {
  readonly get: Evaluate;
  readonly set?: (frame: Frame, value: unknown) => void;
}

/** What generated code finds outside of it. */
const globals: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["Math", Math],
  ["Number", Number],
  ["BigInt", BigInt],
  ["Infinity", Infinity],
  ["NaN", NaN],
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["false", false],
]);

const isIndexed = (value: unknown): value is Record<PropertyKey, unknown> =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** What an object has under a key. */
export function member(object: unknown, key: unknown): unknown {
  if (isIndexed(object) && (typeof key === "number" || typeof key === "string")) return object[key];
  throw new TorchError(`the interpreter of kernels cannot read ${String(key)} of ${String(object)}`);
}

function assign(object: unknown, key: unknown, value: unknown): void {
  if (!isIndexed(object) || (typeof key !== "number" && typeof key !== "string"))
    throw new TorchError(`the interpreter of kernels cannot write ${String(key)} of ${String(object)}`);
  object[key] = value;
}

function call(target: unknown, self: unknown, args: readonly unknown[]): unknown {
  if (typeof target !== "function") throw new TorchError(`the interpreter of kernels cannot call ${String(target)}`);
  return Reflect.apply(target, self, args);
}

/** Reads tokens, and knows the names in scope. */
export class ExpressionParser {
  private readonly tokens: readonly Token[];
  private at = 0;
  /** The numbers of variables, in the scopes from the outermost in. */
  private readonly scopes: Map<string, number>[] = [new Map()];
  /** How many variables there are. */
  protected variables = 0;

  constructor(
    source: string,
    private readonly library: Readonly<Record<string, unknown>>,
  ) {
    this.tokens = tokensOf(source);
  }

  protected get next(): Token {
    return this.tokens[this.at] as Token;
  }

  /** The token behind the next one. */
  protected get second(): Token {
    return this.tokens[this.at + 1] ?? { kind: "end", text: "" };
  }

  protected advance(): Token {
    return this.tokens[this.at++] as Token;
  }

  /** Whether the next token is this one, which is then read. */
  protected takes(text: string): boolean {
    if (this.next.text !== text || this.next.kind === "end") return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.takes(text)) throw new TorchError(`the interpreter of kernels expects ${text}, not ${this.next.text || "the end"}`);
  }

  protected name(): string {
    const token = this.advance();
    if (token.kind !== "name") throw new TorchError(`the interpreter of kernels expects a name, not ${token.text}`);
    return token.text;
  }

  /** Declares a variable in the innermost scope. */
  protected declare(name: string): number {
    const slot = this.variables++;
    (this.scopes[this.scopes.length - 1] as Map<string, number>).set(name, slot);
    return slot;
  }

  /** What is parsed in a scope of its own. */
  protected scoped<T>(parse: () => T): T {
    this.scopes.push(new Map());
    const result = parse();
    this.scopes.pop();
    return result;
  }

  /** Expressions with commas between them; the value is the last one's. */
  protected expression(): Evaluate {
    const first = this.assignment();
    if (this.next.text !== ",") return first;
    const all = [first];
    while (this.takes(",")) all.push(this.assignment());
    return (frame) => {
      let value: unknown;
      for (const evaluate of all) value = evaluate(frame);
      return value;
    };
  }

  protected assignment(): Evaluate {
    const term = this.conditional();
    const { text } = this.next;
    if (this.next.kind !== "symbol" || !text.endsWith("=") || binary.has(text)) return term.get;
    const operator = text === "=" ? null : binary.get(text.slice(0, -1));
    const { get, set } = term;
    if (operator === undefined || set === undefined) throw new TorchError(`the interpreter of kernels does not know ${text} here`);
    this.advance();
    const value = this.assignment();
    if (operator === null)
      return (frame) => {
        const result = value(frame);
        set(frame, result);
        return result;
      };
    return (frame) => {
      const result = operator.apply(get(frame), value(frame));
      set(frame, result);
      return result;
    };
  }

  private conditional(): Term {
    const condition = this.either();
    if (!this.takes("?")) return condition;
    const { get } = condition;
    const yes = this.assignment();
    this.expect(":");
    const no = this.assignment();
    return { get: (frame) => (get(frame) ? yes(frame) : no(frame)) };
  }

  private either(): Term {
    let left = this.both();
    while (this.takes("||")) {
      const { get } = left;
      const right = this.both().get;
      left = { get: (frame) => get(frame) || right(frame) };
    }
    return left;
  }

  private both(): Term {
    let left = this.operation(4);
    while (this.takes("&&")) {
      const { get } = left;
      const right = this.operation(4).get;
      left = { get: (frame) => get(frame) && right(frame) };
    }
    return left;
  }

  /** Operators of at least a precedence; equal ones from the left, but for powers. */
  private operation(least: number): Term {
    let left = this.prefixed();
    for (;;) {
      const operator = this.next.kind === "symbol" ? binary.get(this.next.text) : undefined;
      if (operator === undefined || operator.precedence < least) return left;
      const isPower = this.advance().text === "**";
      left = combined(operator.apply, left.get, this.operation(operator.precedence + (isPower ? 0 : 1)).get);
    }
  }

  private prefixed(): Term {
    const { text, kind } = this.next;
    const operator = kind === "symbol" ? unary.get(text) : undefined;
    if (operator !== undefined) {
      this.advance();
      const { get } = this.prefixed();
      return { get: (frame) => operator(get(frame)) };
    }
    if (text === "++" || text === "--") {
      this.advance();
      return this.step(this.prefixed(), text === "++" ? 1 : -1, true);
    }
    const term = this.postfixed();
    if (this.takes("++")) return this.step(term, 1, false);
    return this.takes("--") ? this.step(term, -1, false) : term;
  }

  private step({ get, set }: Term, by: 1 | -1, isBefore: boolean): Term {
    if (set === undefined) throw new TorchError("the interpreter of kernels counts variables only");
    return {
      get: (frame) => {
        const old = get(frame);
        const now = stepped(old, by);
        set(frame, now);
        return isBefore ? now : old;
      },
    };
  }

  /** Members and calls. */
  private postfixed(): Term {
    let term = this.primary();
    let self: Evaluate | null = null;
    for (;;) {
      const object = term.get;
      if (this.takes(".") || this.next.text === "[") {
        const isComputed = this.takes("[");
        const key = isComputed ? this.expression() : constant(this.name());
        if (isComputed) this.expect("]");
        self = object;
        term = {
          get: (frame) => member(object(frame), key(frame)),
          set: (frame, value) => assign(object(frame), key(frame), value),
        };
      } else if (this.takes("(")) {
        const args = this.list(")");
        const owner = self ?? constant(undefined);
        self = null;
        term = {
          get: (frame) =>
            call(
              object(frame),
              owner(frame),
              args.map((arg) => arg(frame)),
            ),
        };
      } else return term;
    }
  }

  /** Expressions with commas between them, up to a closing bracket. */
  private list(end: string): Evaluate[] {
    const values: Evaluate[] = [];
    while (!this.takes(end)) {
      values.push(this.assignment());
      if (this.next.text !== end) this.expect(",");
    }
    return values;
  }

  private primary(): Term {
    const token = this.advance();
    if (token.kind === "number") return { get: constant(token.value) };
    if (token.text === "(") {
      const get = this.expression();
      this.expect(")");
      return { get };
    }
    if (token.text === "[") {
      const elements = this.list("]");
      return { get: (frame) => elements.map((element) => element(frame)) };
    }
    if (token.kind !== "name") throw new TorchError(`the interpreter of kernels expects a value, not ${token.text || "the end"}`);
    for (let k = this.scopes.length - 1; k >= 0; k--) {
      const slot = this.scopes[k]?.get(token.text);
      if (slot === undefined) continue;
      return {
        get: (frame) => frame[slot],
        set: (frame, value) => {
          frame[slot] = value;
        },
      };
    }
    if (token.text === "S") return { get: constant(this.library) };
    if (!globals.has(token.text)) throw new TorchError(`the interpreter of kernels does not know ${token.text}`);
    return { get: constant(globals.get(token.text)) };
  }
}

const constant =
  (value: unknown): Evaluate =>
  () =>
    value;

const combined = (apply: Binary, left: Evaluate, right: Evaluate): Term => ({ get: (frame) => apply(left(frame), right(frame)) });
