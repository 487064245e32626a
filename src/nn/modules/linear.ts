/** Linear maps. */

import { ArgumentError } from "../../core/errors.js";
import { empty } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import { bilinear, linear } from "../functional.js";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { python } from "../repr.js";

/** Gives its input back, whatever it was constructed with. */
export class Identity extends Module<[input: Tensor], Tensor> {
  constructor(..._args: unknown[]) {
    super();
  }

  forward(input: Tensor): Tensor {
    return input;
  }
}

const linearArguments = reader("Linear(int inFeatures, int outFeatures, bool bias=true, device? device=null, dtype? dtype=null)");

/**
 * `x · weightᵀ + bias`: `[…, inFeatures]` to `[…, outFeatures]`. Weight and bias start uniform in `±1/√inFeatures`.
 * @example
 * ```ts
 * const layer = new nn.Linear(20, 30);
 * layer(torch.randn(128, 20)).size(); // torch.Size([128, 30])
 * ```
 */
export class Linear extends Module<[input: Tensor], Tensor> {
  inFeatures: number;
  readonly outFeatures: number;
  /** `[outFeatures, inFeatures]` */
  weight: Parameter;
  /** `[outFeatures]`, or null. */
  bias: Parameter | null;

  constructor(
    ...args: Arguments<
      [inFeatures: number, outFeatures: number],
      { inFeatures: number; outFeatures: number },
      [bias: boolean],
      FactoryOptions & { bias?: boolean }
    >
  ) {
    super();
    const [inFeatures, outFeatures, bias, device, dtype] = linearArguments(args);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures], { device, dtype }));
    this.bias = null;
    this.registerParameter("bias", bias ? new Parameter(empty([outFeatures], { device, dtype })) : null);
    this.resetParameters();
  }

  /** Initialises weight and bias anew. */
  resetParameters(): void {
    kaimingUniform_(this.weight, Math.sqrt(5));
    if (this.bias === null) return;
    const { fanIn } = calculateFanInAndFanOut(this.weight);
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    uniform_(this.bias, -bound, bound);
  }

  forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${python(this.bias !== null)}`;
  }
}

const bilinearArguments = reader(
  "Bilinear(int in1Features, int in2Features, int outFeatures, bool bias=true, device? device=null, dtype? dtype=null)",
);

/** `x₁ᵀ · weight · x₂ + bias`, for each output a matrix of its own. */
export class Bilinear extends Module<[input1: Tensor, input2: Tensor], Tensor> {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  /** `[outFeatures, in1Features, in2Features]` */
  weight: Parameter;
  /** `[outFeatures]`, or null. */
  bias: Parameter | null;

  constructor(
    ...args: Arguments<
      [in1Features: number, in2Features: number, outFeatures: number],
      { in1Features: number; in2Features: number; outFeatures: number },
      [bias: boolean],
      FactoryOptions & { bias?: boolean }
    >
  ) {
    super();
    const [in1Features, in2Features, outFeatures, bias, device, dtype] = bilinearArguments(args);
    if (in1Features <= 0) throw new ArgumentError(`Bilinear: in1_features must be > 0, but got (in1_features=${in1Features})`);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features], { device, dtype }));
    this.bias = null;
    this.registerParameter("bias", bias ? new Parameter(empty([outFeatures], { device, dtype })) : null);
    this.resetParameters();
  }

  /** Initialises weight and bias anew, uniformly in `±1/√in1Features`. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  forward(input1: Tensor, input2: Tensor): Tensor {
    return bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in1_features=${this.in1Features}, in2_features=${this.in2Features}, out_features=${this.outFeatures}, bias=${python(this.bias !== null)}`;
  }
}
