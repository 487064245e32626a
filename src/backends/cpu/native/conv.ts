/** Convolutions by the library: float32 and float64, one to three dimensions. */

import type { Convolution, KernelTable } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import { contiguousStrides } from "../../../core/shape.js";
import { input as element } from "../../../expr/node.js";
import { Program } from "../../../expr/program.js";
import { allocate, type CpuOperand, type CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;

const identity = new Program("copy", [element(0)], 1);

/** Whether the dimensions from `first` on lie row-major without gaps. */
function isPacked({ shape, strides }: CpuOperand, first: number): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= first; d--) {
    if (shape[d] !== 1 && strides[d] !== step) return false;
    step *= shape[d] as number;
  }
  return true;
}

/** The operand itself, or a dense copy if its dimensions from `first` on have gaps. */
function packed(operand: CpuOperand, first: number, pointwise: Kernels["pointwise"]): CpuOperand {
  if (operand.dense || isPacked(operand, first)) return operand;
  const { dtype, shape, count } = operand;
  const copy: CpuOperand = {
    storage: allocate(dtype, count),
    dtype,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    count,
    dense: true,
  };
  pointwise(identity, dtype, [copy], [operand]);
  return copy;
}

/** The kernels of convolutions over those of the js engine, which keep other dtypes and what is small. */
export function nativeConvolutions(
  library: NativeLibrary,
  args: Arguments,
  js: Kernels,
  always: boolean,
): Pick<Kernels, "conv" | "convTranspose" | "convWeight"> {
  const { block } = library;
  const least = always ? 0 : library.thresholds.conv;
  const kernels = (name: string): readonly [() => void, () => void] => [
    library.kernel(`${name}_float32`),
    library.kernel(`${name}_float64`),
  ];
  const [forward, transposed, weightGradient] = [kernels("conv"), kernels("conv_transpose"), kernels("conv_weight")];

  const isNative = (places: CpuOperand, weight: CpuOperand, image: CpuOperand, bias: CpuOperand | null): boolean => {
    const { dtype } = image;
    if (dtype !== float32 && dtype !== float64) return false;
    if (places.dtype !== dtype || weight.dtype !== dtype || (bias !== null && bias.dtype !== dtype)) return false;
    return (
      image.shape.length <= 5 &&
      image.count > 0 &&
      weight.count > 0 &&
      places.count > 0 &&
      (places.count / (weight.shape[0] as number)) * weight.count >= least
    );
  };

  /** Three numbers for three dimensions; where there are fewer, the first ones are `fill`. */
  const three = (at: number, list: readonly number[], fill: number): void => {
    for (let d = 0; d < 3; d++) block[at + d] = list[list.length - 3 + d] ?? fill;
  };

  /** Address, steps of samples and channels, strides; sizes at `sizes`. */
  const image = (at: number, sizes: number, operand: CpuOperand, output: CpuOperand): void => {
    const { strides, shape } = operand;
    block[at] = operand === output ? args.target(operand) : args.address(operand);
    block[at + 1] = strides[0] as number;
    block[at + 2] = strides[1] as number;
    three(at + 3, strides.slice(2), 0);
    three(sizes, shape.slice(2), 1);
    // The step along a dimension of one element is never taken.
    if (shape[shape.length - 1] === 1) block[at + 5] = 1;
  };

  /** Writes the arguments; `output` is the one of the operands that is written. */
  const place = (
    output: CpuOperand,
    from: CpuOperand,
    places: CpuOperand,
    weight: CpuOperand,
    bias: CpuOperand | null,
    convolution: Convolution,
  ): void => {
    const { groups, stride, padding, dilation } = convolution;
    block[0] = from.shape[0] as number;
    block[1] = groups;
    block[2] = (weight.shape[0] as number) / groups;
    block[3] = weight.shape[1] as number;
    image(4, 35, from, output);
    image(12, 38, places, output);
    three(20, weight.shape.slice(2), 1);
    three(23, stride, 1);
    three(26, padding, 0);
    three(29, dilation, 1);
    block[32] = weight === output ? args.target(weight) : args.address(weight);
    block[33] = bias === null ? 0 : args.address(bias);
    block[34] = bias === null ? 0 : (bias.strides[0] as number);
  };

  const run = ([single, double]: readonly [() => void, () => void], { dtype }: CpuOperand): void => (dtype === float32 ? single : double)();

  return {
    conv(output, input, weight, bias, convolution) {
      if (!isNative(output, weight, input, bias)) return js.conv(output, input, weight, bias, convolution);
      place(output, input, output, packed(weight, 0, js.pointwise), bias, convolution);
      run(forward, output);
    },
    convTranspose(output, input, weight, bias, convolution) {
      if (!isNative(input, weight, output, bias)) return js.convTranspose(output, input, weight, bias, convolution);
      place(output, output, input, packed(weight, 0, js.pointwise), bias, convolution);
      run(transposed, output);
    },
    convWeight(output, input, grad, convolution) {
      if (!isNative(grad, output, input, null)) return js.convWeight(output, input, grad, convolution);
      place(output, input, packed(grad, 2, js.pointwise), output, null, convolution);
      run(weightGradient, output);
    },
  };
}
