/** Dropout: regularisation by zeros, drawn anew in every call while training. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { float, python } from "../repr.js";

const dropoutArguments = reader("Dropout(float p=0.5, bool inplace=false)");

/** What all kinds of dropout have in common. */
abstract class Dropping extends Module<[input: Tensor], Tensor> {
  /** The probability of a zero. */
  p: number;
  readonly inplace: boolean;

  /** @throws {ArgumentError} if `p` is outside of `[0, 1]`. */
  constructor(...args: Args<[p: number, inplace: boolean], { p?: number; inplace?: boolean }>) {
    super();
    [this.p, this.inplace] = dropoutArguments(args, this._getName());
    if (!(this.p >= 0 && this.p <= 1))
      throw new ArgumentError(`${this._getName()}: dropout probability has to be between 0 and 1, but got ${this.p}`);
  }

  override extraRepr(): string {
    return `p=${float(this.p)}, inplace=${python(this.inplace)}`;
  }
}

/** Zeroes elements with probability `p` while training and multiplies the others by `1 / (1 - p)` (Hinton et al., 2012). */
export class Dropout extends Dropping {
  forward(input: Tensor): Tensor {
    return F.dropout(input, this.p, this.training, this.inplace);
  }
}

/** Zeroes whole channels of sequences, `[batch, channels, length]`. */
export class Dropout1d extends Dropping {
  forward(input: Tensor): Tensor {
    return F.dropout1d(input, this.p, this.training, this.inplace);
  }
}

/** Zeroes whole channels of images, `[batch, channels, height, width]`. */
export class Dropout2d extends Dropping {
  forward(input: Tensor): Tensor {
    return F.dropout2d(input, this.p, this.training, this.inplace);
  }
}

/** Zeroes whole channels of volumes, `[batch, channels, depth, height, width]`. */
export class Dropout3d extends Dropping {
  forward(input: Tensor): Tensor {
    return F.dropout3d(input, this.p, this.training, this.inplace);
  }
}

/** Dropout that keeps mean and variance behind `SELU`: what is dropped takes the value to which that saturates. */
export class AlphaDropout extends Dropping {
  forward(input: Tensor): Tensor {
    return F.alphaDropout(input, this.p, this.training, this.inplace);
  }
}

/** `AlphaDropout` of whole channels. */
export class FeatureAlphaDropout extends Dropping {
  forward(input: Tensor): Tensor {
    return F.featureAlphaDropout(input, this.p, this.training, this.inplace);
  }
}
