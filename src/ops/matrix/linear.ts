/** The products that layers are made of: functions of `torch.nn.functional`. */

import { float32 } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { isHalf } from "../../core/promotion.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { reduceWith } from "../reduce/reduction.js";
import { checkAdded, checkFactors, product, shaped, transposed } from "./factors.js";

/** The number of rows of a tensor seen as one matrix. */
const rowCount = (shape: Shape): number => shape.slice(0, -1).reduce((n, size) => n * size, 1);

const asMatrix = (tensor: Tensor): Tensor =>
  tensor.shape.length === 2 ? tensor : tensor.reshape([rowCount(tensor.shape), tensor.shape[tensor.shape.length - 1] as number]);

/** The conjugate; of real numbers the tensor itself, without a call. */
const conjugate = (tensor: Tensor): Tensor => (tensor.dtype.isComplex ? tensor.conj() : tensor);

/** The sums of the columns of a matrix, as the gradients of biases are. */
const columnSums: Op<(input: Tensor) => Tensor> = primitive("columnSums(Tensor input)", {
  forward: (input) => reduceWith("sum", input, [0], false, isHalf(input.dtype) ? float32 : input.dtype, input.dtype),
  gradient: { input: (grad, { given }) => grad.expand(given.input.shape as number[]) },
});

/** `aᵀ · b` for matrices, as the gradients of weights are, without making a view. */
const transposedProduct: Op<(a: Tensor, b: Tensor) => Tensor> = primitive("transposedProduct(Tensor a, Tensor b)", {
  forward: (a, b) => product(transposed(a), b),
  gradient: {
    a: (grad, { b }) => b.conj().mm(grad.t()),
    b: (grad, { a }) => a.conj().mm(grad),
  },
});

const affine: Op<(input: Tensor, weight: Tensor, bias: Tensor | null) => Tensor> = primitive(
  "linear(Tensor input, Tensor weight, Tensor? bias)",
  {
    forward: (input, weight, bias) => {
      const rank = input.shape.length;
      const inner = input.shape[rank - 1] as number;
      const [features, columns] = weight.shape as [number, number];
      checkFactors("linear", input, weight, bias);
      if (inner !== columns) {
        throw new ShapeError(
          `linear: mat1 and mat2 shapes cannot be multiplied (${rowCount(input.shape)}x${inner} and ${columns}x${features}): the input has ${inner} features, the weight takes ${columns}`,
        );
      }
      if (bias !== null && !(bias.shape.length === 1 && bias.count === features))
        checkAdded("linear", bias, [...input.shape.slice(0, -1), features]);
      if (rank === 2) return product(input, transposed(weight), { bias });
      const shape = [...input.shape.slice(0, -1), features];
      const flat = bias === null || bias.shape.length <= 1 ? bias : asMatrix(bias.expand(shape));
      return shaped(product(asMatrix(input), transposed(weight), { bias: flat }), shape);
    },
    gradient: {
      input: (grad, { weight }) => (grad.shape.length === 2 ? grad.mm(conjugate(weight)) : grad.matmul(conjugate(weight))),
      weight: (grad, { input }) => transposedProduct.record.run([asMatrix(grad), conjugate(asMatrix(input))]) as Tensor,
      // What is not a row for all rows of the result is summed by shape.
      bias: (grad, { given: { bias } }) =>
        grad.shape.length === 2 && bias?.shape.length === 1 && bias.count === grad.shape[1]
          ? (columnSums.record.run([grad]) as Tensor)
          : grad,
    },
    gradName: (input, _weight, bias) => {
      const rank = input.shape.length;
      if (bias !== null) return rank === 2 ? "AddmmBackward0" : "ViewBackward0";
      return rank === 2 ? "MmBackward0" : rank === 1 ? "SqueezeBackward4" : "UnsafeViewBackward0";
    },
  },
);

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
  {
    quick: ([input, weight, bias, ...rest]) => {
      const usual =
        rest.length === 0 && input instanceof Tensor && weight instanceof Tensor && weight.shape.length === 2 && input.shape.length > 0;
      if (!usual || !(bias instanceof Tensor || bias === null || bias === undefined)) return undefined;
      return affine.record.run([input, weight, bias ?? null]);
    },
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
      if (input1.shape[d] !== input2.shape[d])
        fail(`input batch dimensions do not match at dim ${d}: got ${input1.shape[d]} and ${input2.shape[d]}`);
    }
    const [features, first, second] = weight.shape as [number, number, number];
    if (input1.shape[rank - 1] !== first)
      fail(`input1 size does not match weight size: got ${input1.shape[rank - 1]} but expected ${first}`);
    if (input2.shape[rank - 1] !== second)
      fail(`input2 size does not match weight size: got ${input2.shape[rank - 1]} but expected ${second}`);
    if (bias !== null && bias.shape[0] !== features)
      fail(`bias size does not match weight size: got ${bias.shape[0]} but expected ${features}`);
    const rows = input1.shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const [a, b] = [input1.reshape([rows, first]), input2.reshape([rows, second])];
    // [rows, first] · [first, out·second] gives for each row the weights of `input2`.
    const weights = a.mm(weight.transpose(0, 1).reshape([first, features * second])).view([rows, features, second]);
    const made = weights.bmm(b.unsqueeze(2)).view([...input1.shape.slice(0, -1), features]);
    return bias === null ? made : made.add(bias);
  },
);
