/** Powers and the exponential of square matrices. */

import { float64, toRealType } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";

function checkSquare(op: string, input: Tensor): void {
  const rank = input.shape.length;
  if (rank < 2) throw new ShapeError(`${op}: The input tensor A must have at least 2 dimensions, got ${formatShape(input.shape)}.`);
  const [rows, columns] = [input.shape[rank - 2], input.shape[rank - 1]];
  if (rows !== columns) throw new ShapeError(`${op}: A must be batches of square matrices, but they are ${rows} by ${columns} matrices`);
}

function identityLike(input: Tensor): Tensor {
  return eye(input.shape[input.shape.length - 1] as number, { dtype: input.dtype, device: input.device });
}

/**
 * The `n`-th power of square matrices, by repeated squaring; a negative power is one of the inverse.
 *
 * Shapes: `input` `[…, m, m]`, result the same.
 * @throws {ShapeError} if the matrices are not square.
 */
export const matrixPower: Op<(input: Tensor, n: number) => Tensor> = composite("matrixPower(Tensor input, int n)", (input, n) => {
  checkSquare("matrixPower", input);
  if (n === 0) return input.clone().fill_(identityLike(input));
  let square = n < 0 ? input.inverse() : input;
  let result: Tensor | null = null;
  for (let left = Math.abs(n); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === null ? square : result.matmul(square);
    if (left > 1) square = square.matmul(square);
  }
  return n === 1 ? input.clone() : (result as Tensor);
});

/** Norms up to which Taylor's series of degree 18 is exact to the dtype (Bader, Blanes & Casas, 2019). */
const DOUBLE_RADIUS = 1.090863719290036;
const SINGLE_RADIUS = 3.010066362817634;
const DEGREE = 18;
/** Where values cannot be read, matrices of norms up to the radius times 2^12 are within reach. */
const UNREAD_SQUARINGS = 12;

/** How often each matrix is halved so that its 1-norm is within the radius, `[…, 1, 1]`, and the most that any is. */
function halvings(input: Tensor): { counts: Tensor; most: number } {
  const norm = input.detach().abs().sum(-2, true).amax(-1, true);
  const radius = toRealType(input.dtype) === float64 ? DOUBLE_RADIUS : SINGLE_RADIUS;
  const counts = norm.div(radius).log2().ceil().clamp(0);
  const backend = input.storage.backend;
  if (!backend.canBlock || input.device.type === "meta") return { counts, most: UNREAD_SQUARINGS };
  const most = counts.count === 0 ? 0 : counts.amax().item();
  return { counts, most: Number.isFinite(most) ? most : 0 };
}

/**
 * The exponential of square matrices, `Σ Aᵏ / k!`, by scaling and squaring of Taylor's series.
 *
 * Shapes: `input` `[…, m, m]`, result the same.
 * @throws {ShapeError} if the matrices are not square.
 */
export const matrixExp: Op<(input: Tensor) => Tensor> = composite("matrixExp(Tensor input)", (input) => {
  if (!input.dtype.isFloatingPoint && !input.dtype.isComplex)
    throw new DTypeError(`matrixExp: Expected a floating point or complex tensor as input. Got ${input.dtype.scalarName}`);
  checkSquare("matrixExp", input);
  if (input.count === 0) return input.clone();
  const { counts, most } = halvings(input);
  const scaled = input.mul(counts.neg().exp2().to(input.dtype));
  const identity = identityLike(input);
  // Horner's scheme: I + A(I + A/2(I + A/3(…))).
  let result = scaled.div(DEGREE).add(identity);
  for (let k = DEGREE - 1; k >= 1; k--) result = scaled.div(k).matmul(result).add(identity);
  for (let k = 0; k < most; k++) result = result.matmul(result).where(counts.gt(k), result);
  return result;
});
