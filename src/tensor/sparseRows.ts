/**
 * Which rows of a table its gradient is about. Gradients of tables are dense here; where PyTorch's would be sparse, the rows that were looked up are
 * remembered beside them: a row whose gradient happens to be zero counts, one that was not looked up does not.
 */

import { currentPass } from "../autograd/engine.js";
import type { Tensor } from "./tensor.js";

/** The rows of one gradient: numbers (int64, in any order, also several times), and one that never counts, or -1. */
export interface SparseRows {
  readonly indices: Tensor;
  readonly except: number;
}

interface Noted {
  readonly pass: number;
  readonly rows: SparseRows[];
}

const noted = new WeakMap<Tensor, Noted>();

/** Notes rows of a table whose gradient is computed, beside those that its gradient has already. */
export function noteSparseRows(table: Tensor, rows: SparseRows): void {
  const pass = currentPass();
  const known = noted.get(table);
  const continues = known !== undefined && (table.grad !== null || known.pass === pass);
  noted.set(table, { pass, rows: continues ? [...known.rows, rows] : [rows] });
}

/** The rows that the gradient of a table is about; null where it is about all. */
export function sparseRows(table: Tensor): readonly SparseRows[] | null {
  return noted.get(table)?.rows ?? null;
}
