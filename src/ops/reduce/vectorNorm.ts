/** Norms of vectors and matrices: `torch.linalg`. */

import type { Reducer } from "../../backend/contract.js";
import { type DType, toRealType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDims } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { type Expr, input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { svdvals } from "../linalg/svd.js";
import { accumulateType, type Dims, kept, reduceDims, reduceProgram } from "./reduction.js";

/** How a norm is computed: a reduction of a program (which may read the order as its second input), then a last step. */
interface Recipe {
  readonly reducer: Reducer;
  readonly program: Program;
  readonly last: Program | null;
}

const x = element(0);
const order = element(1);
const modulus = new Program("vectorNorm", [e.abs(x)], 1);
const nonzero: Recipe = { reducer: "sum", program: new Program("vectorNorm", [e.ne(x, 0)], 1), last: null };
const manhattan: Recipe = { reducer: "sum", program: modulus, last: null };
const euclidean: Recipe = {
  reducer: "sum",
  program: new Program("vectorNorm", [e.add(e.square(e.re(x)), e.square(e.im(x)))], 1),
  last: new Program("vectorNorm", [e.sqrt(x)], 1),
};
const largest: Recipe = { reducer: "max", program: modulus, last: null };
const smallest: Recipe = { reducer: "min", program: modulus, last: null };
const general: Recipe = {
  reducer: "sum",
  program: new Program("vectorNorm", [e.pow(e.abs(x), order)], 2),
  last: new Program("vectorNorm", [e.pow(x, e.div(1, order))], 2),
};

const recipes: ReadonlyMap<number, Recipe> = new Map([
  [0, nonzero],
  [1, manhattan],
  [2, euclidean],
  [Number.POSITIVE_INFINITY, largest],
  [Number.NEGATIVE_INFINITY, smallest],
]);

function checkDType(op: string, input: Tensor, dtype: DType | null): void {
  if (!input.dtype.isFloatingPoint && !input.dtype.isComplex) {
    throw new DTypeError(
      `${op}: Expected a floating point or complex tensor as input. Got ${input.dtype.scalarName}. Convert it with .to(torch.float32).`,
    );
  }
  if (dtype === null) return;
  if (dtype.isComplex !== input.dtype.isComplex || (!dtype.isFloatingPoint && !dtype.isComplex)) {
    throw new DTypeError(
      `${op}: dtype should be ${input.dtype.isComplex ? "complex" : "floating point"} for ${input.dtype.isComplex ? "complex" : "real"} inputs, but got ${dtype.scalarName}`,
    );
  }
}

/** The gradient `∂‖x‖/∂x` by order, as PyTorch defines it at zero, in terms of the gradient, the element and the norm. */
const step = (
  name: string,
  body: (grad: Expr, x: Expr, norm: Expr, ord: Expr) => Expr,
): Op<(grad: Tensor, input: Tensor, norm: Tensor, ord: number) => Tensor> =>
  pointwise(`${name}(Tensor grad, Tensor input, Tensor norm, float ord=2)`, body, rules.gradientRule, { inPlace: false });

const manhattanStep = step("manhattanStep", (grad, x) => e.mul(grad, e.sign(x)));
const euclideanStep = step("euclideanStep", (grad, x, norm) => {
  const isZero = e.eq(norm, 0);
  return e.select(isZero, 0, e.mul(grad, e.div(x, e.select(isZero, 1, norm))));
});
const fractionStep = step("fractionStep", (grad, x, norm, p) => {
  const isZero = e.eq(x, 0);
  const power = e.pow(e.select(isZero, 1, e.abs(x)), e.sub(p, 1));
  return e.select(isZero, 0, e.mul(e.mul(e.sign(x), power), e.mul(grad, e.pow(norm, e.sub(1, p)))));
});
const overNorm = (grad: Expr, norm: Expr, p: Expr): Expr => e.select(e.eq(norm, 0), 0, e.div(grad, e.pow(norm, e.sub(p, 1))));
const betweenStep = step("betweenStep", (grad, x, norm, p) =>
  e.mul(e.mul(e.sign(x), e.pow(e.abs(x), e.sub(p, 1))), overNorm(grad, norm, p)),
);
const generalStep = step("generalStep", (grad, x, norm, p) => e.mul(e.mul(x, e.pow(e.abs(x), e.sub(p, 2))), overNorm(grad, norm, p)));

/** Whether moduli are the norm; where that is NaN, whether they are NaN. */
const holds = pointwise<(modulus: Tensor, norm: Tensor) => Tensor>(
  "holdsNorm(Tensor modulus, Tensor norm)",
  (x, norm) => e.or(e.eq(x, norm), e.isNan(x)),
  rules.equality,
  { inPlace: false },
);

/** The gradient of a norm over `dims`, which `grad` and `norm` have as 1. */
export function normGradient(grad: Tensor, input: Tensor, norm: Tensor, ord: number, dims: readonly number[]): Tensor | null {
  if (ord === 0) return null;
  if (ord === 1) return manhattanStep(grad, input, norm, ord);
  if (ord === 2) return euclideanStep(grad, input, norm, ord);
  if (Math.abs(ord) === Number.POSITIVE_INFINITY) {
    const winners = holds(input.detach().abs(), norm.detach());
    const count = dims.length === 0 ? winners : winners.sum(dims, true);
    return manhattanStep(grad.div(count).mul(winners), input, norm, ord);
  }
  if (ord < 1) return fractionStep(grad, input, norm, ord);
  return ord < 2 ? betweenStep(grad, input, norm, ord) : generalStep(grad, input, norm, ord);
}

type NormOptions = { dim?: Dims; keepdim?: boolean; dtype?: DType | null };

/**
 * The norm `(Σ |x|^ord)^(1/ord)` of the elements, or along dimensions; for order 0 how many are not zero, for ±Infinity the largest or smallest modulus.
 * @throws {DTypeError} for integers.
 * @throws {ShapeError} if there are no elements and the order has no identity.
 */
export const vectorNorm: Op<
  (x: Tensor, ...args: Args<[ord: number, dim: Dims, keepdim: boolean], NormOptions & { ord?: number }>) => Tensor
> = primitive("linalg.vectorNorm(Tensor x, float ord=2, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)", {
  forward: (input, ord, dim, keepdim, dtype) => {
    checkDType("linalg.vectorNorm", input, dtype);
    const values = dtype === null ? input : input.to(dtype);
    const dims = reduceDims("linalg.vectorNorm", dim, input.shape.length);
    if (
      (ord < 0 || ord === Number.POSITIVE_INFINITY) &&
      input.count === 0 &&
      (dims.length === input.shape.length || dims.some((d) => input.shape[d] === 0))
    ) {
      throw new ShapeError(
        `linalg.vectorNorm: cannot compute the ${ord} norm on an empty tensor because the operation does not have an identity. Shape: ${formatShape(input.shape)}`,
      );
    }
    const { reducer, program, last } = recipes.get(ord) ?? general;
    const result = toRealType(values.dtype);
    const compute = accumulateType(result);
    const reduced = reduceProgram(reducer, program, program.arity === 2 ? [values, ord] : [values], input.shape, {
      dims,
      keepdim,
      compute,
      result: last === null ? result : compute,
    });
    if (last === null) return reduced;
    const out = compute === result ? reduced : emptyLike(reduced, result);
    out.storage.backend.kernels.pointwise(last, compute, [out], last.arity === 2 ? [reduced, ord] : [reduced]);
    return out;
  },
  gradient: {
    x: (grad, { x: input, out, ord, dim, keepdim }) => {
      const dims = reduceDims("linalg.vectorNorm", dim, input.shape.length);
      return normGradient(kept(grad, input.shape, dims, keepdim), input, kept(out, input.shape, dims, keepdim), ord, dims);
    },
  },
  gradName: "LinalgVectorNormBackward0",
});

/** The order of a matrix norm: Frobenius, nuclear, or ±1, ±2, ±Infinity. */
export type MatrixOrder = "fro" | "nuc" | number;

/** A norm of singular values: their sum, the largest or the smallest. */
function spectralNorm(A: Tensor, ord: MatrixOrder, dims: readonly number[], keepdim: boolean, dtype: DType | null): Tensor {
  const values = svdvals((dtype === null ? A : A.to(dtype)).movedim(dims, [-2, -1]));
  const norm =
    ord === "nuc" || values.shape[values.shape.length - 1] === 0 ? values.sum(-1) : ord === 2 ? values.amax(-1) : values.amin(-1);
  return keepdim ? [...dims].sort((a, b) => a - b).reduce((result, dim) => result.unsqueeze(dim), norm) : norm;
}

function matrixNormOf(op: string, A: Tensor, ord: MatrixOrder, dim: readonly number[], keepdim: boolean, dtype: DType | null): Tensor {
  checkDType(op, A, dtype);
  if (A.shape.length < 2)
    throw new ShapeError(`${op}: The input tensor A must have at least 2 dimensions. Got shape ${formatShape(A.shape)}`);
  if (dim.length !== 2) throw new ArgumentError(`${op}: dim must be a 2-tuple. Got ${formatShape(dim)}`);
  const dims = wrapDims(op, dim, A.shape.length);
  if (ord === "fro") return vectorNorm(A, 2, dims, keepdim, { dtype });
  if (ord === "nuc" || Math.abs(ord as number) === 2) return spectralNorm(A, ord, dims, keepdim, dtype);
  const size = typeof ord === "number" ? Math.abs(ord) : Number.NaN;
  if (size !== 1 && size !== Number.POSITIVE_INFINITY) throw new ArgumentError(`${op}: Order ${ord} not supported.`);
  const [first, second] = (size === 1 ? dims : [...dims].reverse()) as [number, number];
  const after = first < second && !keepdim ? second - 1 : second;
  const sums = vectorNorm(A, 1, first, keepdim, { dtype });
  if ((ord as number) < 0) return sums.amin(after, keepdim);
  // Of no sums the largest is 0.
  return A.shape[second] === 0 ? sums.sum(after, keepdim) : sums.amax(after, keepdim);
}

/**
 * The norm of matrices, which lie in two dimensions: Frobenius by default; ±1 and ±Infinity for the largest or smallest absolute column or row sum.
 * @throws {ArgumentError} for another order.
 */
export const matrixNorm: Op<
  (A: Tensor, ...args: Args<[ord: MatrixOrder, dim: readonly number[], keepdim: boolean], NormOptions & { ord?: MatrixOrder }>) => Tensor
> = composite(
  "linalg.matrixNorm(Tensor A, any ord='fro', int[] dim=[-2 -1], bool keepdim=false, *, dtype? dtype=null)",
  (A, ord, dim, keepdim, dtype) => matrixNormOf("linalg.matrixNorm", A, ord as MatrixOrder, dim, keepdim, dtype),
);

/**
 * A vector or a matrix norm, by the number of dimensions: `dim` has one or two; without it and without `ord`, all elements are one vector.
 * @throws {ShapeError} if the dimensions do not fit the order.
 */
export const norm: Op<
  (A: Tensor, ...args: Args<[ord: MatrixOrder | null, dim: Dims, keepdim: boolean], NormOptions & { ord?: MatrixOrder | null }>) => Tensor
> = composite(
  "linalg.norm(Tensor A, any ord=null, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)",
  (A, given, dim, keepdim, dtype) => {
    const ord = given as MatrixOrder | null;
    const rank = A.shape.length;
    if (dim !== null && dim.length !== 1 && dim.length !== 2)
      throw new ShapeError(`linalg.norm: If dim is specified, it must be of length 1 or 2. Got ${formatShape(dim)}`);
    if (dim === null && ord !== null && rank !== 1 && rank !== 2) {
      throw new ShapeError(`linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${rank}D.`);
    }
    if (ord === null) return vectorNorm(A, 2, dim, keepdim, { dtype });
    const matrix = dim === null ? rank === 2 : dim.length === 2;
    if (matrix) return matrixNormOf("linalg.norm", A, ord, dim ?? [0, 1], keepdim, dtype);
    if (typeof ord !== "number")
      throw new ArgumentError(`linalg.norm: order '${ord}' is for matrices; the input has one dimension to reduce`);
    return vectorNorm(A, ord, dim, keepdim, { dtype });
  },
);
