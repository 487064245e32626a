/** Composite operations: a body in terms of other operations, which gives the gradient for free. */

import { TorchError } from "../../core/errors.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { parseSchema, type Values } from "../schema.js";
import { Tensor } from "../tensor.js";
import { inPlaceOf } from "./inplace.js";

/** What an author may add to the body. */
export interface CompositeOptions {
  /** Whether there is an in-place variant. */
  readonly inPlace?: boolean;
  readonly dynamicShape?: boolean;
  /** False for operations through which no gradient flows. */
  readonly differentiable?: boolean;
  /** Runs a call that needs no binding of arguments, or gives undefined: for operations on hot paths. */
  readonly quick?: (args: readonly unknown[]) => unknown;
}

/** An error of an operation within the body, with the name that the user called in front. */
function named(op: string, error: unknown): unknown {
  if (error instanceof TorchError && !error.message.startsWith(op)) error.message = `${op}: ${error.message}`;
  return error;
}

/**
 * Defines an operation in terms of others.
 * @param signature its arguments, e.g. `"softplus(Tensor input, float beta=1, float threshold=20)"`.
 * @param body the result, from the bound arguments.
 */
export function composite<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  body: (...args: Values<S>) => unknown,
  options: CompositeOptions & { readonly inPlace: true },
): InPlaceOp<F>;
export function composite<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  body: (...args: Values<S>) => unknown,
  options?: CompositeOptions,
): Op<F>;
export function composite<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  body: (...args: Values<S>) => unknown,
  options: CompositeOptions = {},
): Op<F> {
  const schema = parseSchema(signature);
  const run = (args: readonly unknown[]): unknown => {
    try {
      return body(...(args as Values<S>));
    } catch (error) {
      throw named(schema.name, error);
    }
  };
  const record: OpRecord = {
    kind: "composite",
    name: schema.name,
    schema,
    differentiable: options.differentiable !== false,
    dynamicShape: options.dynamicShape === true,
    inPlace: options.inPlace === true ? inPlaceOf(schema.name, run) : null,
    run,
  };
  const tensors = schema.parameters.every((parameter) => parameter.type === "Tensor" && parameter.required && !parameter.nullable);
  const arity = schema.parameters.length;
  const plain = (args: readonly unknown[]): unknown =>
    args.length === arity && args.every((arg) => arg instanceof Tensor) ? run(args) : undefined;
  return callable<F>(record, options.quick ?? (tensors ? plain : null));
}
