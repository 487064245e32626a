/** `torch.func`: functions that give gradients of functions, and products with their Jacobians. */

import { ArgumentError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  type AnyFunction,
  type Argnums,
  type AuxIn,
  applied,
  bound,
  type Chosen,
  type DerivativeOptions,
  type NumbersIn,
  type Resolved,
  resolved,
  split,
  type WithAux,
} from "./arguments.js";
import { outputsOf, replaced, Tape } from "./tape.js";
import { type Mapped, tensorsOf } from "./tree.js";

/** Gradients, the result, and what is beside it. */
function gradientsOf(
  op: string,
  f: AnyFunction,
  args: readonly unknown[],
  { argnums, hasAux }: Resolved,
): readonly [unknown, unknown, unknown] {
  const tape = new Tape(op);
  const { given, chosen } = bound(op, tape, args, argnums);
  const [output, aux] = split(
    op,
    tape.run(() => applied(f, given)),
    hasAux,
  );
  const gradients = replaced(chosen, tape.gradients([tape.scalar(output)], null));
  return [gradients, tape.settled(output), tape.settled(aux)];
}

/**
 * The function that gives the gradient of `f`, whose result has one element. Arguments may be lists and records of tensors; the gradient has the
 * structure of the argument. It can be differentiated and vectorised again.
 * @throws {ArgumentError} if the result of `f` is not a tensor without dimensions.
 * @example
 * ```ts
 * const cube = (x: torch.Tensor) => x.pow(3);
 * torch.func.grad(cube)(torch.tensor(2)); // tensor(12.)
 * torch.func.grad(torch.func.grad(cube))(torch.tensor(2)); // tensor(12.)
 * // The gradient for each sample of a batch:
 * torch.func.vmap(torch.func.grad(cube))(torch.tensor([1, 2, 3])); // tensor([ 3., 12., 27.])
 * ```
 */
export function grad<
  A extends readonly unknown[] = Tensor[],
  R = unknown,
  const P extends Argnums | DerivativeOptions = 0,
  H extends boolean = false,
>(f: (...args: A) => R, argnums?: P, hasAux?: H): (...args: A) => WithAux<Mapped<Chosen<A, NumbersIn<P>>, Tensor>, R, AuxIn<P, H>> {
  const how = resolved(argnums, hasAux);
  return (...args) => {
    const [gradients, , aux] = gradientsOf("grad", f, args, how);
    return (how.hasAux ? [gradients, aux] : gradients) as WithAux<Mapped<Chosen<A, NumbersIn<P>>, Tensor>, R, AuxIn<P, H>>;
  };
}

/**
 * As `grad`, together with the result: `[gradient, result]`, with `hasAux` `[gradient, [result, aux]]`.
 * @example
 * ```ts
 * const [slope, value] = torch.func.gradAndValue((x: torch.Tensor) => x.square())(torch.tensor(3));
 * slope; // tensor(6.)
 * value; // tensor(9.)
 * ```
 */
export function gradAndValue<
  A extends readonly unknown[] = Tensor[],
  R = unknown,
  const P extends Argnums | DerivativeOptions = 0,
  H extends boolean = false,
>(f: (...args: A) => R, argnums?: P, hasAux?: H): (...args: A) => [gradient: Mapped<Chosen<A, NumbersIn<P>>, Tensor>, value: R] {
  const how = resolved(argnums, hasAux);
  return (...args) => {
    const [gradients, value, aux] = gradientsOf("gradAndValue", f, args, how);
    return [gradients, how.hasAux ? [value, aux] : value] as [Mapped<Chosen<A, NumbersIn<P>>, Tensor>, R];
  };
}

/** Options behind the arguments of a function, of which nothing else is known. */
function withoutOptions(args: readonly unknown[]): readonly [args: readonly unknown[], hasAux: boolean] {
  const last = args[args.length - 1];
  if (!isOptions(last) || Object.keys(last).join() !== "hasAux") return [args, false];
  return [args.slice(0, -1), last["hasAux"] === true];
}

/** Checks that vectors go with what they are multiplied with. */
function paired(op: string, what: string, vectors: unknown, like: readonly Tensor[]): readonly Tensor[] {
  const given = tensorsOf(vectors);
  if (given.length !== like.length) throw new ArgumentError(`${op}: expected ${like.length} ${what}, got ${given.length}`);
  given.forEach((one, i) => {
    const { shape } = like[i] as Tensor;
    if (!sameShape(one.shape, shape))
      throw new ArgumentError(`${op}: ${what} number ${i} must have shape [${shape.join(", ")}], got [${one.shape.join(", ")}]`);
  });
  return given;
}

