/** `torch.func`: functions that give whole Jacobians of functions, and matrices of second derivatives. */

import { stack } from "../../ops/shape/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  type AnyFunction,
  type Argnums,
  type AuxIn,
  applied,
  bound,
  type Chosen,
  type DerivativeOptions,
  type Main,
  type NumbersIn,
  type Resolved,
  resolved,
  split,
  type WithAux,
} from "./arguments.js";
import { outputsOf, replaced, Tape } from "./tape.js";
import { type Mapped, mapTensors, tensorsOf } from "./tree.js";

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

/** The blocks of a Jacobian for one output, one for each input. */
type Blocks = (output: Tensor, number: number) => readonly Tensor[];

/** The function that gives the Jacobian of `f`, of which `blocksOf` makes the blocks. */
function jacobianBy(
  op: string,
  f: AnyFunction,
  { argnums, hasAux }: Resolved,
  blocksOf: (tape: Tape, result: unknown, inputs: readonly Tensor[]) => Blocks,
): (...args: readonly unknown[]) => unknown {
  return (...args) => {
    const tape = new Tape(op);
    const { given, chosen } = bound(op, tape, args, argnums);
    const [result, aux] = split(
      op,
      tape.run(() => applied(f, given)),
      hasAux,
    );
    const blocks = blocksOf(tape, result, tensorsOf(chosen));
    const jacobian = mapTensors(result, (output, j) => replaced(chosen, blocks(output, j)));
    return hasAux ? [jacobian, tape.settled(aux)] : jacobian;
  };
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
  const jacobian = jacobianBy("jacrev", f, resolved(argnums, hasAux), (tape, result, inputs) => {
    outputsOf("jacrev", result);
    return (output) => {
      const rows = basisOf(output).map((seed) => tape.gradients([output], [seed]));
      return inputs.map((input, k) =>
        assembled(
          rows.map((row) => row[k] as Tensor),
          input,
          0,
          output.shape,
          [...output.shape, ...input.shape],
        ),
      );
    };
  });
  return (...args) => jacobian(...args) as WithAux<JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>, R, AuxIn<P, H>>;
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
  const jacobian = jacobianBy("jacfwd", f, resolved(argnums, hasAux), (tape, result, inputs) => {
    const multiply = tape.transposed(outputsOf("jacfwd", result));
    const zeros = inputs.map((input) => input.detach().newZeros([...input.shape]));
    const columns = inputs.map((input, k) => basisOf(input).map((tangent) => multiply(zeros.map((zero, i) => (i === k ? tangent : zero)))));
    return (output, j) =>
      inputs.map((input, k) =>
        assembled(
          (columns[k] as Tensor[][]).map((products) => products[j] as Tensor),
          output,
          output.shape.length,
          input.shape,
          [...output.shape, ...input.shape],
        ),
      );
  });
  return (...args) => jacobian(...args) as WithAux<JacobianOf<A, Main<R, AuxIn<P, H>>, NumbersIn<P>>, R, AuxIn<P, H>>;
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
