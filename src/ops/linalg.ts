/** The functions of `torch.linalg`; names only. */

// decompositions
export { cholesky, choleskyEx } from "./linalg/cholesky.js";
export { cond } from "./linalg/cond.js";
// solutions, inverses, determinants
export { det, slogdet } from "./linalg/determinant.js";
export { eig, eigh, eigvals, eigvalsh } from "./linalg/eigen.js";
export { ldlFactor, ldlFactorEx, ldlSolve } from "./linalg/ldl.js";
export { lstsq } from "./linalg/lstsq.js";
export { lu, luFactor, luFactorEx, luSolve } from "./linalg/lu.js";
export { matrixRank, pinv } from "./linalg/pinv.js";
export { householderProduct, qr } from "./linalg/qr.js";
export { inv, invEx, solve, solveEx } from "./linalg/solve.js";
export { svd, svdvals } from "./linalg/svd.js";
export { tensorinv, tensorsolve } from "./linalg/tensors.js";
export { solveTriangular } from "./linalg/triangular.js";
// products
export { multiDot } from "./matrix/contraction.js";
export { cross, vecdot } from "./matrix/linalgProducts.js";
export { matmul } from "./matrix/matmul.js";
export { matrixExp, matrixPower } from "./matrix/powers.js";
// norms
export { matrixNorm, norm, vectorNorm } from "./reduce/vectorNorm.js";
// diagonals, powers
export { linalgDiagonal as diagonal } from "./shape/matrixDiagonal.js";
export { linalgVander as vander } from "./shape/vandermonde.js";
