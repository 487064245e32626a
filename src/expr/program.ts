/** A program: expressions that are computed together, as the unit that backends compile and cache. */

import { type Expr, inputsOf } from "./node.js";

let programs = 0;

/** One or more expressions over the same inputs, one per output. */
export class Program {
  /** Unique to the program. */
  readonly id: number = programs++;
  /** What backends compiled from it, by their own keys. */
  readonly compiled: Map<number, unknown> = new Map();
  /** What a second engine of the same device compiled, by its own keys. */
  readonly encoded: Map<number | string, unknown> = new Map();
  /** The same for reductions of its values. */
  readonly reductions: Map<number, unknown> = new Map();
  /** The key that was used last, and what was compiled for it: most programs meet one kind of operands again and again. */
  latestKey: number = Number.NaN;
  latest: unknown = null;

  constructor(
    /** The name of the operation, for error messages. */
    readonly name: string,
    readonly outputs: readonly Expr[],
    /** The number of inputs, whether or not an output reads them. */
    readonly arity: number,
  ) {}

  /** The inputs that some output reads. */
  get reads(): number[] {
    return [...new Set(this.outputs.flatMap(inputsOf))].sort((a, b) => a - b);
  }
}
