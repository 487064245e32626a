/** Convolutions that learn the number of channels of their input from the first one: they become ordinary convolutions then. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { empty } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import { isUninitialized, materialize, Parameter, uninitialized } from "../parameter.js";
import { CONV, Conv1d, Conv2d, Conv3d, paddingOf } from "./conv.js";
import type { ConvNd, ConvOptions, ConvPadding, ConvTransposeOptions, PaddingMode, Sizes } from "./convBase.js";
import { CONV_TRANSPOSE, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./convTranspose.js";

type LazyArguments = Arguments<
  [outChannels: number, kernelSize: Sizes],
  { outChannels: number; kernelSize: Sizes },
  [stride: Sizes, padding: ConvPadding, dilation: Sizes, groups: number, bias: boolean, paddingMode: PaddingMode],
  ConvOptions
>;

type LazyTransposeArguments = Arguments<
  [outChannels: number, kernelSize: Sizes],
  { outChannels: number; kernelSize: Sizes },
  [stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number, bias: boolean, dilation: Sizes, paddingMode: "zeros"],
  ConvTransposeOptions
>;

const convArguments = reader(`LazyConv(int outChannels, ${CONV})`);
const transposeArguments = reader(`LazyConvTranspose(int outChannels, ${CONV_TRANSPOSE})`);

/** The arguments of the ordinary class, with no channels yet. */
function convOptions(args: LazyArguments, name: string): { outChannels: number; kernelSize: readonly number[]; options: ConvOptions } {
  const [outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode, device, dtype] = convArguments(args, name);
  const options = { stride, padding: paddingOf(padding) as ConvPadding, dilation, groups, bias, paddingMode: paddingMode as PaddingMode };
  return { outChannels, kernelSize, options: { ...options, device, dtype } };
}

function transposeOptions(
  args: LazyTransposeArguments,
  name: string,
): { outChannels: number; kernelSize: readonly number[]; options: ConvTransposeOptions } {
  const [outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, paddingMode, device, dtype] = transposeArguments(
    args,
    name,
  );
  const options = { stride, padding, outputPadding, groups, bias, dilation, paddingMode: paddingMode as "zeros" };
  return { outChannels, kernelSize, options: { ...options, device, dtype } };
}

/** Marks the weight, and the bias if there is to be one, as waiting. */
function wait(module: ConvNd<never[]>, bias: boolean | undefined): void {
  const { device, dtype } = uninitialized(module.weight);
  if (bias === true) module.bias = uninitialized(new Parameter(empty([0], { device, dtype })));
}

/** Gives a convolution the channels of its input, and makes it one of the ordinary class. */
function become(module: ConvNd<never[]>, prototype: object, input: Tensor): void {
  const rank = module.kernelSize.length;
  const name = module._getName();
  if (isUninitialized(module.weight)) {
    if (input.shape.length !== rank + 1 && input.shape.length !== rank + 2)
      throw new ShapeError(
        `${name}: Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${name}, but got input of size: ${formatShape(input.shape)}`,
      );
    const channels = input.shape[input.shape.length - rank - 1] as number;
    if (channels % module.groups !== 0)
      throw new ArgumentError(`${name}: in_channels must be divisible by groups, got ${channels} and ${module.groups}`);
    module.inChannels = channels;
    materialize(module.weight, module.weightShape());
    if (module.bias !== null) materialize(module.bias, [module.outChannels]);
    noGrad(() => module.resetParameters());
  }
  Object.setPrototypeOf(module, prototype);
}

/** A `Conv1d` whose `inChannels` is the number of channels of the first input. */
export class LazyConv1d extends Conv1d {
  constructor(...args: LazyArguments) {
    const { outChannels, kernelSize, options } = convOptions(args, "LazyConv1d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor): Tensor {
    become(this, Conv1d.prototype, input);
    return this.forward(input);
  }
}

/** A `Conv2d` whose `inChannels` is the number of channels of the first input. */
export class LazyConv2d extends Conv2d {
  constructor(...args: LazyArguments) {
    const { outChannels, kernelSize, options } = convOptions(args, "LazyConv2d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor): Tensor {
    become(this, Conv2d.prototype, input);
    return this.forward(input);
  }
}

/** A `Conv3d` whose `inChannels` is the number of channels of the first input. */
export class LazyConv3d extends Conv3d {
  constructor(...args: LazyArguments) {
    const { outChannels, kernelSize, options } = convOptions(args, "LazyConv3d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor): Tensor {
    become(this, Conv3d.prototype, input);
    return this.forward(input);
  }
}

/** A `ConvTranspose1d` whose `inChannels` is the number of channels of the first input. */
export class LazyConvTranspose1d extends ConvTranspose1d {
  constructor(...args: LazyTransposeArguments) {
    const { outChannels, kernelSize, options } = transposeOptions(args, "LazyConvTranspose1d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    become(this, ConvTranspose1d.prototype, input);
    return this.forward(input, outputSize);
  }
}

/** A `ConvTranspose2d` whose `inChannels` is the number of channels of the first input. */
export class LazyConvTranspose2d extends ConvTranspose2d {
  constructor(...args: LazyTransposeArguments) {
    const { outChannels, kernelSize, options } = transposeOptions(args, "LazyConvTranspose2d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    become(this, ConvTranspose2d.prototype, input);
    return this.forward(input, outputSize);
  }
}

/** A `ConvTranspose3d` whose `inChannels` is the number of channels of the first input. */
export class LazyConvTranspose3d extends ConvTranspose3d {
  constructor(...args: LazyTransposeArguments) {
    const { outChannels, kernelSize, options } = transposeOptions(args, "LazyConvTranspose3d");
    super(0, outChannels, kernelSize, { ...options, bias: false });
    wait(this, options.bias);
  }

  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    become(this, ConvTranspose3d.prototype, input);
    return this.forward(input, outputSize);
  }
}
