/** Host copies of elements. */

import type { TypedArray } from "../../core/dtype.js";
import { isContiguous } from "../../core/shape.js";
import { denseOperand, move } from "./js/move.js";
import { startOf } from "./js/raw.js";
import type { CpuOperand } from "./storage.js";

/** The elements of an operand in row-major order, in memory of their own. */
export function read(operand: CpuOperand): TypedArray {
  const { dtype, storage, shape, count } = operand;
  const numbers = count * dtype.components;
  if (isContiguous(shape, operand.strides)) {
    const start = startOf(operand) * dtype.components;
    return storage.data.slice(start, start + numbers);
  }
  const result = new dtype.array(numbers);
  move(denseOperand(dtype, shape, result), operand);
  return result;
}
