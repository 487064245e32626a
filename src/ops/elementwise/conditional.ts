/** `torch.where`, which takes the condition first. */

import { isComplexLike } from "../../core/complex.js";
import { bool, type DType, getDefaultDtype, int64, toComplexType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { promoteTypes } from "../../core/promotion.js";
import * as e from "../../expr/build.js";
import { type Scalar, scalarOn } from "../../tensor/create.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import { type Op, type OverloadedOp, overloaded } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

type Operand = Tensor | Scalar;

const selection: Op<(condition: Tensor, input: Operand, other: Operand) => Tensor> = pointwise(
  "where(Tensor condition, Operand input, Operand other)",
  (condition, x, y) => e.select(condition, x, y),
  rules.choice,
  { inPlace: false },
);

/** The dtype of a number on its own. */
function typeOf(value: Scalar): DType {
  if (typeof value === "boolean") return bool;
  if (typeof value === "bigint") return int64;
  return isComplexLike(value) ? toComplexType(getDefaultDtype()) : getDefaultDtype();
}

/** `input` where `condition` holds, else `other`. */
export function choose(condition: Tensor, input: Operand, other: Operand): Tensor {
  if (condition.dtype.kind !== "bool" && condition.dtype.name !== "uint8") {
    throw new DTypeError(
      `where: where expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype.scalarName}`,
    );
  }
  if (input instanceof Tensor || other instanceof Tensor) return selection(condition, input, other);
  const dtype = promoteTypes(typeOf(input), typeOf(other));
  return selection(condition, scalarOn(condition.storage.backend, input, dtype), other);
}

/**
 * `input` where `condition` holds, else `other`; given the condition only, the indices at which it holds, one tensor a dimension.
 * @throws {DTypeError} if the condition is not of truth values.
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * torch.where(x.gt(0), x, 0); // tensor([0., 2.])
 * ```
 */
export const where: OverloadedOp<
  <A extends [] | [input: Operand, other: Operand]>(condition: Tensor, ...choices: A) => A extends [] ? readonly Tensor[] : Tensor
> = overloaded(
  composite("where(Tensor condition, Operand? input=null, Operand? other=null)", (condition, input, other) => {
    if (input === null && other === null) return condition.nonzero({ asTuple: true });
    return choose(condition, input ?? 0, other ?? 0);
  }),
);
