/** Joining tensors along dimensions. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError, DeviceError, ShapeError } from "../../core/errors.js";
import { ResultType } from "../../core/promotion.js";
import { formatShape, type Shape, sameShape, wrapDim } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The dtype that tensors promote to. */
function commonDType(tensors: readonly Tensor[]): DType {
  const first = (tensors[0] as Tensor).dtype;
  if (tensors.every((tensor) => tensor.dtype === first)) return first;
  const type = new ResultType();
  for (const tensor of tensors) type.tensor(tensor.dtype, tensor.shape.length);
  return type.dtype;
}

function checkDevices(op: string, tensors: readonly Tensor[]): void {
  const first = tensors[0] as Tensor;
  for (const tensor of tensors) {
    if (tensor.storage.backend !== first.storage.backend) {
      throw new DeviceError(
        `${op}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${tensor.device}. Move one with .to(device).`,
      );
    }
  }
}

/** Writes tensors one after the other into a new one of the same dtype, where all lie dense; false where they do not. */
function joined(out: Tensor, tensors: readonly Tensor[]): boolean {
  const { kernels } = out.storage.backend;
  if (kernels.join === undefined) return false;
  for (const tensor of tensors) if (!tensor.dense || tensor.dtype !== out.dtype) return false;
  kernels.join(out, tensors);
  return true;
}

/** Vectors without elements join with anything, whatever their shape: a legacy of PyTorch. */
const isSkipped = (tensor: Tensor): boolean => tensor.shape.length === 1 && tensor.shape[0] === 0;

/** The shape that all tensors share but for dimension `dim`, and which they have together along it. */
function joinedShape(tensors: readonly Tensor[], dim: number): { shape: number[]; dim: number } {
  tensors.forEach((tensor, i) => {
    if (tensor.shape.length === 0) throw new ShapeError(`cat: zero-dimensional tensor (at position ${i}) cannot be concatenated`);
  });
  const firstAt = Math.max(
    tensors.findIndex((tensor) => !isSkipped(tensor)),
    0,
  );
  const first = (tensors[firstAt] as Tensor).shape;
  const d = wrapDim("cat", dim, first.length);
  const shape = [...first];
  for (let i = firstAt + 1; i < tensors.length; i++) {
    const tensor = tensors[i] as Tensor;
    if (isSkipped(tensor)) continue;
    if (tensor.shape.length !== first.length)
      throw new ShapeError(`cat: Tensors must have same number of dimensions: got ${first.length} and ${tensor.shape.length}`);
    for (let k = 0; k < first.length; k++) {
      if (k !== d && tensor.shape[k] !== first[k]) {
        throw new ShapeError(
          `cat: Sizes of tensors must match except in dimension ${d}. Expected size ${first[k]} but got size ${tensor.shape[k]} for tensor number ${i} in the list. Shapes: ${formatShape(first)} and ${formatShape(tensor.shape)}`,
        );
      }
    }
    shape[d] = (shape[d] as number) + (tensor.shape[d] as number);
  }
  return { shape, dim: d };
}

/**
 * The tensors one after the other along a dimension; all other sizes must agree.
 * @throws {ShapeError} if they differ, or a tensor has no dimensions.
 * @example
 * ```ts
 * torch.cat([torch.zeros(2, 3), torch.ones(1, 3)]).shape; // [3, 3]
 * ```
 */
export const cat: Op<(tensors: readonly Tensor[], ...args: Args<[dim: number], { dim?: number; out?: Tensor }>) => Tensor> = primitive(
  "cat(Tensor[] tensors, int dim=0)",
  {
    forward: (tensors, dim) => {
      if (tensors.length === 0) throw new ArgumentError("cat: expected a non-empty list of Tensors");
      checkDevices("cat", tensors);
      const { shape, dim: d } = joinedShape(tensors, dim);
      const out = emptyOn((tensors[0] as Tensor).storage.backend, shape, commonDType(tensors));
      if (d === 0 && joined(out, tensors)) return out;
      let at = 0;
      for (const tensor of tensors) {
        if (isSkipped(tensor)) continue;
        copyInto(tensorOver(out.storage, tensor.shape, out.strides, at, out.dtype), tensor);
        at += (tensor.shape[d] as number) * (out.strides[d] as number);
      }
      return out;
    },
    gradient: {
      tensors: (grad, { given: { tensors, dim } }) => {
        let at = 0;
        return tensors.map((tensor) => {
          if (isSkipped(tensor)) return grad.newZeros(tensor.shape);
          const size = tensor.shape[wrapDim("cat", dim, grad.shape.length)] as number;
          at += size;
          return grad.narrow(dim, at - size, size);
        });
      },
    },
  },
);

/**
 * Tensors of one shape along a new dimension.
 * @throws {ShapeError} if the shapes differ.
 * @example
 * ```ts
 * torch.stack([torch.zeros(3), torch.ones(3)]).shape; // [2, 3]
 * ```
 */
