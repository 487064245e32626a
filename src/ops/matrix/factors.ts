/** Checks of the factors of products, and the one kernel call behind them all. */

import type { MatmulOptions } from "../../backend/contract.js";
import { bool } from "../../core/dtype.js";
import { DeviceError, DTypeError, ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape, type Shape } from "../../core/shape.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * Checks that factors have one dtype other than bool, and live on one device.
 * @throws {DTypeError | DeviceError} naming those that differ.
 */
export function checkFactors(op: string, first: Tensor, second: Tensor, third: Tensor | null = null): void {
  checkPair(op, first, second);
  if (third !== null) checkPair(op, first, third);
  if (first.dtype === bool) throw new DTypeError(`${op}: "${op}" not implemented for 'Bool'. Convert the factors with .to(dtype).`);
}

function checkPair(op: string, first: Tensor, other: Tensor): void {
  if (other.dtype !== first.dtype) {
    throw new DTypeError(
      `${op}: expected m1 and m2 to have the same dtype, but got: ${first.dtype.scalarName} != ${other.dtype.scalarName}. Convert one with .to(dtype).`,
    );
  }
  if (other.storage.backend !== first.storage.backend) {
    throw new DeviceError(
      `${op}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${other.device}. Move one with .to(device).`,
    );
  }
}

/** Checks that the inner sizes of two matrices agree. */
export function checkInner(op: string, a: Tensor, b: Tensor): void {
  const [inner, other] = [a.shape[1], b.shape[0]];
  if (inner !== other) {
    throw new ShapeError(
      `${op}: mat1 and mat2 shapes cannot be multiplied (${a.shape.join("x")} and ${b.shape.join("x")}): inner sizes ${inner} and ${other} differ`,
    );
  }
}

/** Checks the shapes of two batches of matrices. */
export function checkBatches(op: string, a: Tensor, b: Tensor): void {
  if (a.shape.length !== 3) throw new ShapeError(`${op}: batch1 must be a 3D tensor, got shape ${formatShape(a.shape)}`);
  if (b.shape.length !== 3) throw new ShapeError(`${op}: batch2 must be a 3D tensor, got shape ${formatShape(b.shape)}`);
  const [batches, , inner] = a.shape as [number, number, number];
  if (b.shape[0] !== batches || b.shape[1] !== inner) {
    throw new ShapeError(
      `${op}: Expected size for first two dimensions of batch2 tensor to be: ${formatShape([batches, inner])} but got: ${formatShape(b.shape.slice(0, 2))}.`,
    );
  }
}

/** Checks that two factors are a matrix and a vector that fit. */
export function checkMatrixVector(op: string, mat: Tensor, vec: Tensor): void {
  if (mat.shape.length !== 2 || vec.shape.length !== 1) {
    throw new ShapeError(`${op}: vector + matrix @ vector expected, got 1, ${mat.shape.length}, ${vec.shape.length}`);
  }
  if (mat.shape[1] !== vec.shape[0]) {
    throw new ShapeError(`${op}: size mismatch, got input (${mat.shape[0]}), mat (${mat.shape.join("x")}), vec (${vec.shape[0]})`);
  }
}

/** Checks that what is added stretches to the shape of the product. */
export function checkAdded(op: string, input: Tensor, shape: Shape): void {
  const lead = shape.length - input.shape.length;
  const fits = lead >= 0 && input.shape.every((n, d) => n === 1 || n === shape[lead + d]);
  if (fits) return;
  throw new ShapeError(
    `${op}: The expanded size of the tensor must match the existing size: a tensor of shape ${formatShape(input.shape)} does not expand to the product's shape ${formatShape(shape)}`,
  );
}

/** `alpha·a·b + beta·bias` for matrices, or for batches of them of one size; into `into`, where that is given. */
export function product(a: Tensor, b: Tensor, options: MatmulOptions = {}, into: Tensor | null = null): Tensor {
  const columns = b.shape[b.shape.length - 1] as number;
  const out =
    into ??
    emptyOn(a.storage.backend, a.shape.length === 2 ? [a.shape[0] as number, columns] : [...a.shape.slice(0, -1), columns], a.dtype);
  a.storage.backend.kernels.matmul(out, a, b, options);
  return out;
}

/** A result that owns its dense memory, in another shape: not a view, since nobody else holds the memory. */
export function shaped(result: Tensor, shape: Shape): Tensor {
  return tensorOver(result.storage, shape, contiguousStrides(shape), result.offset, result.dtype);
}

/** A factor with other sizes and steps, for kernels: outside of the graph. */
function seenAs(factor: Tensor, shape: Shape, strides: readonly number[]): Tensor {
  return tensorOver(factor.storage, shape, strides, factor.offset, factor.dtype);
}

/** A matrix with rows and columns exchanged, for kernels. */
export const transposed = (matrix: Tensor): Tensor =>
  seenAs(matrix, [matrix.shape[1] as number, matrix.shape[0] as number], [matrix.strides[1] as number, matrix.strides[0] as number]);

/** A vector as a matrix of one row, for kernels. */
export const asRow = (vector: Tensor): Tensor => seenAs(vector, [1, vector.count], [0, vector.strides[0] as number]);

/** A vector as a matrix of one column, for kernels. */
export const asColumn = (vector: Tensor): Tensor => seenAs(vector, [vector.count, 1], [vector.strides[0] as number, 0]);
