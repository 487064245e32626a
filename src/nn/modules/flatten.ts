/** Joining and splitting dimensions. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import { Module } from "../module.js";
import { tuple } from "../repr.js";

const flattenArguments = reader("Flatten(int startDim=1, int endDim=-1)");

/** Joins the dimensions from `startDim` to `endDim` into one; by default all but the batch. */
export class Flatten extends Module<[input: Tensor], Tensor> {
  readonly startDim: number;
  readonly endDim: number;

  constructor(...args: Args<[startDim: number, endDim: number], { startDim?: number; endDim?: number }>) {
    super();
    [this.startDim, this.endDim] = flattenArguments(args);
  }

  forward(input: Tensor): Tensor {
    return input.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

const unflattenArguments = reader("Unflatten(int dim, int[] unflattenedSize)");

/** Splits a dimension into several. */
export class Unflatten extends Module<[input: Tensor], Tensor> {
  readonly dim: number;
  readonly unflattenedSize: readonly number[];

  constructor(...args: [dim: number, unflattenedSize: readonly number[]] | [options: { dim: number; unflattenedSize: readonly number[] }]) {
    super();
    [this.dim, this.unflattenedSize] = unflattenArguments(args);
  }

  forward(input: Tensor): Tensor {
    return input.unflatten(this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${tuple(this.unflattenedSize)}`;
  }
}
