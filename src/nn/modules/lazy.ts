/** Modules that learn the size of their input from the first one: they become ordinary modules then. */

import { noGrad } from "../../autograd/modes.js";
import { empty } from "../../ops/create/filled.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import type { Module } from "../module.js";
import { isUninitialized, materialize, Parameter, uninitialized } from "../parameter.js";
import {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type NormBase,
  type NormOptions,
} from "./batchNorm.js";
import { Linear } from "./linear.js";

/** The tensors of a module whose shape is not known yet. */
function waiting(module: Module): Tensor[] {
  return [...module._parameters.values(), ...module._buffers.values()].filter(
    (tensor): tensor is Tensor => tensor !== null && isUninitialized(tensor),
  );
}

const linearArguments = reader("LazyLinear(int outFeatures, bool bias=true, device? device=null, dtype? dtype=null)");

/** A `Linear` whose `inFeatures` is the size of the last dimension of the first input. */
export class LazyLinear extends Linear {
  constructor(...args: Arguments<[outFeatures: number], { outFeatures: number }, [bias: boolean], FactoryOptions & { bias?: boolean }>) {
    const [outFeatures, bias, device, dtype] = linearArguments(args);
    super(0, outFeatures, { bias: false, device, dtype });
    uninitialized(this.weight);
    if (bias) this.bias = uninitialized(new Parameter(empty([0], { device, dtype })));
  }

  override forward(input: Tensor): Tensor {
    const features = input.shape[input.shape.length - 1] ?? 0;
    const found = waiting(this);
    for (const tensor of found) materialize(tensor, tensor === this.weight ? [this.outFeatures, features] : [this.outFeatures]);
    this.inFeatures = features;
    if (found.length > 0) noGrad(() => this.resetParameters());
    Object.setPrototypeOf(this, Linear.prototype);
    return this.forward(input);
  }
}

type LazyNormArguments = Args<[eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean], NormOptions>;

const BATCH =
  "float eps=1e-5, float? momentum=0.1, bool affine=true, bool trackRunningStats=true, device? device=null, dtype? dtype=null, *, bool bias=true";
const batchArguments = reader(`LazyBatchNorm(${BATCH})`);
const instanceArguments = reader(
  "LazyInstanceNorm(float eps=1e-5, float? momentum=0.1, bool affine=false, bool trackRunningStats=false, device? device=null, dtype? dtype=null, *, bool bias=true)",
);

/** The options of a normalisation from the arguments of its lazy form. */
function options([eps, momentum, affine, trackRunningStats, device, dtype, bias]: ReturnType<typeof batchArguments>): NormOptions {
  return { eps, momentum, affine, trackRunningStats, device, dtype, bias };
}

/** Marks what has one element for each feature. */
function markFeatures({ weight, bias, running_mean, running_var }: NormBase): void {
  for (const tensor of [weight, bias, running_mean, running_var]) if (tensor !== null) uninitialized(tensor);
}

/** Gives a normalisation the number of features of its input, and makes it one of the ordinary class. */
function becomeNorm(module: NormBase, prototype: NormBase, features: number): void {
  const found = waiting(module);
  for (const tensor of found) materialize(tensor, [features]);
  // As in PyTorch, one without any parameter or statistic does not learn the number.
  if (found.length > 0) {
    module.numFeatures = features;
    noGrad(() => module.resetParameters());
  }
  Object.setPrototypeOf(module, prototype);
}

/** A `BatchNorm1d` whose `numFeatures` is the number of channels of the first input. */
export class LazyBatchNorm1d extends BatchNorm1d {
  constructor(...args: LazyNormArguments) {
    super(0, options(batchArguments(args, "LazyBatchNorm1d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, BatchNorm1d.prototype, input.shape[1] ?? 0);
    return this.forward(input);
  }
}

/** A `BatchNorm2d` whose `numFeatures` is the number of channels of the first input. */
export class LazyBatchNorm2d extends BatchNorm2d {
  constructor(...args: LazyNormArguments) {
    super(0, options(batchArguments(args, "LazyBatchNorm2d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, BatchNorm2d.prototype, input.shape[1] ?? 0);
    return this.forward(input);
  }
}

/** A `BatchNorm3d` whose `numFeatures` is the number of channels of the first input. */
export class LazyBatchNorm3d extends BatchNorm3d {
  constructor(...args: LazyNormArguments) {
    super(0, options(batchArguments(args, "LazyBatchNorm3d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, BatchNorm3d.prototype, input.shape[1] ?? 0);
    return this.forward(input);
  }
}

/** A `InstanceNorm1d` whose `numFeatures` is the number of channels of the first input. */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  constructor(...args: LazyNormArguments) {
    super(0, options(instanceArguments(args, "LazyInstanceNorm1d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, InstanceNorm1d.prototype, input.shape[input.shape.length - 2] ?? 0);
    return this.forward(input);
  }
}

/** A `InstanceNorm2d` whose `numFeatures` is the number of channels of the first input. */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  constructor(...args: LazyNormArguments) {
    super(0, options(instanceArguments(args, "LazyInstanceNorm2d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, InstanceNorm2d.prototype, input.shape[input.shape.length - 3] ?? 0);
    return this.forward(input);
  }
}

/** A `InstanceNorm3d` whose `numFeatures` is the number of channels of the first input. */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  constructor(...args: LazyNormArguments) {
    super(0, options(instanceArguments(args, "LazyInstanceNorm3d")));
    markFeatures(this);
  }

  override forward(input: Tensor): Tensor {
    becomeNorm(this, InstanceNorm3d.prototype, input.shape[input.shape.length - 4] ?? 0);
    return this.forward(input);
  }
}
