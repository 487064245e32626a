/** Activation functions with arguments, as modules: each calls the function of the same name in `torch.nn.functional`. */

import { empty } from "../../ops/create/filled.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { constant_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { float, python } from "../repr.js";

/** What stands at the end of the text of a module that writes into its input. */
const inplaceText = (inplace: boolean): string => (inplace ? ", inplace=True" : "");

const leakyArguments = reader("LeakyReLU(float negativeSlope=0.01, bool inplace=false)");

/** `x` where positive, else `negativeSlope · x`. */
export class LeakyReLU extends Module<[input: Tensor], Tensor> {
  readonly negativeSlope: number;
  readonly inplace: boolean;

  constructor(...args: Args<[negativeSlope: number, inplace: boolean], { negativeSlope?: number; inplace?: boolean }>) {
    super();
    [this.negativeSlope, this.inplace] = leakyArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.leakyRelu(input, this.negativeSlope, this.inplace);
  }

  override extraRepr(): string {
    return `negative_slope=${float(this.negativeSlope)}${inplaceText(this.inplace)}`;
  }
}

type AlphaArguments = Args<[alpha: number, inplace: boolean], { alpha?: number; inplace?: boolean }>;

const alphaArguments = reader("ELU(float alpha=1, bool inplace=false)");

/** `x` where positive, else `alpha · (exp(x) - 1)`. */
export class ELU extends Module<[input: Tensor], Tensor> {
  readonly alpha: number;
  readonly inplace: boolean;

  constructor(...args: AlphaArguments) {
    super();
    [this.alpha, this.inplace] = alphaArguments(args, this._getName());
  }

  forward(input: Tensor): Tensor {
    return F.elu(input, this.alpha, this.inplace);
  }

  override extraRepr(): string {
    return `alpha=${float(this.alpha)}${inplaceText(this.inplace)}`;
  }
}

/** `max(0, x) + min(0, alpha · (exp(x / alpha) - 1))` */
export class CELU extends Module<[input: Tensor], Tensor> {
  readonly alpha: number;
  readonly inplace: boolean;

  constructor(...args: AlphaArguments) {
    super();
    [this.alpha, this.inplace] = alphaArguments(args, this._getName());
  }

  forward(input: Tensor): Tensor {
    return F.celu(input, this.alpha, this.inplace);
  }

  override extraRepr(): string {
    return `alpha=${float(this.alpha)}${inplaceText(this.inplace)}`;
  }
}

const geluArguments = reader("GELU(str approximate='none')");

/** `x · Φ(x)`, Φ being the normal distribution function; with `"tanh"` an approximation of it. */
export class GELU extends Module<[input: Tensor], Tensor> {
  readonly approximate: "none" | "tanh";

  constructor(...args: Args<[approximate: "none" | "tanh"], { approximate?: "none" | "tanh" }>) {
    super();
    this.approximate = geluArguments(args)[0] as "none" | "tanh";
  }

