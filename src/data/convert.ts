/** Items as they are, with arrays of numbers as tensors: what a loader without batches gives. */

import { asTensor } from "../ops/create/tensor.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";

/** What an item becomes: typed arrays become tensors, arrays and objects are converted part by part, all else stays. */
export type Converted<T> = T extends Tensor
  ? T
  : T extends ArrayBufferView
    ? Tensor
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Converted<T[K]> }
      : T extends object
        ? { [K in keyof T]: Converted<T[K]> }
        : T;

/**
 * An item with its typed arrays as tensors, also those within arrays and plain objects; all else stays as it is.
 * @example
 * ```ts
 * torch.utils.data.defaultConvert({ x: new Float32Array([1, 2]), name: "a" }).x; // tensor([1., 2.])
 * ```
 */
export function defaultConvert<T>(data: T): Converted<T> {
  return convert(data) as Converted<T>;
}

function convert(data: unknown): unknown {
  if (data instanceof Tensor) return data;
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) return asTensor(data as Float32Array);
  if (Array.isArray(data)) return data.map(convert);
  return isOptions(data) ? Object.fromEntries(Object.entries(data).map(([name, value]) => [name, convert(value)])) : data;
}
