/** Triangles of matrices. */

import { bool } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { select } from "../../expr/build.js";
import { input as element, mask } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn, fromHost, tensorOver } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Args, InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const kept = new Program("triangle", [select(mask(0), element(1), 0)], 2);

/**
 * Whether `column - row` is within bounds, for every place of a matrix. The answer depends on the difference alone, so that a vector
 * with an element for each difference, read with strides -1 and 1, is the whole matrix.
 */
function bandMask(like: Tensor, rows: number, columns: number, holds: (difference: number) => boolean): Tensor {
  const vector = new Uint8Array(rows + columns - 1);
  for (let i = 0; i < vector.length; i++) vector[i] = holds(i - (rows - 1)) ? 1 : 0;
  const differences = fromHost(vector, [vector.length], bool, like.storage.backend);
  return tensorOver(differences.storage, [rows, columns], [-1, 1], rows - 1, bool);
}

/** The matrices of a tensor with zeros where `holds` fails of `column - row`. */
function triangle(op: string, input: Tensor, holds: (difference: number) => boolean): Tensor {
  if (input.shape.length < 2) throw new ShapeError(`${op}: input tensor must have at least 2 dimensions, got ${input.shape.length}`);
  const out = emptyOn(input.storage.backend, input.shape, input.dtype);
  if (out.count === 0) return out;
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  const places = bandMask(input, rows, columns, holds).expand(input.shape);
  input.storage.backend.kernels.pointwise(kept, input.dtype, [out], [places, input]);
  return out;
}

/**
 * The lower triangle of matrices, zeros elsewhere: elements on and below the given diagonal (positive: above the main one).
 * @throws {ShapeError} for less than two dimensions.
 */
export const tril: InPlaceOp<(input: Tensor, ...args: Args<[diagonal: number], { diagonal?: number }>) => Tensor> = primitive(
  "tril(Tensor input, int diagonal=0)",
  {
    forward: (input, diagonal) => triangle("tril", input, (difference) => difference <= diagonal),
    gradient: { input: (grad, { diagonal }) => grad.tril(diagonal) },
    inPlace: true,
  },
);

/**
 * The upper triangle of matrices, zeros elsewhere: elements on and above the given diagonal (positive: above the main one).
 * @throws {ShapeError} for less than two dimensions.
 */
export const triu: InPlaceOp<(input: Tensor, ...args: Args<[diagonal: number], { diagonal?: number }>) => Tensor> = primitive(
  "triu(Tensor input, int diagonal=0)",
  {
    forward: (input, diagonal) => triangle("triu", input, (difference) => difference >= diagonal),
    gradient: { input: (grad, { diagonal }) => grad.triu(diagonal) },
    inPlace: true,
  },
);
