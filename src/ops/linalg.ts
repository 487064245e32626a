/** The functions of `torch.linalg`; names only. */

// products
export { multiDot } from "./matrix/contraction.js";
export { cross, vecdot } from "./matrix/linalgProducts.js";
export { matmul } from "./matrix/matmul.js";
export { matrixExp, matrixPower } from "./matrix/powers.js";
// diagonals, powers
export { linalgDiagonal as diagonal } from "./shape/matrixDiagonal.js";
export { linalgVander as vander } from "./shape/vandermonde.js";
// norms
export { matrixNorm, norm, vectorNorm } from "./reduce/vectorNorm.js";