export const stack: Op<(tensors: readonly Tensor[], ...args: Args<[dim: number], { dim?: number; out?: Tensor }>) => Tensor> = primitive(
  "stack(Tensor[] tensors, int dim=0)",
  {
    forward: (tensors, dim) => {
      const first = tensors[0];
      if (first === undefined) throw new ArgumentError("stack: stack expects a non-empty TensorList");
      checkDevices("stack", tensors);
      const d = wrapDim("stack", dim, first.shape.length + 1);
      for (let i = 1; i < tensors.length; i++) {
        const { shape } = tensors[i] as Tensor;
        if (!sameShape(shape, first.shape)) {
          throw new ShapeError(
            `stack: stack expects each tensor to be equal size, but got ${formatShape(first.shape)} at entry 0 and ${formatShape(shape)} at entry ${i}`,
          );
        }
      }
      const shape: Shape = [...first.shape.slice(0, d), tensors.length, ...first.shape.slice(d)];
      const out = emptyOn(first.storage.backend, shape, commonDType(tensors));
      if (d === 0 && joined(out, tensors)) return out;
      const strides = out.strides.filter((_, k) => k !== d);
      tensors.forEach((tensor, i) => {
        copyInto(tensorOver(out.storage, tensor.shape, strides, i * (out.strides[d] as number), out.dtype), tensor);
      });
      return out;
    },
    gradient: { tensors: (grad, { given: { dim } }) => grad.unbind(dim) },
  },
);

/** Calls of functions on several tensors: spread, or in an array. */
export type Tensors = Tensor[] | [readonly Tensor[]];

const atLeast = (tensors: readonly Tensor[], rank: 1 | 2 | 3): Tensor[] => tensors.map((tensor) => raised(tensor, rank));

/** A view with at least `rank` dimensions, as NumPy adds them. */
function raised(input: Tensor, rank: 1 | 2 | 3): Tensor {
  if (input.shape.length >= rank) return input;
  if (input.shape.length === 0) return input.reshape([1, 1, 1].slice(0, rank));
  if (rank === 2) return input.unsqueeze(0);
  return input.shape.length === 1 ? input.unsqueeze(0).unsqueeze(-1) : input.unsqueeze(-1);
}

/** One tensor, several spread ones, or an array of them. */
type OneOrMore = { (input: Tensor): Tensor; (...tensors: Tensor[]): Tensor[]; (tensors: readonly Tensor[]): Tensor[] };

const atleast = (rank: 1 | 2 | 3): Op<OneOrMore> =>
  composite(`atleast${rank}d(...Tensor[] tensors)`, (tensors) => {
    const [only] = tensors;
    return tensors.length === 1 && only !== undefined ? raised(only, rank) : atLeast(tensors, rank);
  });

/** A tensor, or each of several, as a view with at least one dimension. */
export const atleast1d: Op<OneOrMore> = atleast(1);

/** A tensor, or each of several, as a view with at least two dimensions. */
export const atleast2d: Op<OneOrMore> = atleast(2);

/** A tensor, or each of several, as a view with at least three dimensions. */
export const atleast3d: Op<OneOrMore> = atleast(3);

function nonEmpty(op: string, tensors: readonly Tensor[]): readonly Tensor[] {
  if (tensors.length === 0) throw new ArgumentError(`${op}: ${op} expects a non-empty TensorList`);
  return tensors;
}

/** Tensors side by side: along the second dimension, vectors along their only one. */
export const hstack: Op<(tensors: readonly Tensor[], options?: { out?: Tensor }) => Tensor> = composite(
  "hstack(Tensor[] tensors)",
  (tensors) => {
    const list = atLeast(nonEmpty("hstack", tensors), 1);
    return cat(list, (list[0] as Tensor).shape.length === 1 ? 0 : 1);
  },
);

/** Tensors one below the other: along the first dimension, vectors as rows. */
export const vstack: Op<(tensors: readonly Tensor[], options?: { out?: Tensor }) => Tensor> = composite(
  "vstack(Tensor[] tensors)",
  (tensors) => cat(atLeast(nonEmpty("vstack", tensors), 2), 0),
);

/** Tensors one behind the other: along the third dimension. */
export const dstack: Op<(tensors: readonly Tensor[], options?: { out?: Tensor }) => Tensor> = composite(
  "dstack(Tensor[] tensors)",
  (tensors) => cat(atLeast(nonEmpty("dstack", tensors), 3), 2),
);

/** Tensors side by side, vectors and numbers as columns. */
export const columnStack: Op<(tensors: readonly Tensor[], options?: { out?: Tensor }) => Tensor> = composite(
  "columnStack(Tensor[] tensors)",
  (tensors) =>
    hstack(nonEmpty("columnStack", tensors).map((tensor) => (tensor.shape.length <= 1 ? tensor.reshape(tensor.count, 1) : tensor))),
);
