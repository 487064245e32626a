/** `flambeau/numpy`: NumPy's texts of arrays, and tensors over arrays. */

export { fromNumpy } from "../ops/create/ndarray.js";
export type { NDArray } from "./ndarray.js";
export { arrayRepr, arrayStr, type Printable } from "./print.js";
