/** The one file that imports numpy-ts: arrays over memory that they do not own. */

import { NDArray, zeros } from "numpy-ts";
import type { TypedArray } from "../core/dtype.js";

export type { NDArray } from "numpy-ts";

type ArrayStorage = NDArray["storage"];
type NumpyDType = ArrayStorage["dtype"];
type StorageClass = new (
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  dtype: NumpyDType,
  region: null,
) => ArrayStorage;

let storageClass: StorageClass | null = null;

const isClass = (value: unknown): value is StorageClass => typeof value === "function";

/** The class behind arrays, which numpy-ts exports for its smaller entry point only. */
function classOfStorage(): StorageClass {
  if (storageClass !== null) return storageClass;
  const found: unknown = zeros([0]).storage.constructor;
  if (!isClass(found)) throw new TypeError("numpy: arrays of this release of numpy-ts cannot be made over given memory");
  storageClass = found;
  return found;
}

/** An array over memory. Strides and offset count elements; complex ones take two numbers of `data`. */
export function arrayOver(
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  dtype: NumpyDType,
): NDArray {
  const Storage = classOfStorage();
  return new NDArray(new Storage(data, shape, strides, offset, dtype, null));
}
