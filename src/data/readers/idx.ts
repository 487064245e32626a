/** IDX files, in which MNIST and its relatives come. */

import { type DType, float32, float64, int8, int16, int32, uint8 } from "../../core/dtype.js";
import { numelOf } from "../../core/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Readable, readBytes } from "./bytes.js";
import { numbersOf, tensorOf } from "./elements.js";

/** The types by their code in the third byte. */
const types: ReadonlyMap<number, DType> = new Map([
  [0x08, uint8],
  [0x09, int8],
  [0x0b, int16],
  [0x0c, int32],
  [0x0d, float32],
  [0x0e, float64],
]);

/**
 * The tensor in an IDX file, or in its bytes; also packed with gzip. An IDX file has two zero bytes, the type, the number of dimensions, the sizes
 * and the elements, all big-endian.
 * @throws {SerializationError} if the file cannot be read, is no IDX file, or does not have as many bytes as its sizes say.
 * @example
 * ```
 * const images = readIdx("data/train-images-idx3-ubyte.gz"); // shape [60000, 28, 28], dtype torch.uint8
 * ```
 */
export function readIdx(from: Readable): Tensor {
  const { bytes, view, fail } = readBytes("readIdx", from);
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw fail(`is no IDX file: it begins with ${hex(bytes)}, not with two zero bytes`);
  const dtype = types.get(view.getUint8(2));
  if (dtype === undefined)
    throw fail(`is no IDX file: it names the element type 0x${view.getUint8(2).toString(16).padStart(2, "0")}, which there is not`);
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw fail(`is cut off within its ${rank} sizes, after ${bytes.length} bytes`);
  const shape = Array.from({ length: rank }, (_, d) => view.getUint32(4 + 4 * d));
  const expected = start + numelOf(shape) * dtype.itemsize;
  if (bytes.length !== expected) throw fail(`has ${bytes.length} bytes; its sizes [${shape.join(", ")}] of ${dtype} make ${expected}`);
  return tensorOf(dtype, numbersOf(dtype, bytes.subarray(start), false), shape);
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
