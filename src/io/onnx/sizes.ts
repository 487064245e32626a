/** Sizes that differ from one run of a model to the next, as tracing it with several sizes of its inputs shows them. */

/** A number that depends on sizes of the inputs: what it was in each run. */
export class Dim {
  constructor(readonly sizes: readonly number[]) {}

  toString(): string {
    return this.sizes.join("/");
  }
}

/** A number that is known, or one that depends on sizes of the inputs. */
export type Size = number | Dim;

/** The number in one of the runs. */
export const sizeIn = (size: Size, run: number): number => (typeof size === "number" ? size : (size.sizes[run] as number));

/** Combines numbers run by run. */
export function combine(sizes: readonly Size[], f: (...values: number[]) => number): Size {
  const dim = sizes.find((size) => size instanceof Dim);
  if (dim === undefined) return f(...(sizes as readonly number[]));
  return sizeOf((dim as Dim).sizes.map((_, run) => f(...sizes.map((size) => sizeIn(size, run)))));
}

/** The size that had these values in all runs. */
export function sizeOf(values: readonly number[]): Size {
  const first = values[0] as number;
  return values.every((value) => Object.is(value, first)) ? first : new Dim(values);
}

/** Whether two sizes were the same in every run. */
export function sameSize(a: Size, b: Size): boolean {
  return a === b || (a instanceof Dim && b instanceof Dim && a.sizes.every((n, run) => n === b.sizes[run]));
}

/** The product of sizes. */
export const productOf = (sizes: readonly Size[]): Size => combine(sizes, (...values) => values.reduce((a, b) => a * b, 1));

/** Whether all sizes are known. */
export const areKnown = (sizes: readonly Size[]): sizes is readonly number[] => sizes.every((size) => typeof size === "number");
