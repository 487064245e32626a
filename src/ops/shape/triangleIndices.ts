/** The places of triangles of matrices. */

import type { Device } from "../../core/device.js";
import { type DType, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { fromHost, resolveBackend } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Where and as what indices are made. */
interface IndexOptions {
  offset?: number;
  dtype?: DType | null;
  device?: Device | string | null;
}

type IndicesOp = Op<
  (row: number, col: number, ...args: [options?: IndexOptions] | [offset: number, options?: Omit<IndexOptions, "offset">]) => Tensor
>;

/** An operation that gives the rows and columns of all places whose columns lie between those that `columns` gives for a row. */
const indices = (
  name: string,
  torchName: string,
  columns: (row: number, col: number, offset: number) => readonly [from: number, to: number],
): IndicesOp =>
  composite(`${name}(int row, int col, int offset=0, *, dtype? dtype=null, device? device=null)`, (...bound) => {
    const [row, col, offset, dtype, device] = bound as readonly [number, number, number, DType | null, Device | null];
    if (row < 0) throw new ArgumentError(`${name}: row must be non-negative, got ${row}`);
    if (col < 0) throw new ArgumentError(`${name}: col must be non-negative, got ${col}`);
    const type = dtype ?? int64;
    if (type.name !== "int64" && type.name !== "int32")
      throw new DTypeError(`${name}: "${torchName}" not implemented for '${type.scalarName}'`);
    const rows: bigint[] = [];
    const cols: bigint[] = [];
    for (let r = 0; r < row; r++) {
      const [from, to] = columns(r, col, offset);
      for (let c = from; c < to; c++) {
        rows.push(BigInt(r));
        cols.push(BigInt(c));
      }
    }
    const places = fromHost(BigInt64Array.from([...rows, ...cols]), [2, rows.length], int64, resolveBackend(device));
    return type === int64 ? places : places.to(type);
  });

/** The rows and columns, as the two rows of a matrix, of the places on and below a diagonal of a `row` × `col` matrix. */
export const trilIndices: IndicesOp = indices("trilIndices", "tril_indices", (row, col, offset) => [0, Math.min(row + offset + 1, col)]);

/** The rows and columns, as the two rows of a matrix, of the places on and above a diagonal of a `row` × `col` matrix. */
export const triuIndices: IndicesOp = indices("triuIndices", "triu_indices", (row, col, offset) => [Math.max(row + offset, 0), col]);
