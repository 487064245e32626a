/** The functions of the `torch` namespace, family by family. Methods that are no functions in PyTorch are left out. */

// convert
export { clone } from "./convert/cast.js";
export { detach } from "./convert/detach.js";
// create
export * from "./create/filled.js";
export * from "./create/tensor.js";
// elementwise
export { relu, sigmoid } from "./elementwise/activation.js";
export * from "./elementwise/arithmetic.js";
export * from "./elementwise/comparison.js";
export { fill } from "./elementwise/fill.js";
export { imag, real } from "./elementwise/parts.js";
// matrix
export { mm } from "./matrix/products.js";
// reduce
export { mean, sum } from "./reduce/sums.js";
// shape
export { asStrided, asStridedScatter } from "./shape/strided.js";
export { flatten, permute, reshape, select, squeeze, t, transpose, unsqueeze } from "./shape/views.js";
