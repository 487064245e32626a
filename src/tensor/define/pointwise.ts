/** Pointwise operations as authors define them: one scalar expression gives the value, the gradients and the in-place variant on every device. */

import type { Expr, Term } from "../../expr/node.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { parseSchema, type Schema } from "../schema.js";
import { nodeName } from "./names.js";
import { type GradientRule, Pointwise } from "./pointwiseOperation.js";
import type { DTypeRule } from "./rules.js";

/** What an author may add to the expression. */
export interface PointwiseOptions {
  readonly gradient?: GradientRule;
  /** The name of the graph node, where it is not the operation's; PyTorch numbers the overloads of one name. */
  readonly gradName?: string | ((inputs: readonly unknown[]) => string);
  /** Checks arguments beyond their types and dtypes; throws. */
  readonly check?: (...inputs: never[]) => void;
  /** The number of leading arguments that are tensors or numbers beside them; by default those without a default value. */
  readonly operands?: number;
  /** Whether there is an in-place variant; by default there is. */
  readonly inPlace?: boolean;
  /** False where the derivative is zero or undefined by convention, and results require no gradient. */
  readonly differentiable?: boolean;
}

/** The arguments behind the operands whose defaults are whole numbers, which every dtype holds as they are. */
function wholeDefaults({ parameters }: Schema, operands: number): Map<number, number> {
  const wholes = new Map<number, number>();
  parameters.forEach(({ fallback }, i) => {
    if (i >= operands && typeof fallback === "number" && Number.isInteger(fallback)) wholes.set(i, fallback);
  });
  return wholes;
}

/**
 * Defines a pointwise operation.
 * @param signature its arguments, e.g. `"leakyRelu(Tensor input, float negativeSlope=0.01)"`; each is one input of the expression.
 * @param body the value of an element, as an expression in the elements of the arguments.
 * @param rule the dtypes that it takes and gives.
 */
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options: PointwiseOptions & { readonly inPlace: false },
): Op<F>;
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options?: PointwiseOptions,
): InPlaceOp<F>;
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options: PointwiseOptions = {},
): Op<F> {
  const schema: Schema = parseSchema(signature);
  const arity = schema.parameters.length;
  const operands = options.operands ?? schema.required;
  const op = new Pointwise(
    schema.name,
    options.gradName ?? nodeName(schema.name),
    arity,
    operands,
    (inputs) => body(...inputs),
    rule,
    options.gradient ?? null,
    options.differentiable !== false && rule.result !== "bool",
    schema.parameters.slice(0, operands).map((parameter) => parameter.type !== "Tensor"),
    options.check ?? null,
    false,
    wholeDefaults(schema, operands),
  );
  const record: OpRecord = {
    kind: "pointwise",
    name: schema.name,
    schema,
    differentiable: op.differentiable,
    dynamicShape: false,
    scalar: op,
    inPlace: options.inPlace === false ? null : (args) => op.evaluateInPlace([...args]),
    run: (args) => op.evaluate([...args]),
  };
  const defaults = schema.parameters.slice(operands).map((parameter) => parameter.fallback);
  const quick = (args: unknown[]): unknown => op.quick(args, defaults);
  return callable<F>(record, schema.required === operands ? quick : null);
}
