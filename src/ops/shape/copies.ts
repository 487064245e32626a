/** Views as copies: the functions whose names end in `Copy` give what the view would show, in memory of its own. */

import { DType } from "../../core/dtype.js";
import { composite } from "../../tensor/define/index.js";
import type { ArgumentsOf, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { viewAsComplex as viewAsComplexOp, viewAsReal as viewAsRealOp } from "./complexViews.js";
import { diagonal } from "./diagonals.js";
import { select, slice, unfold } from "./slicing.js";
import { split, splitWithSizes, unbind } from "./splitting.js";
import { asStrided } from "./strided.js";
import { expand, permute, squeeze, t, transpose, unsqueeze, type view } from "./views.js";

/** The operation that copies the result, or each of the results, of a view. */
function copyOf<F extends (...args: never[]) => unknown>(name: string, op: Op<F>): Op<F> {
  const { record } = op;
  return composite<F>(record.schema.text.replace(/^\w+/, name), (...args: readonly unknown[]) => {
    const result = record.run(args);
    if (result instanceof Tensor) return result.clone();
    return (result as readonly Tensor[]).map((one) => one.clone());
  });
}

/** A copy of the whole tensor. */
export const aliasCopy: Op<(input: Tensor) => Tensor> = composite("aliasCopy(Tensor input)", (input) => input.clone());
/** A copy outside of the recorded graph. */
export const detachCopy: Op<(input: Tensor) => Tensor> = composite("detachCopy(Tensor input)", (input) => input.detach().clone(), {
  differentiable: false,
});
/** A copy of what `asStrided` shows. */
export const asStridedCopy: Op<(...args: ArgumentsOf<typeof asStrided>) => Tensor> = copyOf("asStridedCopy", asStrided);
/** A copy of a diagonal. */
export const diagonalCopy: Op<(...args: ArgumentsOf<typeof diagonal>) => Tensor> = copyOf("diagonalCopy", diagonal);
/** A copy with dimensions of size 1 repeated. */
export const expandCopy: Op<(...args: ArgumentsOf<typeof expand>) => Tensor> = copyOf("expandCopy", expand);
/** A copy with the dimensions in another order. */
export const permuteCopy: Op<(...args: ArgumentsOf<typeof permute>) => Tensor> = copyOf("permuteCopy", permute);
/** A copy of the slice of a dimension at one index. */
export const selectCopy: Op<(...args: ArgumentsOf<typeof select>) => Tensor> = copyOf("selectCopy", select);
/** A copy of a range of a dimension. */
export const sliceCopy: Op<(...args: ArgumentsOf<typeof slice>) => Tensor> = copyOf("sliceCopy", slice);
/** Copies of consecutive pieces. */
export const splitCopy: Op<(...args: ArgumentsOf<typeof split>) => Tensor[]> = copyOf("splitCopy", split);
/** Copies of consecutive pieces with the given sizes. */
export const splitWithSizesCopy: Op<(...args: ArgumentsOf<typeof splitWithSizes>) => Tensor[]> = copyOf(
  "splitWithSizesCopy",
  splitWithSizes,
);
/** A copy without the dimensions of size 1. */
export const squeezeCopy: Op<(...args: ArgumentsOf<typeof squeeze>) => Tensor> = copyOf("squeezeCopy", squeeze);
/** A copy of the transpose of a matrix. */
export const tCopy: Op<(...args: ArgumentsOf<typeof t>) => Tensor> = copyOf("tCopy", t);
/** A copy with two dimensions exchanged. */
export const transposeCopy: Op<(...args: ArgumentsOf<typeof transpose>) => Tensor> = copyOf("transposeCopy", transpose);
/** Copies of the slices along a dimension. */
export const unbindCopy: Op<(...args: ArgumentsOf<typeof unbind>) => Tensor[]> = copyOf("unbindCopy", unbind);
/** A copy of all windows along a dimension. */
export const unfoldCopy: Op<(...args: ArgumentsOf<typeof unfold>) => Tensor> = copyOf("unfoldCopy", unfold);
/** A copy with a dimension of size 1 inserted. */
export const unsqueezeCopy: Op<(...args: ArgumentsOf<typeof unsqueeze>) => Tensor> = copyOf("unsqueezeCopy", unsqueeze);
/** A copy of the real and imaginary parts of a complex tensor, in a new last dimension. */
export const viewAsRealCopy: Op<(input: Tensor) => Tensor> = copyOf("viewAsRealCopy", viewAsRealOp);
/** A complex copy of a tensor whose last dimension holds real and imaginary parts. */
export const viewAsComplexCopy: Op<(input: Tensor) => Tensor> = copyOf("viewAsComplexCopy", viewAsComplexOp);
/** A copy in another shape, or of the same memory read as another dtype. */
export const viewCopy: Op<(...args: ArgumentsOf<typeof view>) => Tensor> = composite(
  "viewCopy(Tensor input, ...any size)",
  (input, size) => {
    const [first] = size as readonly unknown[];
    const shown = first instanceof DType ? input.view(first) : input.reshape(size as readonly number[]);
    return shown.viewOf === null ? shown : shown.clone();
  },
);
