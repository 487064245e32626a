/** `torch.func`: functions that give derivatives of functions. */

import { ArgumentError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import { stack } from "../../ops/shape/joining.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tensor } from "../../tensor/tensor.js";
import { outputsOf, replaced, Tape } from "./tape.js";
import { type Mapped, mapTensors, tensorsOf } from "./tree.js";

/** Which arguments to differentiate with respect to. */
type Argnums = number | readonly number[];

/** The arguments that `N` names: one, or a list. */
type Chosen<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & keyof A] }
  : A[N & keyof A];

/** A derivative, together with what the function gives beside its result. */
type WithAux<G, R, H extends boolean> = H extends true ? [derivative: G, aux: R extends readonly [unknown, infer X] ? X : never] : G;

/** The result of a function without what it gives beside it. */
type Main<R, H extends boolean> = H extends true ? (R extends readonly [infer M, unknown] ? M : never) : R;

/** Options of the derivatives of functions. */
export interface DerivativeOptions {
  /** Which arguments to differentiate with respect to: the number of one (0 by default), or a list. */
  readonly argnums?: Argnums;
  /** Whether the function gives `[result, more]`; what is more is passed on. */
  readonly hasAux?: boolean;
}

/** Which arguments, by position or among options; `P` is what is given in the place of `argnums`. */
type NumbersIn<P> = P extends Argnums ? P : P extends { readonly argnums: infer N extends Argnums } ? N : 0;

/** Whether there is more than the result, by position or among options. */
type AuxIn<P, H extends boolean> = P extends { readonly hasAux: infer B extends boolean } ? B : H;

interface Resolved {
  readonly argnums: Argnums;
  readonly hasAux: boolean;
}

function resolved(argnums: Argnums | DerivativeOptions | undefined, hasAux: boolean | DerivativeOptions | undefined): Resolved {
  const first: DerivativeOptions = isOptions(argnums) ? argnums : argnums === undefined ? {} : { argnums: argnums as Argnums };
  const second: DerivativeOptions = typeof hasAux === "boolean" ? { hasAux } : (hasAux ?? {});
  return { argnums: 0, hasAux: false, ...first, ...second };
}

/** The arguments with variables in the place of those that are chosen. */
function bound(
  op: string,
  tape: Tape,
  args: readonly unknown[],
  argnums: Argnums,
): { readonly given: unknown[]; readonly chosen: unknown } {
  const given = [...args];
  const numbers = (typeof argnums === "number" ? [argnums] : argnums).map((n) => {
    const i = n < 0 ? n + args.length : n;
    if (!Number.isInteger(i) || i < 0 || i >= args.length)
      throw new ArgumentError(`${op}: argnums names argument ${n}, but the function was called with ${args.length}`);
    return i;
  });
  for (const i of numbers) given[i] = tape.variables(args[i]);
  const chosen = typeof argnums === "number" ? given[numbers[0] as number] : numbers.map((i) => given[i]);
  if (tensorsOf(chosen).length === 0) throw new ArgumentError(`${op}: there is no tensor among the arguments that argnums names`);
  return { given, chosen };
}

type AnyFunction = (...args: never[]) => unknown;

const applied = (f: AnyFunction, args: readonly unknown[]): unknown => Reflect.apply(f, undefined, args);

/** The result of a function, and what it gives beside it. */
function split(op: string, result: unknown, hasAux: boolean): readonly [main: unknown, aux: unknown] {
  if (!hasAux) return [result, undefined];
  if (!Array.isArray(result) || result.length !== 2) throw new ArgumentError(`${op}: with hasAux the function must give [result, aux]`);
  return [result[0], result[1]];
}

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

/** The Jacobian of a result `R`, whose tensors become the structure `G` of Jacobians with respect to the arguments. */
type JacobianOf<A extends readonly unknown[], R, N extends Argnums> = Mapped<R, Mapped<Chosen<A, N>, Tensor>>;

/** Every vector of the standard basis in the shape of a tensor. */
function basisOf(like: Tensor): Tensor[] {
  const zeros = like.detach().newZeros([like.count]);
  return Array.from({ length: like.count }, (_, i) => {
    const one = zeros.clone();
    one.select(0, i).fill_(1);
    return one.reshape([...like.shape]);
  });
}

/** Rows or columns of a Jacobian as one tensor: along a new dimension `dim`, which then gets the shape `shape`. */
function assembled(parts: readonly Tensor[], like: Tensor, dim: number, shape: readonly number[], whole: readonly number[]): Tensor {
  if (parts.length === 0) return like.detach().newZeros([...whole]);
  const joined = stack(parts, dim);
  return joined.reshape([...joined.shape.slice(0, dim), ...shape, ...joined.shape.slice(dim + 1)]);
}

