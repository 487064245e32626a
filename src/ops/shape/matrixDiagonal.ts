/** `torch.linalg.diagonal`: the diagonals of the matrices in the last two dimensions. */

import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The diagonals of matrices, by default those in the last two dimensions, as a view with them in the last dimension. */
export const linalgDiagonal: Op<(A: Tensor, options?: { offset?: number; dim1?: number; dim2?: number }) => Tensor> = composite(
  "diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)",
  (A, offset, dim1, dim2) => A.diagonal(offset, dim1, dim2),
);
