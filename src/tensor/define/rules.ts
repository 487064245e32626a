/** Which dtypes pointwise operations accept, compute in and give. */

import { bool, type DType, type DTypeKind, dtypes, toComplexType, toRealType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { promoteTypes, ResultType, toFloating } from "../../core/promotion.js";
import { Tensor } from "../tensor.js";

/** How a pointwise operation treats dtypes. */
export interface DTypeRule {
  /** The kinds of the promoted dtype that are accepted. */
  readonly accepts: readonly DTypeKind[];
  /** Whether integers are computed as floats. */
  readonly floating: boolean;
  /** The dtype of the result: that of the computation, truth values, the real part's, or the complex one with such parts. */
  readonly result: "same" | "bool" | "real" | "complex";
  /** The number of leading operands that are conditions and do not take part in promotion. */
  readonly masks: number;
  /** Whether 0-d tensors and numbers count as much as others: the rule of gradients. */
  readonly strict: boolean;
  /** Whether the first operand alone decides the dtype. */
  readonly leads: boolean;
}

const all: readonly DTypeKind[] = ["bool", "int", "float", "complex"];
const base: DTypeRule = { accepts: all, floating: false, result: "same", masks: 0, strict: false, leads: false };

/** Arithmetic on any dtype. */
export const numeric: DTypeRule = base;
/** Numbers with an order: no complex ones. */
export const ordered: DTypeRule = { ...base, accepts: ["bool", "int", "float"] };
/** Integers, floats and complex numbers, but not truth values. */
export const notBool: DTypeRule = { ...base, accepts: ["int", "float", "complex"] };
/** Real numbers without truth values. */
export const orderedNotBool: DTypeRule = { ...base, accepts: ["int", "float"] };
/** Functions whose result is a float even for integers, complex numbers included. */
export const floating: DTypeRule = { ...base, floating: true };
/** Functions whose result is a float even for integers; real numbers only. */
export const realFloating: DTypeRule = { ...base, floating: true, accepts: ["bool", "int", "float"] };
/** Functions of floats only. */
export const floatOnly: DTypeRule = { ...base, accepts: ["float"] };
/** Functions of floats and complex numbers. */
export const floatOrComplex: DTypeRule = { ...base, accepts: ["float", "complex"] };
/** Comparisons of any dtype that give truth values. */
export const equality: DTypeRule = { ...base, result: "bool" };
/** Comparisons of ordered numbers. */
export const comparison: DTypeRule = { ...base, result: "bool", accepts: ["bool", "int", "float"] };
/** Operations on bits. */
export const integral: DTypeRule = { ...base, accepts: ["bool", "int"] };
/** Shifts and divisors: integers without truth values. */
export const integerOnly: DTypeRule = { ...base, accepts: ["int"] };
/** Functions of real numbers that give truth values and compute in floats. */
export const realToBool: DTypeRule = { ...base, floating: true, result: "bool", accepts: ["bool", "int", "float"] };
/** Functions that compute in floats, complex ones included, and give truth values. */
export const floatingToBool: DTypeRule = { ...base, floating: true, result: "bool" };
/** Functions of complex numbers (and of others, as floats) with real results. */
export const realFromAny: DTypeRule = { ...base, floating: true, result: "real" };
/** Complex numbers from real parts. */
export const complexFromReal: DTypeRule = { ...base, accepts: ["float"], result: "complex" };
/** The modulus and its like: real results for complex inputs. */
export const realResult: DTypeRule = { ...base, result: "real" };
/** A choice between operands by a condition. */
export const choice: DTypeRule = { ...base, masks: 1 };
/** Operations whose result has the dtype of the first operand. */
export const leading: DTypeRule = { ...base, leads: true };
/** The rule of gradients: everything promotes. */
export const gradientRule: DTypeRule = { ...base, strict: true };

/** The dtype of the result when `compute` is computed in. */
export function resultOf(rule: DTypeRule, compute: DType): DType {
  if (rule.result === "same") return compute;
  if (rule.result === "bool") return bool;
  return rule.result === "real" ? toRealType(compute) : toComplexType(compute);
}

/** The computation's dtype for operands that all promote to `dtype`. */
export function computeFrom(op: string, rule: DTypeRule, dtype: DType): DType {
  if (!rule.accepts.includes(dtype.kind)) {
    const accepted = dtypes.filter((d) => rule.accepts.includes(d.kind)).map((d) => d.name);
    throw new DTypeError(`${op}: "${op}" not implemented for '${dtype.scalarName}'; it takes ${accepted.join(", ")}`);
  }
  return rule.floating ? toFloating(dtype) : dtype;
}

/** The computation's dtype for operands, by the rules of promotion. */
export function computeType(op: string, rule: DTypeRule, operands: readonly unknown[], count: number): DType {
  if (rule.leads) return computeFrom(op, rule, (operands[rule.masks] as Tensor).dtype);
  if (rule.strict) {
    let dtype: DType | null = null;
    for (let i = rule.masks; i < count; i++) {
      const operand = operands[i];
      if (operand instanceof Tensor) dtype = dtype === null ? operand.dtype : promoteTypes(dtype, operand.dtype);
    }
    return dtype as DType;
  }
  const type = new ResultType();
  for (let i = rule.masks; i < count; i++) {
    const operand = operands[i];
    if (operand instanceof Tensor) type.tensor(operand.dtype, operand.shape.length);
    else type.scalar(operand);
  }
  return computeFrom(op, rule, type.dtype);
}
