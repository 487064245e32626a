/** Combinations of several tensors: broadcast together, or every element with every other. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { broadcastShapes as commonShape, formatShape, type Shape } from "../../core/shape.js";
import { fromHost } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Size } from "../../tensor/size.js";
import type { Tensor } from "../../tensor/tensor.js";
import { stack, type Tensors } from "./joining.js";

/**
 * The shape that shapes broadcast to. A number is a shape of one dimension.
 * @throws {ShapeError} where two sizes differ and neither is 1.
 * @example
 * ```ts
 * torch.broadcastShapes([2], [3, 1]); // torch.Size([3, 2])
 * ```
 */
export function broadcastShapes(...shapes: (Shape | number)[]): Size {
  const list = shapes.map((shape) => (typeof shape === "number" ? [shape] : shape));
  if (list.flat().some((n) => n < 0))
    throw new ShapeError(
      `broadcastShapes: Attempting to broadcast a dimension with negative length! Shapes: ${list.map(formatShape).join(", ")}`,
    );
  return Size.ofShape(commonShape("broadcastShapes", list));
}

/** Views of tensors, all expanded to the shape that they broadcast to. */
export const broadcastTensors: Op<(...tensors: Tensors) => Tensor[]> = composite("broadcastTensors(...Tensor[] tensors)", (tensors) => {
  const shape = commonShape(
    "broadcastTensors",
    tensors.map((tensor) => tensor.shape),
  );
  return tensors.map((tensor) => tensor.expand(shape));
});

/**
 * Coordinates of a grid, one tensor for each vector: `out[k][i0][i1]… = tensors[k][ik]`, as views.
 * With `indexing: "xy"` the first two dimensions change places.
 * @throws {ShapeError} if an input has more than one dimension.
 */
export const meshgrid: Op<
  (
    ...args:
      | [...tensors: Tensors]
      | [...tensors: Tensor[], options: { indexing?: "ij" | "xy" }]
      | [tensors: readonly Tensor[], options: { indexing?: "ij" | "xy" }]
  ) => Tensor[]
> = composite("meshgrid(...Tensor[] tensors, *, str indexing='ij')", (tensors, indexing) => {
  const [first] = tensors;
  if (first === undefined) throw new ArgumentError("meshgrid: meshgrid expects a non-empty TensorList");
  if (indexing !== "ij" && indexing !== "xy")
    throw new ArgumentError(`meshgrid: torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${indexing}`);
  for (const tensor of tensors) {
    if (tensor.shape.length > 1)
      throw new ShapeError(`meshgrid: torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ${formatShape(tensor.shape)}`);
    if (tensor.dtype !== first.dtype)
      throw new DTypeError(`meshgrid: meshgrid expects all tensors to have the same dtype, got ${first.dtype} and ${tensor.dtype}`);
  }
  const swap = indexing === "xy" && tensors.length >= 2;
  const axis = (k: number): number => (swap && k < 2 ? 1 - k : k);
  const shape = new Array<number>(tensors.length);
  tensors.forEach((tensor, k) => {
    shape[axis(k)] = tensor.count;
  });
  return tensors.map((tensor, k) => tensor.reshape(shape.map((_, d) => (d === axis(k) ? tensor.count : 1))).expand(shape));
});

function checkVector(op: string, tensor: Tensor): void {
  if (tensor.shape.length !== 1) throw new ShapeError(`${op}: Expect a 1D vector, but got shape ${formatShape(tensor.shape)}`);
}

/**
 * All tuples with one element from each vector, as rows; of one vector, the vector itself.
 * @throws {ShapeError} if an input is no vector.
 */
export const cartesianProd: Op<(...tensors: Tensors) => Tensor> = composite("cartesianProd(...Tensor[] tensors)", (tensors) => {
  for (const tensor of tensors) checkVector("cartesianProd", tensor);
  const [first] = tensors;
  if (tensors.length === 1 && first !== undefined) return first;
  return stack(
    meshgrid(tensors).map((grid) => grid.reshape(-1)),
    1,
  );
});

/** All ascending selections of `r` of `n` positions, in lexicographic order, one after the other. */
function selections(n: number, r: number, withReplacement: boolean): bigint[] {
  const all: bigint[] = [];
  const chosen: bigint[] = [];
  const choose = (from: number): void => {
    if (chosen.length === r) {
      all.push(...chosen);
      return;
    }
    for (let i = from; i < n; i++) {
      chosen.push(BigInt(i));
      choose(withReplacement ? i : i + 1);
      chosen.pop();
    }
  };
  choose(0);
  return all;
}

/**
 * All selections of `r` elements of a vector, as rows, in order.
 * @throws {ShapeError} if the input is no vector.
 */
export const combinations: Op<
  (input: Tensor, r?: number | { r?: number; withReplacement?: boolean }, withReplacement?: boolean) => Tensor
> = composite("combinations(Tensor input, int r=2, bool withReplacement=false)", (input, r, withReplacement) => {
  checkVector("combinations", input);
  if (r < 0) throw new ArgumentError(`combinations: Expect a non-negative number, but got ${r}`);
  if (r === 0) return input.newZeros([0]);
  const positions = BigInt64Array.from(selections(input.count, r, withReplacement));
  const index = fromHost(positions, [positions.length], int64, input.storage.backend);
  return input.indexSelect(0, index).view(-1, r);
});
