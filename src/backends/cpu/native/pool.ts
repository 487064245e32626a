/** Pooling with regular windows by the library: float32 and float64, rows without gaps. */

import type { AverageWindow, KernelTable, PoolWindow } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;

/** Places of the largest element are counted in 32 bits within a plane. */
const LARGEST_PLANE = 2 ** 31;

/** Windows that are the pieces which each dimension is cut into, where all pieces have the same size; else null. */
function evenPieces(image: CpuOperand, places: CpuOperand): (PoolWindow & AverageWindow) | null {
  const kernel = places.shape.slice(2).map((size, d) => (image.shape[d + 2] as number) / size);
  if (!kernel.every((size) => size > 0 && Number.isInteger(size))) return null;
  const [zeros, ones] = [kernel.map(() => 0), kernel.map(() => 1)];
  return { kernel, stride: kernel, padding: zeros, dilation: ones, countIncludePad: false, divisor: null };
}

/** The pooling kernels over those of the js engine, which keep pieces instead of windows, other dtypes and what is small. */
export function nativePooling(
  library: NativeLibrary,
  args: Arguments,
  js: Kernels,
  always: boolean,
): Pick<Kernels, "maxPool" | "maxPoolBackward" | "avgPool" | "avgPoolBackward"> {
  const { block } = library;
  const kernels = (name: string): readonly [() => void, () => void] => [
    library.kernel(`${name}_float32`),
    library.kernel(`${name}_float64`),
  ];
  const [largest, spread] = [kernels("max_pool"), kernels("max_pool_backward")];
  const [average, reverse] = [kernels("avg_pool"), kernels("avg_pool_backward")];
  const least = always ? 0 : library.thresholds.pool;

  const isNative = (image: CpuOperand, places: CpuOperand, window: AverageWindow | PoolWindow | null): boolean => {
    if (window === null || (image.dtype !== float32 && image.dtype !== float64) || places.dtype !== image.dtype) return false;
    const rank = image.shape.length;
    const hasRows = (operand: CpuOperand): boolean => operand.dense || operand.shape[rank - 1] === 1 || operand.strides[rank - 1] === 1;
    const plane = image.shape.slice(2).reduce((n, size) => n * size, 1);
    return (
      rank <= 5 && image.count > 0 && image.count >= least && places.count > 0 && plane < LARGEST_PLANE && hasRows(image) && hasRows(places)
    );
  };

  /** Three numbers for three dimensions; where there are fewer, the first ones are `fill`. */
  const three = (at: number, list: readonly number[], fill: number): void => {
    for (let d = 0; d < 3; d++) block[at + d] = list[list.length - 3 + d] ?? fill;
  };

  /** Address, steps of samples and channels, strides of the outer two dimensions. */
  const planes = (at: number, operand: CpuOperand | null, isOutput: boolean): void => {
    block[at] = operand === null ? 0 : isOutput ? args.target(operand) : args.address(operand);
    if (operand === null) return;
    const { strides } = operand;
    block[at + 1] = strides[0] as number;
    block[at + 2] = strides[1] as number;
    three(at + 2, strides.slice(2, -1), 0);
    block[at + 2] = strides[1] as number;
  };

  const run = (
    kernel: readonly [() => void, () => void],
    output: CpuOperand,
    image: CpuOperand,
    places: CpuOperand,
    indices: CpuOperand | null,
    window: AverageWindow | PoolWindow,
  ): void => {
    block[0] = image.shape[0] as number;
    block[1] = image.shape[1] as number;
    planes(2, image, image === output);
    planes(7, places, places === output);
    planes(12, indices, true);
    three(18, image.shape.slice(2), 1);
    three(21, places.shape.slice(2), 1);
    three(24, window.kernel, 1);
    three(27, window.stride, 1);
    three(30, window.padding, 0);
    three(33, "dilation" in window ? window.dilation : [], 1);
    block[36] = "countIncludePad" in window && window.countIncludePad ? 1 : 0;
    block[37] = "divisor" in window ? (window.divisor ?? 0) : 0;
    kernel[image.dtype === float32 ? 0 : 1]();
  };

  return {
    maxPool(output, indices, input, given) {
      const window = given ?? evenPieces(input, output);
      if (window === null || !isNative(input, output, window)) js.maxPool(output, indices, input, given);
      else run(largest, output, input, output, indices, window);
    },
    maxPoolBackward(output, grad, indices) {
      const { dtype, count } = output;
      const isFloat = (dtype === float32 || dtype === float64) && grad.dtype === dtype;
      if (!isFloat || !grad.dense || grad.count === 0 || count < least) {
        js.maxPoolBackward(output, grad, indices);
        return;
      }
      const lines = (output.shape[0] as number) * (output.shape[1] as number);
      block[0] = lines;
      block[1] = count / lines;
      block[2] = grad.count / lines;
      block[3] = args.target(output);
      block[4] = args.address(grad);
      block[5] = args.address(indices);
      spread[dtype === float32 ? 0 : 1]();
    },
    avgPool(output, input, given) {
      const window = given ?? evenPieces(input, output);
      if (window === null || !isNative(input, output, window)) js.avgPool(output, input, given);
      else run(average, output, input, output, null, window);
    },
    avgPoolBackward(output, grad, given) {
      const window = given ?? evenPieces(output, grad);
      if (window === null || !isNative(output, grad, window)) js.avgPoolBackward(output, grad, given);
      else run(reverse, output, output, grad, null, window);
    },
  };
}
