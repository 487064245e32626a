/** The gradients of views that read each element at most once: zeros with the gradient at the places that the view read. */

import { contiguousStrides, type Layout, numelOf, type Shape } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { primitive, type ViewInput } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const embedOp: Op<(input: Tensor, size: Shape, strides: readonly number[], offset: number) => Tensor> = primitive(
  "embed(Tensor input, int[] size, int[] strides, int offset)",
  {
    forward: (input, size, strides, offset) => {
      const out = emptyOn(input.storage.backend, size, input.dtype);
      if (input.count < numelOf(size)) out.zero_();
      copyInto(tensorOver(out.storage, input.shape, strides, offset, out.dtype), input);
      return out;
    },
    gradient: { input: (grad, { given: { input, strides, offset } }) => stridedPart(grad, { shape: input.shape, strides, offset }) },
    gradName: "AsStridedScatterBackward0",
  },
);

/** Zeros of a shape with `values` at the places of a layout, which is counted from the first element and reads no place twice. */
export function embed(values: Tensor, shape: Shape, at: Layout): Tensor {
  return embedOp(values, shape, at.strides, at.offset);
}

/** The elements at the places of a layout, which is counted from the first element in row-major order. */
export function stridedPart(whole: Tensor, at: Layout): Tensor {
  const dense = whole.contiguous();
  return dense.asStrided(at.shape, at.strides, dense.offset + at.offset);
}

/** The gradient of a view, given its layout rule. */
export function embedded<A extends unknown[]>(
  layout: (input: ViewInput, ...args: A) => Layout,
): (grad: Tensor, input: ViewInput, ...args: A) => Tensor {
  return (grad, { shape, dtype }, ...args) =>
    embed(grad, shape, layout({ shape, strides: contiguousStrides(shape), offset: 0, dtype }, ...args));
}

/** Whether some place is read twice by a layout: it is not if the strides, ascending, each step over what the smaller ones span. */
export function overlaps(layout: Layout): boolean {
  const dims = layout.shape.map((size, d) => ({ size, stride: layout.strides[d] as number })).filter(({ size }) => size !== 1);
  if (dims.some(({ size }) => size === 0)) return false;
  dims.sort((a, b) => a.stride - b.stride);
  let span = 0;
  for (const { size, stride } of dims) {
    if (stride <= span) return true;
    span += (size - 1) * stride;
  }
  return false;
}
