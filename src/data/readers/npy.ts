/** NumPy's files: one array (.npy), or several in a zip archive (.npz). */

import {
  bool,
  complex64,
  complex128,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  type TypedArray,
  uint8,
} from "../../core/dtype.js";
import { numelOf } from "../../core/shape.js";
import { withSource } from "../../io/source.js";
import { ZipReader } from "../../io/zip/reader.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type FileBytes, type Readable, readBytes } from "./bytes.js";
import { numbersOf, tensorOf } from "./elements.js";

const types: ReadonlyMap<string, DType> = new Map([
  ["b1", bool],
  ["u1", uint8],
  ["i1", int8],
  ["i2", int16],
  ["i4", int32],
  ["i8", int64],
  ["f2", float16],
  ["f4", float32],
  ["f8", float64],
  ["c8", complex64],
  ["c16", complex128],
]);

/** What an array's header says. */
interface Header {
  readonly type: string;
  readonly littleEndian: boolean;
  readonly columnsFirst: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads a header: a literal of a Python dictionary such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. */
function headerOf({ bytes, view, fail }: FileBytes): Header {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw fail("is no .npy file: it does not begin with \\x93NUMPY");
  const isLong = view.getUint8(6) > 1;
  const start = isLong && bytes.length >= 12 ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
  if (start > bytes.length) throw fail(`is cut off: its header ends at ${start} bytes, but there are ${bytes.length}`);
  const text = new TextDecoder().decode(bytes.subarray(isLong ? 12 : 10, start));
  const descr = /'descr':\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text);
  if (descr === null || order === null || shape === null)
    throw fail(`has a header that is not understood (structured types are not): ${text.trim()}`);
  const sizes = (shape[1] as string)
    .split(",")
    .map((size) => size.trim().replace("L", ""))
    .filter((size) => size !== "")
    .map(Number);
  return { type: descr[2] as string, littleEndian: descr[1] !== ">", columnsFirst: order[1] === "True", shape: sizes, start };
}

/** Whole numbers without a sign, which have no dtype, in the next wider one that has. */
function widened(type: string, count: number, file: FileBytes, header: Header): { dtype: DType; data: TypedArray } | null {
  const { view, fail } = file;
  const { start, littleEndian } = header;
  if (type === "u2")
    return { dtype: int32, data: Int32Array.from({ length: count }, (_, i) => view.getUint16(start + 2 * i, littleEndian)) };
  if (type === "u4")
    return { dtype: int64, data: BigInt64Array.from({ length: count }, (_, i) => BigInt(view.getUint32(start + 4 * i, littleEndian))) };
  if (type !== "u8") return null;
  const data = BigInt64Array.from({ length: count }, (_, i) => view.getBigUint64(start + 8 * i, littleEndian));
  const largest = data.findIndex((value) => value < 0n);
  if (largest >= 0) throw fail(`holds ${BigInt.asUintN(64, data[largest] as bigint)} of type uint64, which is too large for torch.int64`);
  return { dtype: int64, data };
}

function arrayOf(file: FileBytes): Tensor {
  const { bytes, fail } = file;
  const header = headerOf(file);
  const { type, shape, start, littleEndian, columnsFirst } = header;
  const count = numelOf(shape);
  const width = Number(type.slice(1));
  const dtype = types.get(type);
  if (dtype === undefined && !/^u[248]$/.test(type))
    throw fail(`holds elements of NumPy's type '${type}', for which there is no dtype: save it as another (array.astype)`);
  if (bytes.length - start < count * width) {
    throw fail(
      `is cut off: ${count} elements of ${width} bytes make ${count * width} bytes after the header, but there are ${bytes.length - start}`,
    );
  }
  const wide = widened(type, count, file, header);
  if (wide !== null) return tensorOf(wide.dtype, wide.data, shape, columnsFirst);
  const known = dtype as DType;
  return tensorOf(known, numbersOf(known, bytes.subarray(start, start + count * width), littleEndian), shape, columnsFirst);
}

/**
 * The array in a .npy file, or in its bytes, as a tensor of its dtype; either byte order, and in Fortran's order too (the tensor then has such
 * strides). uint16, uint32 and uint64 become the next wider type.
 * @throws {SerializationError} if the file cannot be read, is no .npy file, is cut off, or holds what is no number.
 * @example
 * ```
 * const weights = readNpy("weights.npy");
 * ```
 */
export function readNpy(from: Readable): Tensor {
  return arrayOf(readBytes("readNpy", from));
}

/**
 * The arrays in an .npz archive by name, as `np.savez` and `np.savez_compressed` write them.
 * @throws {SerializationError} if the archive or one of its arrays is damaged.
 * @example
 * ```
 * const { x, y } = readNpz("data.npz");
 * ```
 */
export function readNpz(from: Readable): Readonly<Record<string, Tensor>> {
  return withSource("readNpz", from, (source) => {
    const archive = new ZipReader(source);
    const arrays = [...archive.entries.values()].map((entry) => {
      const bytes = archive.unpack(entry);
      const fail: FileBytes["fail"] = (text) => source.fail(`the entry '${entry.name}' ${text}`);
      const array = arrayOf({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), fail });
      return [entry.name.replace(/\.npy$/, ""), array] as const;
    });
    return Object.fromEntries(arrays);
  });
}
