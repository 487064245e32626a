/** Systems of equations with triangular matrices. */

import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { blank, checkSquare, fitSides, kernelsOf } from "./checks.js";

/** `A⁻¹·B` for one triangle of `A`; both have the same batch dimensions. */
const solved: Op<(A: Tensor, B: Tensor, upper: boolean, unit: boolean) => Tensor> = primitive(
  "linalg.solveTriangular(Tensor A, Tensor B, bool upper, bool unit)",
  {
    forward: (A, B, upper, unit) => {
      const out = blank(B, B.shape);
      kernelsOf("linalg.solveTriangular", A).triangularSolve(out, A, B, upper, unit);
      return out;
    },
    gradient: {
      A: (grad, { A, out, upper, unit }) => {
        const side = solved(A.adjoint(), grad, !upper, unit).neg().matmul(out.adjoint());
        return upper ? side.triu(unit ? 1 : 0) : side.tril(unit ? -1 : 0);
      },
      B: (grad, { A, upper, unit }) => solved(A.adjoint(), grad, !upper, unit),
    },
    gradName: "LinalgSolveTriangularBackward0",
  },
);

/**
 * The solution of `A·X = B` (of `X·A = B` with `left` false) for the upper or lower triangle of `A`, whose diagonal counts as ones with
 * `unitriangular`. A zero in the diagonal gives infinities.
 *
 * Shapes: `A` `[…, n, n]`, `B` and result `[…, n, k]` (`[…, k, n]`); batch dimensions broadcast.
 * @throws {ShapeError | DTypeError} if shapes or dtypes do not fit.
 * @example
 * ```ts
 * torch.linalg.solveTriangular(torch.tensor([[2, 1], [0, 4]]), torch.tensor([[4], [8]]), { upper: true }); // tensor([[1.], [2.]])
 * ```
 */
export const solveTriangular: Op<(A: Tensor, B: Tensor, options: { upper: boolean; left?: boolean; unitriangular?: boolean }) => Tensor> =
  composite(
    "linalg.solveTriangular(Tensor A, Tensor B, *, bool upper, bool left=true, bool unitriangular=false)",
    (A, B, upper, left, unitriangular) => {
      checkSquare("linalg.solveTriangular", A);
      const [a, b] = fitSides("linalg.solveTriangular", A, B, left);
      return left ? solved(a, b, upper, unitriangular) : solved(a.mT, b.mT, !upper, unitriangular).mT;
    },
  );
