/** Activation functions that take no arguments but whether to write into their input, as modules. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";

const inplaceArguments = reader("Activation(bool inplace=false)");

/** An activation that may write into its input. */
abstract class InplaceActivation extends Module<[input: Tensor], Tensor> {
  /** Whether the result is written into the input. */
  readonly inplace: boolean;

  constructor(...args: Args<[inplace: boolean], { inplace?: boolean }>) {
    super();
    [this.inplace] = inplaceArguments(args, this._getName());
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** `max(0, x)` */
export class ReLU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return this.inplace ? input.relu_() : F.relu(input);
  }
}

/** `scale · (max(0, x) + min(0, α · (exp(x) - 1)))`, with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017). */
export class SELU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return F.selu(input, this.inplace);
  }
}

/** `x · sigmoid(x)` */
export class SiLU extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return F.silu(input, this.inplace);
  }
}

/** `x · tanh(softplus(x))` */
export class Mish extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return F.mish(input, this.inplace);
  }
}

/** `min(max(0, x + 3), 6) / 6` */
export class Hardsigmoid extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return F.hardsigmoid(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}

/** `x · hardsigmoid(x)` */
export class Hardswish extends InplaceActivation {
  forward(input: Tensor): Tensor {
    return F.hardswish(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}

/** `1 / (1 + exp(-x))` */
export class Sigmoid extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    return input.tanh();
  }
}

/** `log(sigmoid(x))` */
export class LogSigmoid extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    return F.logsigmoid(input);
  }
}

/** `x / (1 + |x|)` */
export class Softsign extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    return F.softsign(input);
  }
}

/** `x - tanh(x)` */
export class Tanhshrink extends Module<[input: Tensor], Tensor> {
  forward(input: Tensor): Tensor {
    return F.tanhshrink(input);
  }
}
