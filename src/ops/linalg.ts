/** The functions of `torch.linalg`; names only. */

// norms
export { matrixNorm, norm, vectorNorm } from "./reduce/vectorNorm.js";
