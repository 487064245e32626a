/** Decompositions of real matrices by the library, in float64; complex ones and those of few elements stay with the js engine. */

import type { LinalgKernels } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import { eighBy } from "../js/linalg/eigh.js";
import { svdBy } from "../js/linalg/svd.js";
import { joinDims } from "../js/strided.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { LINALG_ELEMENTS } from "../thresholds.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";
import { nativeSteps } from "./steps.js";

type Linalg = LinalgKernels<CpuStorage>;

/** An operand and how many of its last dimensions are of one matrix, vector or number. */
type Part = readonly [operand: CpuOperand, inner: 0 | 1 | 2];

/** The decompositions that the library has, over those of the js engine. */
export function nativeLinalg(library: NativeLibrary, args: Arguments, js: Linalg, always: boolean): Linalg {
  const least = always ? 0 : LINALG_ELEMENTS;

  /** Writes dtype and flags, how matrices lie, more numbers, and the batch; false for what the kernels do not take. `first` is a matrix. */
  const put = (
    first: CpuOperand,
    flags: readonly boolean[],
    matrices: readonly CpuOperand[],
    numbers: readonly number[],
    parts: readonly Part[],
  ): boolean => {
    if ((first.dtype !== float32 && first.dtype !== float64) || first.count < least || first.count === 0) return false;
    if (parts.some(([operand, inner]) => inner === 2 && (operand.dtype !== first.dtype || operand.count === 0))) return false;
    const outer = first.shape.length - 2;
    const nest = joinDims(
      first.shape.slice(0, outer),
      parts.map(([{ strides }]) => strides.slice(0, outer)),
    );
    if (nest.sizes.length > MOST_DIMS) return false;
    args.at = 0;
    args.put(first.dtype.code);
    for (const flag of flags) args.put(flag ? 1 : 0);
    for (const { shape, strides } of matrices) {
      for (const value of [...shape.slice(outer), ...strides.slice(outer)]) args.put(value);
    }
    for (const value of numbers) args.put(value);
    args.sizes(nest.sizes);
    parts.forEach(([operand], k) => {
      args.put(args.address(operand));
      args.strides(nest.strides[k] as readonly number[], 1);
    });
    return true;
  };

  const last = ({ strides }: CpuOperand): number => strides[strides.length - 1] as number;
  const lu = library.kernel("lu");
  const luSolve = library.kernel("lu_solve");
  const triangularSolve = library.kernel("triangular_solve");
  const cholesky = library.kernel("cholesky");
  const geqrf = library.kernel("geqrf");
  const householderProduct = library.kernel("householder_product");

  const steps = nativeSteps(library, args, always);

  return {
    ...js,
    eigh: (values, vectors, info, input, upper) => eighBy(steps, values, vectors, info, input, upper),
    svd: (values, u, vh, info, input) => svdBy(steps, values, u, vh, info, input),
    cholesky(output, info, input, upper) {
      const parts: Part[] = [
        [output, 2],
        [info, 0],
        [input, 2],
      ];
      if (put(input, [upper], [input, output], [], parts)) cholesky();
      else js.cholesky(output, info, input, upper);
    },
    lu(output, pivots, info, input) {
      const parts: Part[] = [
        [output, 2],
        [pivots, 1],
        [info, 0],
        [input, 2],
      ];
      if (put(input, [], [input, output], [last(pivots)], parts)) lu();
      else js.lu(output, pivots, info, input);
    },
    luSolve(output, packed, pivots, b, adjoint) {
      const parts: Part[] = [
        [output, 2],
        [packed, 2],
        [pivots, 1],
        [b, 2],
      ];
      if (put(packed, [adjoint], [packed, b, output], [last(pivots)], parts)) luSolve();
      else js.luSolve(output, packed, pivots, b, adjoint);
    },
    triangularSolve(output, a, b, upper, unit) {
      const parts: Part[] = [
        [output, 2],
        [a, 2],
        [b, 2],
      ];
      if (put(a, [upper, unit], [a, b, output], [], parts)) triangularSolve();
      else js.triangularSolve(output, a, b, upper, unit);
    },
    geqrf(output, tau, input) {
      const parts: Part[] = [
        [output, 2],
        [tau, 1],
        [input, 2],
      ];
      if (put(input, [], [input, output], [last(tau)], parts)) geqrf();
      else js.geqrf(output, tau, input);
    },
    householderProduct(output, packed, tau) {
      const parts: Part[] = [
        [output, 2],
        [packed, 2],
        [tau, 1],
      ];
      const count = tau.shape[tau.shape.length - 1] as number;
      if (put(packed, [], [packed, output], [count, last(tau)], parts)) householderProduct();
      else js.householderProduct(output, packed, tau);
    },
  };
}