  forward(input: Tensor): Tensor {
    return F.gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${python(this.approximate)}`;
  }
}

const gluArguments = reader("GLU(int dim=-1)");

/** `a · sigmoid(b)`, `a` and `b` being the halves of the input along `dim`. */
export class GLU extends Module<[input: Tensor], Tensor> {
  readonly dim: number;

  constructor(...args: Args<[dim: number], { dim?: number }>) {
    super();
    [this.dim] = gluArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.glu(input, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

const hardtanhArguments = reader("Hardtanh(float minVal=-1, float maxVal=1, bool inplace=false)");

/** The input, kept between `minVal` and `maxVal`. */
export class Hardtanh extends Module<[input: Tensor], Tensor> {
  readonly minVal: number;
  readonly maxVal: number;
  readonly inplace: boolean;

  constructor(...args: Args<[minVal: number, maxVal: number, inplace: boolean], { minVal?: number; maxVal?: number; inplace?: boolean }>) {
    super();
    [this.minVal, this.maxVal, this.inplace] = hardtanhArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.hardtanh(input, this.minVal, this.maxVal, this.inplace);
  }

  override extraRepr(): string {
    return `min_val=${float(this.minVal)}, max_val=${float(this.maxVal)}${inplaceText(this.inplace)}`;
  }
}

/** `min(max(0, x), 6)` */
export class ReLU6 extends Hardtanh {
  constructor(...args: Args<[inplace: boolean], { inplace?: boolean }>) {
    const [inplace] = relu6Arguments(args);
    super(0, 6, inplace);
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

const relu6Arguments = reader("ReLU6(bool inplace=false)");

const thresholdArguments = reader("Threshold(float threshold, float value, bool inplace=false)");

/** `x` where above `threshold`, else `value`. */
export class Threshold extends Module<[input: Tensor], Tensor> {
  readonly threshold: number;
  readonly value: number;
  readonly inplace: boolean;

  constructor(
    ...args: Arguments<[threshold: number, value: number], { threshold: number; value: number }, [inplace: boolean], { inplace?: boolean }>
  ) {
    super();
    [this.threshold, this.value, this.inplace] = thresholdArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.threshold(input, this.threshold, this.value, this.inplace);
  }

  override extraRepr(): string {
    return `threshold=${python(this.threshold)}, value=${python(this.value)}${inplaceText(this.inplace)}`;
  }
}

const softplusArguments = reader("Softplus(float beta=1, float threshold=20)");

/** `log(1 + exp(beta · x)) / beta`; `x` itself where `beta · x` is above `threshold`. */
export class Softplus extends Module<[input: Tensor], Tensor> {
  readonly beta: number;
  readonly threshold: number;

  constructor(...args: Args<[beta: number, threshold: number], { beta?: number; threshold?: number }>) {
    super();
    [this.beta, this.threshold] = softplusArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.softplus(input, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${float(this.beta)}, threshold=${float(this.threshold)}`;
  }
}

type LambdArguments = Args<[lambd: number], { lambd?: number }>;

const lambdArguments = reader("Softshrink(float lambd=0.5)");

/** `x - lambd` above `lambd`, `x + lambd` below `-lambd`, else 0. */
export class Softshrink extends Module<[input: Tensor], Tensor> {
  readonly lambd: number;

  constructor(...args: LambdArguments) {
    super();
    [this.lambd] = lambdArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.softshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return float(this.lambd);
  }
}

/** `x` where `|x| > lambd`, else 0. */
export class Hardshrink extends Module<[input: Tensor], Tensor> {
  readonly lambd: number;

  constructor(...args: LambdArguments) {
    super();
    [this.lambd] = lambdArguments(args, "Hardshrink");
  }

  forward(input: Tensor): Tensor {
    return F.hardshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return float(this.lambd);
  }
}

const rreluArguments = reader("RReLU(float lower=0.125, float upper=0.3333333333333333, bool inplace=false)");

/** `x` where positive, else `a · x`; while training each `a` is drawn from `[lower, upper)`, in evaluation it is their mean. */
export class RReLU extends Module<[input: Tensor], Tensor> {
  readonly lower: number;
  readonly upper: number;
  readonly inplace: boolean;

  constructor(...args: Args<[lower: number, upper: number, inplace: boolean], { lower?: number; upper?: number; inplace?: boolean }>) {
    super();
    [this.lower, this.upper, this.inplace] = rreluArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.rrelu(input, this.lower, this.upper, this.training, this.inplace);
  }

  override extraRepr(): string {
    return `lower=${float(this.lower)}, upper=${float(this.upper)}${inplaceText(this.inplace)}`;
  }
}

const preluArguments = reader("PReLU(int numParameters=1, float init=0.25, device? device=null, dtype? dtype=null)");

/** `x` where positive, else `weight · x`; the weight is learnt, one for all channels or one for each. */
export class PReLU extends Module<[input: Tensor], Tensor> {
  readonly numParameters: number;
  readonly init: number;
  /** `[numParameters]` */
  weight: Parameter;

  constructor(...args: Args<[numParameters: number, init: number], FactoryOptions & { numParameters?: number; init?: number }>) {
    super();
    const [numParameters, init, device, dtype] = preluArguments(args);
    this.numParameters = numParameters;
    this.init = init;
    this.weight = new Parameter(empty([numParameters], { device, dtype }));
    this.resetParameters();
  }

  /** Sets the weight to `init`. */
  resetParameters(): void {
    constant_(this.weight, this.init);
  }

  forward(input: Tensor): Tensor {
    return F.prelu(input, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}