/** From the gradient of a function's result to those of its arguments. */
type Pullback<A extends readonly unknown[], R> = (cotangents: Mapped<R, Tensor>) => { -readonly [K in keyof A]: Mapped<A[K], Tensor> };

/**
 * The result of `f`, and the function that multiplies a vector with its Jacobian, `vᵀJ`: a list with one entry for each argument. With
 * `{ hasAux: true }` behind the arguments what `f` gives beside its result comes third.
 * @example
 * ```ts
 * const [y, pull] = torch.func.vjp((x: torch.Tensor) => x.square(), torch.tensor([1, 2]));
 * y; // tensor([1., 4.])
 * pull(torch.tensor([1, 10]))[0]; // tensor([ 2., 40.])
 * ```
 */
export function vjp<A extends readonly unknown[], R>(f: (...args: A) => R, ...primals: A): [output: R, vjp: Pullback<A, R>];
export function vjp<A extends readonly unknown[], R, X>(
  f: (...args: A) => readonly [R, X],
  ...primals: [...A, options: { hasAux: true }]
): [output: R, vjp: Pullback<A, R>, aux: X];
export function vjp(f: AnyFunction, ...primals: readonly unknown[]): unknown {
  const [args, hasAux] = withoutOptions(primals);
  const tape = new Tape("vjp");
  const given = tape.variables(args);
  const [result, aux] = split(
    "vjp",
    tape.run(() => applied(f, given)),
    hasAux,
  );
  const outputs = outputsOf("vjp", result);
  const pull = (cotangents: unknown): unknown => replaced(given, tape.gradients(outputs, paired("vjp", "cotangents", cotangents, outputs)));
  return hasAux ? [tape.settled(result), pull, tape.settled(aux)] : [tape.settled(result), pull];
}

/**
 * The result of `f` and the product of its Jacobian with a vector, `Jv`, by differentiating the backward pass. `primals` and `tangents` are lists
 * with one entry for each argument.
 * @example
 * ```ts
 * torch.func.jvp((x: torch.Tensor) => x.square(), [torch.tensor([1, 2])], [torch.tensor([1, 10])])[1]; // tensor([ 2., 40.])
 * ```
 */
export function jvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  primals: A,
  tangents: { readonly [K in keyof A]: Mapped<A[K], Tensor> },
  options?: { hasAux?: false },
): [output: R, tangent: Mapped<R, Tensor>];
export function jvp<A extends readonly unknown[], R, X>(
  f: (...args: A) => readonly [R, X],
  primals: A,
  tangents: { readonly [K in keyof A]: Mapped<A[K], Tensor> },
  options: { hasAux: true },
): [output: R, tangent: Mapped<R, Tensor>, aux: X];
export function jvp(
  f: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  { hasAux = false }: { hasAux?: boolean } = {},
): unknown {
  const { result, aux, push } = pushforward("jvp", f, primals, hasAux);
  const product = push(tangents);
  return hasAux ? [result, product, aux] : [result, product];
}

/** The result of a function and its derivative as a linear function. */
function pushforward(
  op: string,
  f: AnyFunction,
  primals: readonly unknown[],
  hasAux: boolean,
): { readonly result: unknown; readonly aux: unknown; readonly push: (tangents: unknown) => unknown } {
  const tape = new Tape(op);
  const given = tape.variables(primals);
  const [result, aux] = split(
    op,
    tape.run(() => applied(f, given)),
    hasAux,
  );
  const multiply = tape.transposed(outputsOf(op, result));
  const like = tensorsOf(primals);
  const push = (tangents: unknown): unknown => replaced(result, multiply(paired(op, "tangents", tangents, like)));
  return { result: tape.settled(result), aux: tape.settled(aux), push };
}

/**
 * The result of `f`, and its derivative there as a linear function of tangents: that of many `jvp`s at one point, for which `f` runs once.
 * @example
 * ```ts
 * const [y, push] = torch.func.linearize((x: torch.Tensor) => x.square(), torch.tensor([1, 2]));
 * y; // tensor([1., 4.])
 * push(torch.tensor([1, 0])); // tensor([2., 0.])
 * push(torch.tensor([0, 1])); // tensor([0., 4.])
 * ```
 */
export function linearize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
): [output: R, jvp: (...tangents: { [K in keyof A]: Mapped<A[K], Tensor> }) => Mapped<R, Tensor>] {
  const { result, push } = pushforward("linearize", f, primals, false);
  return [result as R, (...tangents) => push(tangents) as Mapped<R, Tensor>];
}
