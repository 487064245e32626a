/** The native engine: kernels of the shared library where it has them, for operands that are large enough to gain from it. */

import type { KernelTable } from "../../../backend/contract.js";
import { numelOf } from "../../../core/shape.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { LEAST_ELEMENTS } from "../thresholds.js";
import { Arguments } from "./arguments.js";
import { stepTable } from "./encode.js";
import type { NativeLibrary } from "./library.js";
import { nativePointwise } from "./pointwise.js";
import { nativeReduce } from "./reduce.js";

type Kernels = KernelTable<CpuStorage>;

/** The kernels of the native engine over those of the js engine; `always` gives it small operands too, for tests. */
export function nativeKernels(library: NativeLibrary, js: Kernels, always: boolean): Kernels {
  const args = new Arguments(library);
  const steps = stepTable(library.text("steps"));
  const pointwise = nativePointwise(library, args, steps, js.pointwise, always);
  const reduce = nativeReduce(library, args, steps, js.reduce, always);
  const least = always ? 1 : LEAST_ELEMENTS;
  return {
    ...js,
    pointwise: (program, compute, outputs, inputs) => {
      if ((outputs[0] as CpuOperand).count < least) js.pointwise(program, compute, outputs, inputs);
      else pointwise(program, compute, outputs, inputs);
    },
    reduce: (reducer, program, compute, output, inputs, shape, dims, scale) => {
      if (numelOf(shape) < least) js.reduce(reducer, program, compute, output, inputs, shape, dims, scale);
      else reduce(reducer, program, compute, output, inputs, shape, dims, scale);
    },
  };
}
