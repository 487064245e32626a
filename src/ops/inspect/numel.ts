/** Questions that are functions of `torch` and, as methods, part of the tensor itself, or about things that may be no tensors. */

import type { DType } from "../../core/dtype.js";
import { ResultType } from "../../core/promotion.js";
import type { Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { UntypedStorage } from "../../tensor/untyped.js";

/** The number of elements. */
export const numel: Op<(input: Tensor) => number> = composite("numel(Tensor input)", (input) => input.count, { differentiable: false });

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** Whether a value is the memory of tensors, as `untypedStorage` gives it. */
export function isStorage(value: unknown): value is UntypedStorage {
  return value instanceof UntypedStorage;
}

/**
 * The dtype that an operation on both, such as `add`, would compute in.
 * @throws {ArgumentError} if an argument is neither a tensor nor a number.
 * @example
 * ```ts
 * torch.resultType(torch.ones(2, { dtype: torch.int32 }), 1.5); // torch.float32
 * ```
 */
export const resultType: Op<(tensor1: Tensor | Scalar, tensor2: Tensor | Scalar) => DType> = composite(
  "resultType(Operand tensor1, Operand tensor2)",
  (...operands) => {
    const type = new ResultType();
    for (const operand of operands) {
      if (operand instanceof Tensor) type.tensor(operand.dtype, operand.shape.length);
      else type.scalar(operand);
    }
    return type.dtype;
  },
  { differentiable: false },
);
