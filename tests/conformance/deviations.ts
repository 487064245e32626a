/**
 * Where our results may differ from PyTorch's, each with its reason: the only place that excuses a failing check.
 * A tolerance widens the comparison; an entry without one expects the check to fail, and is reported once it no longer does.
 */

import type { Tolerance } from "../golden/close.js";

/** What is checked of an operator: the first four against golden cases, the rest generated from its record. */
export type Check =
  | "values"
  | "gradient"
  | "in place"
  | "error"
  | "gradcheck"
  | "gradgradcheck"
  | "non-contiguous"
  | "zero size"
  | "meta"
  | "out"
  | "in place equals";

/** One excuse. Fields that are left out match everything. */
export interface Deviation {
  /** PyTorch's name of the operator, as in `linalg.inv_ex`. */
  readonly op: string;
  readonly checks: readonly Check[];
  readonly dtypes?: readonly string[];
  readonly variant?: string;
  /** Numbers of cases, as failure messages give them. */
  readonly cases?: readonly number[];
  readonly tolerance?: Tolerance;
  readonly reason: string;
}

/** The table. */
export const deviations: readonly Deviation[] = [
  {
    op: "as_strided",
    checks: ["non-contiguous"],
    reason: "it reads memory by given strides: in another layout the same strides mean other elements",
  },
  {
    op: "as_strided_scatter",
    checks: ["gradient"],
    reason:
      "PyTorch's gradient of the input is zero where the input passes through and not where it is overwritten; ours is the derivative, as gradcheck confirms",
  },
  {
    op: "tensor_split",
    checks: ["meta", "zero size"],
    reason: "places given as a tensor must have values, in PyTorch too",
  },
  ...["topk", "kthvalue"].map(
    (op): Deviation => ({
      op,
      checks: ["values"],
      dtypes: ["int64", "int32", "uint8"],
      cases: [6, 7, 8],
      reason: "which of equal elements is given is left open by PyTorch; we give the first, PyTorch what its partial sort leaves there",
    }),
  ),
  ...["native_layer_norm", "nn.functional.layer_norm"].map(
    (op): Deviation => ({
      op,
      checks: ["gradient"],
      cases: [op === "native_layer_norm" ? 4 : 1],
      tolerance: { rtol: 1.3e-6, atol: 1e-4 },
      reason: "the gradient of one element is 0; PyTorch gives what float32 leaves of a difference of equal numbers times 316, -3e-5",
    }),
  ),
  {
    op: "nn.functional.instance_norm",
    checks: ["values"],
    dtypes: ["bfloat16"],
    tolerance: { rtol: 1.6e-2, atol: 2e-2 },
    reason: "statistics are rounded to bfloat16 before they are used, in PyTorch too: one that lies between two numbers falls to the other side",
  },
  ...["view", "view_as", "view_as_complex"].map(
    (op): Deviation => ({ op, checks: ["non-contiguous"], reason: "as in PyTorch, a view that would need a copy is refused" }),
  ),
];

/** What a check is about. */
export interface Subject {
  readonly op: string;
  readonly check: Check;
  readonly index: number;
  readonly dtype?: string | undefined;
  readonly variant?: string | undefined;
}

/** The entry that covers a check, or null. */
export function deviationOf(subject: Subject): Deviation | null {
  const found = deviations.find(
    (one) =>
      one.op === subject.op &&
      one.checks.includes(subject.check) &&
      (one.dtypes === undefined || (subject.dtype !== undefined && one.dtypes.includes(subject.dtype))) &&
      (one.variant === undefined || one.variant === subject.variant) &&
      (one.cases === undefined || one.cases.includes(subject.index)),
  );
  return found ?? null;
}
