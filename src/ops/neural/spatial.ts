/** What operations over one, two or three spatial dimensions share: their arguments, and inputs without a batch. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** One number for every spatial dimension, or one for each. */
export type Sizes = number | readonly number[];

/** The number of spatial dimensions. */
export type Rank = 1 | 2 | 3;

const words = ["", "one int", "two ints", "three ints"] as const;

/**
 * An argument of a pooling operation for each of `rank` dimensions.
 * @throws {ArgumentError} if there are as many as neither one nor `rank`.
 */
export function sizesOf(op: string, name: string, given: readonly number[], rank: Rank): readonly number[] {
  if (given.length === rank) return given;
  if (given.length !== 1)
    throw new ArgumentError(`${op}: ${op}(): ${name} must either be a single int, or a tuple of ${words[rank]}, got ${formatShape(given)}`);
  return new Array<number>(rank).fill(given[0] as number);
}

/** An input as a batch, and the reverse for the result. */
export interface Batched {
  readonly input: Tensor;
  readonly unbatched: boolean;
}

/** Adds a batch dimension to an input of `rank` + 1 dimensions. */
export function asBatch(input: Tensor, rank: Rank): Batched {
  const unbatched = input.shape.length === rank + 1;
  return { input: unbatched ? input.unsqueeze(0) : input, unbatched };
}

/**
 * Checks that an input is `[N, C, …]` or `[C, …]` with `rank` more dimensions, none empty but that of the batch.
 * @throws {ShapeError} saying what was expected.
 */
export function checkSpatial(op: string, input: Tensor, rank: Rank): void {
  const { shape } = input;
  const fits = shape.length === rank + 2 ? !shape.slice(1).includes(0) : shape.length === rank + 1 && !shape.includes(0);
  if (!fits) {
    throw new ShapeError(
      `${op}: Expected ${rank + 1}D or ${rank + 2}D (batch mode) tensor with optional 0 dim batch size for input, but got: ${formatShape(shape)}`,
    );
  }
}
