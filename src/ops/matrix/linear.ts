/** The products that layers are made of: functions of `torch.nn.functional`. */

import { ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkAdded, checkFactors, product, shaped } from "./factors.js";

/** The columns of the last dimension as rows of one matrix. */
const rowsOf = (tensor: Tensor, columns: number): Tensor => tensor.reshape([tensor.count / Math.max(columns, 1), columns]);

const affine: Op<(input: Tensor, weight: Tensor, bias: Tensor | null) => Tensor> = primitive("linear(Tensor input, Tensor weight, Tensor? bias)", {
  forward: (input, weight, bias) => {
    const rank = input.shape.length;
    const inner = input.shape[rank - 1] as number;
    const [features, columns] = weight.shape as [number, number];
    checkFactors("linear", input, weight, ...(bias === null ? [] : [bias]));
    const lead = input.shape.slice(0, -1);
    if (inner !== columns) {
      const count = lead.reduce((a, b) => a * b, 1);
      throw new ShapeError(`linear: mat1 and mat2 shapes cannot be multiplied (${count}x${inner} and ${columns}x${features}): the input has ${inner} features, the weight takes ${columns}`);
    }
    if (bias !== null) checkAdded("linear", bias, [...lead, features]);
    if (rank === 2) return product(input, weight.t(), { bias });
    const flat = bias === null || bias.shape.length <= 1 ? bias : bias.expand([...lead, features]).reshape(-1, features);
    const rows = lead.reduce((a, b) => a * b, 1);
    return shaped(product(input.reshape([rows, inner]), weight.t(), { bias: flat }), [...lead, features]);
  },
  gradient: {
    input: (grad, { weight }) => grad.matmul(weight.conj()),
    weight: (grad, { input, weight }) => {
      const [features, columns] = weight.shape as [number, number];
      return rowsOf(grad, features).t().mm(rowsOf(input, columns).conj());
    },
    bias: (grad) => grad,
  },
  gradName: (input, _weight, bias) => {
    const rank = input.shape.length;
    if (bias !== null) return rank === 2 ? "AddmmBackward0" : "ViewBackward0";
    return rank === 2 ? "MmBackward0" : rank === 1 ? "SqueezeBackward4" : "UnsafeViewBackward0";
  },
});

/**
 * `input · weightᵀ + bias` along the last dimension.
 *
 * Shapes: `input` `[…, inFeatures]`, `weight` `[outFeatures, inFeatures]` (or `[inFeatures]` for one feature, whose dimension is
 * left out), `bias` `[outFeatures]`, result `[…, outFeatures]`.
 * @throws {ShapeError} if the numbers of features do not fit.
 */
export const linear: Op<(input: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor> = composite(
  "linear(Tensor input, Tensor weight, Tensor? bias=null)",
  (input, weight, bias) => {
    const rank = weight.shape.length;
    if (rank === 0 || input.shape.length === 0) {
      throw new ShapeError(`linear: both arguments to linear need to be at least 1D, but they are ${input.shape.length}D and ${rank}D`);
    }
    if (rank > 2) throw new ShapeError(`linear: t() expects a tensor with <= 2 dimensions, but self is ${rank}D`);
    if (rank === 2) return affine(input, weight, bias);
    const made = input.matmul(weight);
    return bias === null ? made : made.add(bias);
  },
);

/**
 * `input1ᵀ · weightₖ · input2 + biasₖ` for every output feature `k`.
 *
 * Shapes: `input1` `[…, in1]`, `input2` `[…, in2]`, `weight` `[out, in1, in2]`, `bias` `[out]`, result `[…, out]`.
 * @throws {ShapeError} if sizes do not fit.
 */
export const bilinear: Op<(input1: Tensor, input2: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor> = composite(
  "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=null)",
  (input1, input2, weight, bias) => {
    const rank = input1.shape.length;
    const fail = (what: string): never => {
      throw new ShapeError(`bilinear: bilinear(): ${what}`);
    };
    if (rank !== input2.shape.length) fail(`input dimensions do not match: got ${rank} and ${input2.shape.length}`);
    if (weight.shape.length !== 3) fail(`weight must have 3 dimensions, got ${formatShape(weight.shape)}`);
    for (let d = 0; d < rank - 1; d++) {
      if (input1.shape[d] !== input2.shape[d]) fail(`input batch dimensions do not match at dim ${d}: got ${input1.shape[d]} and ${input2.shape[d]}`);
    }
    const [features, first, second] = weight.shape as [number, number, number];
    if (input1.shape[rank - 1] !== first) fail(`input1 size does not match weight size: got ${input1.shape[rank - 1]} but expected ${first}`);
    if (input2.shape[rank - 1] !== second) fail(`input2 size does not match weight size: got ${input2.shape[rank - 1]} but expected ${second}`);
    if (bias !== null && bias.shape[0] !== features) fail(`bias size does not match weight size: got ${bias.shape[0]} but expected ${features}`);
    const rows = input1.shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const [a, b] = [input1.reshape([rows, first]), input2.reshape([rows, second])];
    // [rows, first] · [first, out·second] gives for each row the weights of `input2`.
    const weights = a.mm(weight.transpose(0, 1).reshape([first, features * second])).view([rows, features, second]);
    const made = weights.bmm(b.unsqueeze(2)).view([...input1.shape.slice(0, -1), features]);
    return bias === null ? made : made.add(bias);
  },
);
