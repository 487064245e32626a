/** Operations with overloads: PyTorch has several of one name, and the arguments decide which one is meant. */

import { ArgumentError, DTypeError } from "../../core/errors.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { parseSchema, type Values } from "../schema.js";
import { Tensor } from "../tensor.js";

type Anything = (...args: never[]) => unknown;

/** The overload that is meant, and its arguments by position. */
export type Overload = readonly [op: Op<Anything>, ...args: unknown[]];

/**
 * Defines an operation that stands for several.
 * @param signature the arguments of all of them.
 * @param choose the overload for bound arguments; checks of arguments are its as well.
 */
export function overloads<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  choose: (...args: Values<S>) => Overload,
  options: { readonly inPlace: false; readonly differentiable?: boolean },
): Op<F>;
export function overloads<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  choose: (...args: Values<S>) => Overload,
  options?: { readonly differentiable?: boolean },
): InPlaceOp<F>;
export function overloads<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  choose: (...args: Values<S>) => Overload,
  options: { readonly inPlace?: false; readonly differentiable?: boolean } = {},
): Op<F> {
  const schema = parseSchema(signature);
  const run = (args: readonly unknown[]): unknown => {
    if (!(args[0] instanceof Tensor) && !args.some((arg) => arg instanceof Tensor))
      throw new ArgumentError(`${schema.name}(): at least one argument must be a Tensor`);
    const [op, ...given] = choose(...(args as Values<S>));
    return op.invoke(...given);
  };
  const inPlace = (args: readonly unknown[]): Tensor => {
    const [op, ...given] = choose(...(args as Values<S>));
    if (op.record.inPlace === null) throw new TypeError(`${schema.name}_: this form has no in-place variant`);
    const [self, converted] = [args[0] as Tensor, given[0]];
    if (converted instanceof Tensor && converted !== self) {
      throw new DTypeError(
        `${schema.name}_: the input has dtype ${self.dtype.scalarName} but the operation's result requires dtype ${converted.dtype.scalarName}`,
      );
    }
    return op.record.inPlace(given);
  };
  const record: OpRecord = {
    kind: "composite",
    name: schema.name,
    schema,
    differentiable: options.differentiable !== false,
    dynamicShape: false,
    inPlace: options.inPlace === false ? null : inPlace,
    run,
  };
  const defaults = schema.parameters.slice(schema.required).map((parameter) => parameter.fallback);
  const operands = schema.parameters.slice(0, schema.required).every(({ type }) => type === "Tensor" || type === "Operand");
  // Calls with operands only need no binding.
  const quick = (args: unknown[]): unknown => {
    if (args.length !== schema.required || !(args[0] instanceof Tensor)) return undefined;
    for (let i = 1; i < args.length; i++) {
      const arg = args[i];
      if (!(arg instanceof Tensor) && (typeof arg !== "number" || schema.parameters[i]?.type === "Tensor")) return undefined;
    }
    return run([...args, ...defaults]);
  };
  return callable<F>(record, operands ? quick : null);
}
