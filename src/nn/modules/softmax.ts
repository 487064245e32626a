/** Softmax and its kin as modules. */

import { ShapeError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import { Module } from "../module.js";
import { python } from "../repr.js";

const dimArguments = reader("Softmax(int? dim=null)");

/** A normalisation along a dimension. */
abstract class AlongDim extends Module<[input: Tensor], Tensor> {
  /** The dimension; null leaves the choice to PyTorch's old rule: 0 for inputs of 0, 1 or 3 dimensions, else 1. */
  readonly dim: number | null;

  constructor(...args: Args<[dim: number | null], { dim?: number | null }>) {
    super();
    [this.dim] = dimArguments(args, this._getName());
  }

  /** @internal */
  protected dimFor(input: Tensor): number {
    if (this.dim !== null) return this.dim;
    const rank = input.shape.length;
    return rank === 0 || rank === 1 || rank === 3 ? 0 : 1;
  }

  override extraRepr(): string {
    return `dim=${python(this.dim)}`;
  }
}

/** `exp(x) / Σ exp(x)` along a dimension. */
export class Softmax extends AlongDim {
  forward(input: Tensor): Tensor {
    return input.softmax(this.dimFor(input));
  }
}

/** `exp(-x) / Σ exp(-x)` along a dimension. */
export class Softmin extends AlongDim {
  forward(input: Tensor): Tensor {
    return input.neg().softmax(this.dimFor(input));
  }
}

/** `log(softmax(x))` along a dimension. */
export class LogSoftmax extends AlongDim {
  forward(input: Tensor): Tensor {
    return input.logSoftmax(this.dimFor(input));
  }

  override extraRepr(): string {
    return `dim=${python(this.dim)}`;
  }
}

/**
 * Softmax over the channels of images, `[batch, channels, height, width]` or without batch dimension.
 * @throws {ShapeError} for inputs of other ranks.
 */
export class Softmax2d extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    const rank = input.shape.length;
    if (rank !== 3 && rank !== 4) throw new ShapeError(`Softmax2d: expected input to be 3D or 4D, got ${rank}D instead`);
    return input.softmax(-3);
  }
}
