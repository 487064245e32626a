/** Products and convolutions of half floats: operands are widened to float32, computed there, and results rounded once. */

import type { KernelTable } from "../../../backend/contract.js";
import { float32 } from "../../../core/dtype.js";
import { isHalf } from "../../../core/promotion.js";
import { input } from "../../../expr/node.js";
import { Program } from "../../../expr/program.js";
import { denseOperand } from "../js/move.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { MATMUL_WORK } from "../thresholds.js";

type Kernels = KernelTable<CpuStorage>;
type Products = Pick<Kernels, "matmul" | "conv" | "convTranspose" | "convWeight">;

const identity = new Program("copy", [input(0)], 1);

/** The kernels with half floats by way of float32; `pointwise` converts. */
export function withHalves(kernels: Products, pointwise: Kernels["pointwise"]): Products {
  const widened = (operand: CpuOperand): CpuOperand => {
    const wide = denseOperand(float32, operand.shape);
    if (operand.count > 0) pointwise(identity, float32, [wide], [operand]);
    return wide;
  };
  const maybe = (operand: CpuOperand | null): CpuOperand | null => (operand === null ? null : widened(operand));

  /** Runs `compute` into a float32 operand and rounds that into `output`. */
  const rounded = (output: CpuOperand, compute: (wide: CpuOperand) => void): void => {
    if (output.count === 0) return;
    const wide = denseOperand(float32, output.shape);
    compute(wide);
    pointwise(identity, float32, [output], [wide]);
  };

  return {
    matmul(output, a, b, options) {
      const depth = a.shape[a.shape.length - 1] as number;
      if (!isHalf(output.dtype) || output.count * depth < MATMUL_WORK) return kernels.matmul(output, a, b, options);
      const bias = maybe(options.bias ?? null);
      rounded(output, (wide) => kernels.matmul(wide, widened(a), widened(b), { ...options, bias }));
    },
    conv(output, image, weight, bias, convolution) {
      if (!isHalf(output.dtype)) return kernels.conv(output, image, weight, bias, convolution);
      rounded(output, (wide) => kernels.conv(wide, widened(image), widened(weight), maybe(bias), convolution));
    },
    convTranspose(output, image, weight, bias, convolution) {
      if (!isHalf(output.dtype)) return kernels.convTranspose(output, image, weight, bias, convolution);
      rounded(output, (wide) => kernels.convTranspose(wide, widened(image), widened(weight), maybe(bias), convolution));
    },
    convWeight(output, image, grad, convolution) {
      if (!isHalf(output.dtype)) return kernels.convWeight(output, image, grad, convolution);
      rounded(output, (wide) => kernels.convWeight(wide, widened(image), widened(grad), convolution));
    },
  };
}
