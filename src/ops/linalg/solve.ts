/** Systems of equations and inverses, by LU factorisation. */

import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";
import { batchOf, blank, checkInfo, checkSquare, columnsOf, fitSides, isVectorSide, kernelsOf, singular, stretched } from "./checks.js";
import { packed } from "./lu.js";

/** The results of `solveEx`: `[result, info]`. */
export type SolveResult = readonly [result: Tensor, info: Tensor] & { readonly result: Tensor; readonly info: Tensor };

/** The results of `invEx`: `[inverse, info]`. */
export type InverseResult = readonly [inverse: Tensor, info: Tensor] & { readonly inverse: Tensor; readonly info: Tensor };

/**
 * `A⁻¹·B`, or `A⁻ᴴ·B` with `adjoint`, by the factors of `A` that `packed` gave: gradients of any order use the same ones. All have the
 * same batch dimensions.
 */
export const solveBy: Op<(A: Tensor, B: Tensor, LU: Tensor, pivots: Tensor, adjoint: boolean) => Tensor> = primitive(
  "linalg.solveBy(Tensor A, Tensor B, Tensor LU, Tensor pivots, bool adjoint)",
  {
    forward: (A, B, LU, pivots, adjoint) => {
      const out = blank(B, B.shape);
      kernelsOf("linalg.solve", A).luSolve(out, LU, pivots, B, adjoint);
      return out;
    },
    gradient: {
      A: (grad, { A, LU, pivots, out, adjoint }) => {
        const gB = solveBy(A, grad, LU, pivots, !adjoint).neg();
        return adjoint ? out.matmul(gB.adjoint()) : gB.matmul(out.adjoint());
      },
      B: (grad, { A, LU, pivots, adjoint }) => solveBy(A, grad, LU, pivots, !adjoint),
    },
    gradName: "LinalgSolveExBackward0",
  },
);

/** The solution of `A·X = B` or `X·A = B`, and info. */
function solveSides(op: string, A: Tensor, B: Tensor, left: boolean): readonly [result: Tensor, info: Tensor] {
  checkSquare(op, A);
  const isVector = left && isVectorSide(A, B);
  const [a, b] = fitSides(op, A, isVector ? B.unsqueeze(-1) : B, left);
  const [LU, pivots, info] = packed(A.detach());
  const factors = [stretched(LU, batchOf(a)), pivots.expand([...batchOf(a), columnsOf(a)])] as const;
  const X = left ? solveBy(a, b, ...factors, false) : solveBy(a, b.adjoint(), ...factors, true).adjoint();
  return [isVector ? X.squeeze(-1) : X, info];
}

const unsolvable = (): string => "The solver failed because the input matrix is singular.";

/**
 * The solution of `A·X = B` (of `X·A = B` with `left` false), and `info`: 0, or the number of the first zero pivot.
 *
 * Shapes: `A` `[…, n, n]`; `B` and result `[…, n, k]`, or vectors `[…, n]`; `info` `[…]`.
 */
export const solveEx: Op<(A: Tensor, B: Tensor, options?: { left?: boolean; checkErrors?: boolean }) => SolveResult> = composite(
  "linalg.solveEx(Tensor A, Tensor B, *, bool left=true, bool checkErrors=false)",
  (A, B, left, checkErrors) => {
    const [result, info] = solveSides("linalg.solveEx", A, B, left);
    if (checkErrors) checkInfo("linalg.solveEx", info, unsolvable);
    return namedTuple(["result", "info"], [result, info]);
  },
);

/**
 * The solution of `A·X = B`, or of `X·A = B` with `left` false.
 *
 * Shapes: `A` `[…, n, n]`; `B` and result `[…, n, k]`, or vectors `[…, n]`; batch dimensions broadcast.
 * @throws {TorchError} if a matrix is singular.
 * @example
 * ```ts
 * torch.linalg.solve(torch.tensor([[3, 1], [1, 2]]), torch.tensor([9, 8])); // tensor([2., 3.])
 * ```
 */
export const solve: Op<(A: Tensor, B: Tensor, options?: { left?: boolean }) => Tensor> = composite(
  "linalg.solve(Tensor A, Tensor B, *, bool left=true)",
  (A, B, left) => {
    const [result, info] = solveSides("linalg.solve", A, B, left);
    checkInfo("linalg.solve", info, unsolvable);
    return result;
  },
);

/** The inverse and info of matrices that were checked. */
const inverted: Op<(A: Tensor) => InverseResult> = primitive("linalg.invEx(Tensor A)", {
  forward: (A) => {
    const [LU, pivots, info] = packed(A);
    const identity = stretched(eye(columnsOf(A), { dtype: A.dtype, device: A.device }), batchOf(A));
    const inverse = blank(A, A.shape);
    kernelsOf("linalg.inv", A).luSolve(inverse, LU, pivots, identity, false);
    return [inverse, info];
  },
  gradient: {
    A: (grad, { out }) => {
      const adjoint = out.adjoint();
      return adjoint.matmul(grad).matmul(adjoint).neg();
    },
  },
  results: ["inverse", "info"],
  gradName: "LinalgInvExBackward0",
});

/**
 * The inverses of square matrices, and `info`: 0, or the number of the first zero pivot of a singular one.
 *
 * Shapes: `A` and `inverse` `[…, n, n]`, `info` `[…]`.
 */
export const invEx: Op<(A: Tensor, options?: { checkErrors?: boolean }) => InverseResult> = composite(
  "linalg.invEx(Tensor A, *, bool checkErrors=false)",
  (A, checkErrors) => {
    checkSquare("linalg.invEx", A);
    const result = inverted(A);
    if (checkErrors) checkInfo("linalg.invEx", result.info, singular);
    return result;
  },
);

/**
 * The inverses of square matrices. To multiply by an inverse, `solve` is faster and more accurate.
 *
 * Shapes: `A` and result `[…, n, n]`.
 * @throws {TorchError} if a matrix is singular.
 * @example
 * ```ts
 * torch.linalg.inv(torch.tensor([[2, 0], [0, 4]])); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
 * ```
 */
export const inv: Op<(A: Tensor) => Tensor> = composite("linalg.inv(Tensor A)", (A) => {
  checkSquare("linalg.inv", A);
  const [inverse, info] = inverted(A);
  checkInfo("linalg.inv", info, singular);
  return inverse;
});