/**
 * The function that gives the Jacobian of `f`, row by row: a tensor of shape `[...output, ...input]` for each output and each input, in the
 * structure of the outputs, and within it of the inputs. One backward pass for each element of the outputs.
 * @example
 * ```ts
 * torch.func.jacrev((x: torch.Tensor) => x.square())(torch.tensor([1, 2])); // tensor([[2., 0.], [0., 4.]])
 * ```
 */
export function jacrev<
  A extends readonly unknown[] = Tensor[],
  R = unknown,
  const P extends Argnums | DerivativeOptions = 0,
  H extends boolean = false,
>(
  f: (...args: A) => R,
  argnums?: P,
  hasAux?: H,
): (...args: A) => WithAux<JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>, R, AuxIn<P, H>> {
  const how = resolved(argnums, hasAux);
  return (...args) => {
    const tape = new Tape("jacrev");
    const { given, chosen } = bound("jacrev", tape, args, how.argnums);
    const [result, aux] = split(
      "jacrev",
      tape.run(() => applied(f, given)),
      how.hasAux,
    );
    outputsOf("jacrev", result);
    const inputs = tensorsOf(chosen);
    const jacobian = mapTensors(result, (output) => {
      const rows = basisOf(output).map((seed) => tape.gradients([output], [seed]));
      const matrices = inputs.map((input, k) =>
        assembled(
          rows.map((row) => row[k] as Tensor),
          input,
          0,
          output.shape,
          [...output.shape, ...input.shape],
        ),
      );
      return replaced(chosen, matrices);
    });
    return (how.hasAux ? [jacobian, tape.settled(aux)] : jacobian) as WithAux<
      JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>,
      R,
      AuxIn<P, H>
    >;
  };
}

/**
 * As `jacrev`, column by column: one product with the Jacobian for each element of the inputs. For functions with more outputs than inputs.
 * @example
 * ```ts
 * const polar = (p: torch.Tensor) => torch.stack([p.index(0).mul(p.index(1).cos()), p.index(0).mul(p.index(1).sin())]);
 * torch.func.jacfwd(polar)(torch.tensor([2, 0])); // tensor([[1., 0.], [0., 2.]])
 * ```
 */
export function jacfwd<
  A extends readonly unknown[] = Tensor[],
  R = unknown,
  const P extends Argnums | DerivativeOptions = 0,
  H extends boolean = false,
>(
  f: (...args: A) => R,
  argnums?: P,
  hasAux?: H,
): (...args: A) => WithAux<JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>, R, AuxIn<P, H>> {
  const how = resolved(argnums, hasAux);
  return (...args) => {
    const tape = new Tape("jacfwd");
    const { given, chosen } = bound("jacfwd", tape, args, how.argnums);
    const [result, aux] = split(
      "jacfwd",
      tape.run(() => applied(f, given)),
      how.hasAux,
    );
    const multiply = tape.transposed(outputsOf("jacfwd", result));
    const inputs = tensorsOf(chosen);
    const zeros = inputs.map((input) => input.detach().newZeros([...input.shape]));
    const columns = inputs.map((input, k) => basisOf(input).map((tangent) => multiply(zeros.map((zero, i) => (i === k ? tangent : zero)))));
    const jacobian = mapTensors(result, (output, j) => {
      const matrices = inputs.map((input, k) =>
        assembled(
          (columns[k] as Tensor[][]).map((products) => products[j] as Tensor),
          output,
          output.shape.length,
          input.shape,
          [...output.shape, ...input.shape],
        ),
      );
      return replaced(chosen, matrices);
    });
    return (how.hasAux ? [jacobian, tape.settled(aux)] : jacobian) as WithAux<
      JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>,
      R,
      AuxIn<P, H>
    >;
  };
}

/**
 * The function that gives the matrix of second derivatives of `f`, whose result has one element: the Jacobian of the gradient, in the structure of
 * the arguments twice.
 * @example
 * ```ts
 * torch.func.hessian((x: torch.Tensor) => x.pow(3).sum())(torch.tensor([1, 2])); // tensor([[ 6.,  0.], [ 0., 12.]])
 * ```
 */
export function hessian<A extends readonly unknown[] = Tensor[], R = unknown, const N extends Argnums = 0>(
  f: (...args: A) => R,
  argnums?: N | { argnums?: N },
): (...args: A) => Mapped<Mapped<R, Mapped<Chosen<A, N>, Tensor>>, Mapped<Chosen<A, N>, Tensor>> {
  const how = resolved(argnums, false);
  const twice = jacrev(jacrev(f, how.argnums), how.argnums);
  return (...args) => twice(...args) as Mapped<Mapped<R, Mapped<Chosen<A, N>, Tensor>>, Mapped<Chosen<A, N>, Tensor>>;
}
