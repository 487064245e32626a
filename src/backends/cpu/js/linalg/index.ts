/** Decompositions of matrices, in double precision. */

import type { LinalgKernels } from "../../../../backend/contract.js";
import type { CpuStorage } from "../../storage.js";
import { cholesky } from "./cholesky.js";
import { eig } from "./eig.js";
import { eigh } from "./eigh.js";
import { ldl, ldlSolve } from "./ldl.js";
import { lu, luSolve, permutation } from "./lu.js";
import { geqrf, householderProduct } from "./qr.js";
import { svd } from "./svd.js";
import { triangularSolve } from "./triangular.js";

export const linalg: LinalgKernels<CpuStorage> = {
  cholesky,
  lu,
  permutation,
  luSolve,
  triangularSolve,
  ldl,
  ldlSolve,
  geqrf,
  householderProduct,
  eigh,
  eig,
  svd,
};
