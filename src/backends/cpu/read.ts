/** Host copies of elements. */

import type { TypedArray } from "../../core/dtype.js";
import { input } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { isContiguous } from "../../core/shape.js";
import { pointwise } from "./js/pointwise.js";
import { CpuStorage, type CpuOperand } from "./storage.js";
import { contiguousStrides } from "../../core/shape.js";

const identity = new Program("read", [input(0)], 1);

/** The elements of an operand in row-major order, in memory of their own. */
export function read(operand: CpuOperand): TypedArray {
  const { dtype, storage, count } = operand;
  const length = count * dtype.components;
  const result = new dtype.array(length);
  if (isContiguous(operand.shape, operand.strides)) {
    const start = (storage.base + operand.offset) * dtype.components;
    for (let i = 0; i < length; i++) result[i] = storage.data[start + i] as never;
    return result;
  }
  const target: CpuOperand = {
    storage: new CpuStorage(dtype, count, result, 0),
    dtype,
    shape: operand.shape,
    strides: contiguousStrides(operand.shape),
    offset: 0,
    count,
    dense: true,
  };
  pointwise(identity, dtype, [target], [operand]);
  return result;
}
