/** Checks of matrices, and what operations on them have in common. */

import type { LinalgKernels } from "../../backend/contract.js";
import { bfloat16, type DType, float16, int32 } from "../../core/dtype.js";
import { ArgumentError, AutogradError, DeviceError, DTypeError, ShapeError, TorchError } from "../../core/errors.js";
import { broadcastPair, formatShape, type Shape, sameShape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { readSync } from "../../tensor/read.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The dimensions in front of the last two. */
export const batchOf = (A: Tensor): Shape => A.shape.slice(0, -2);
export const rowsOf = (A: Tensor): number => A.shape[A.shape.length - 2] as number;
export const columnsOf = (A: Tensor): number => A.shape[A.shape.length - 1] as number;

/** Checks that a dtype is one that is decomposed: float32, float64 or complex of these. */
export function checkDType(op: string, A: Tensor): void {
  const { dtype } = A;
  if (!dtype.isFloatingPoint && !dtype.isComplex)
    throw new DTypeError(
      `${op}: Expected a floating point or complex tensor as input. Got ${dtype.scalarName}. Convert it with .to(torch.float32).`,
    );
  if (dtype === float16 || dtype === bfloat16)
    throw new DTypeError(`${op}: Low precision dtypes not supported. Got ${dtype.scalarName}. Convert it with .to(torch.float32).`);
}

/**
 * Checks that a tensor holds matrices that can be decomposed.
 * @throws {ShapeError | DTypeError} if not.
 */
export function checkMatrix(op: string, A: Tensor, name: string = "A"): void {
  if (A.shape.length < 2)
    throw new ShapeError(`${op}: The input tensor ${name} must have at least 2 dimensions. Got shape ${formatShape(A.shape)}.`);
  checkDType(op, A);
}

/** As `checkMatrix`, for square matrices. */
export function checkSquare(op: string, A: Tensor, name: string = "A"): void {
  if (A.shape.length < 2)
    throw new ShapeError(`${op}: The input tensor ${name} must have at least 2 dimensions. Got shape ${formatShape(A.shape)}.`);
  if (rowsOf(A) !== columnsOf(A))
    throw new ShapeError(`${op}: ${name} must be batches of square matrices, but they are ${rowsOf(A)} by ${columnsOf(A)} matrices`);
  checkDType(op, A);
}

/** Checks that two tensors have one dtype and live on one device. */
export function checkSame(op: string, A: Tensor, B: Tensor, names: readonly [string, string] = ["A", "B"]): void {
  if (A.dtype !== B.dtype)
    throw new DTypeError(
      `${op}: Expected ${names[0]} and ${names[1]} to have the same dtype, but found ${names[0]} of type ${A.dtype.scalarName} and ${names[1]} of type ${B.dtype.scalarName} instead`,
    );
  if (A.storage.backend !== B.storage.backend)
    throw new DeviceError(
      `${op}: Expected all tensors to be on the same device, but found at least two devices, ${A.device} and ${B.device}`,
    );
}

/** Checks that `A·X = B` (or `X·A = B`) has fitting shapes, and stretches both to their common batch dimensions. */
export function fitSides(op: string, A: Tensor, B: Tensor, left: boolean): readonly [A: Tensor, B: Tensor] {
  checkSame(op, A, B);
  if (B.shape.length < 2)
    throw new ShapeError(`${op}: The input tensor B must have at least 2 dimensions. Got shape ${formatShape(B.shape)}.`);
  if (columnsOf(A) !== (left ? rowsOf(B) : columnsOf(B)))
    throw new ShapeError(
      `${op}: Incompatible shapes of A and B for the equation ${left ? "AX = B" : "XA = B"} (${rowsOf(A)}x${columnsOf(A)} and ${rowsOf(B)}x${columnsOf(B)})`,
    );
  const batch = broadcastPair(op, batchOf(A), batchOf(B));
  return [stretched(A, batch), stretched(B, batch)];
}

/** Matrices repeated along batch dimensions. */
export function stretched(A: Tensor, batch: Shape): Tensor {
  return sameShape(batchOf(A), batch) ? A : A.expand([...batch, rowsOf(A), columnsOf(A)]);
}

/**
 * The kernels for matrices of a device.
 * @throws {DeviceError} if it has none.
 */
export function kernelsOf(op: string, A: Tensor): LinalgKernels {
  const { linalg } = A.storage.backend.kernels;
  if (linalg === undefined)
    throw new DeviceError(`${op}: the device ${A.device} has no kernels for decompositions; move the matrices with .to("cpu")`);
  return linalg;
}

/** An uninitialised tensor on the device of another. */
export function blank(like: Tensor, shape: Shape, dtype: DType = like.dtype): Tensor {
  return emptyOn(like.storage.backend, shape, dtype);
}

/** Room for the `info` of every matrix. */
export const blankInfo = (A: Tensor): Tensor => blank(A, batchOf(A), int32);

/** Whether values can be read here and now, as errors that depend on them must. */
export function isReadable(A: Tensor): boolean {
  return A.storage.backend.canBlock && A.device.type !== "meta";
}

/**
 * Checks that every matrix went well, where values can be read; `message` says what `info` means.
 * @throws {TorchError} naming the first one that did not.
 */
export function checkInfo(op: string, info: Tensor, message: (code: number) => string): void {
  if (!isReadable(info)) return;
  const codes = readSync(info.detach(), op);
  for (let i = 0; i < codes.length; i++) {
    const code = Number(codes[i]);
    if (code === 0) continue;
    throw new TorchError(`${op}: ${info.shape.length > 0 ? `(Batch element ${i}): ` : ""}${message(code)}`);
  }
}

/** What PyTorch says of a matrix that has no inverse. */
export const singular = (code: number): string =>
  `The diagonal element ${code} is zero, the inversion could not be completed because the input matrix is singular.`;

/**
 * Checks that a loss does not depend on the phase of complex vectors, which is arbitrary: that `phases` are almost 0.
 * @throws {AutogradError} if it does.
 */
export function checkGauge(op: string, what: string, phases: Tensor): void {
  if (!isReadable(phases) || phases.count === 0) return;
  if (phases.detach().abs().amax().item() <= 1e-2) return;
  throw new AutogradError(
    `${op}: The ${what} in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this quantity, so it is ill-defined.`,
  );
}

/** Whether the right side of an equation is a vector (or a batch of vectors), as NumPy decides it. */
export function isVectorSide(A: Tensor, B: Tensor): boolean {
  return B.shape.length === 1 || (A.shape.length - 1 === B.shape.length && sameShape(B.shape, A.shape.slice(0, -1)));
}

/** Checks which of several words an argument is. */
export function checkWord(op: string, name: string, value: string, words: readonly string[]): void {
  if (!words.includes(value))
    throw new ArgumentError(`${op}: parameter \`${name}\` should be one of (${words.join(", ")}), got '${value}'`);
}
