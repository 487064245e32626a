/** Tables of vectors. */

import { noGrad } from "../../autograd/modes.js";
import { int32, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { noteSparseRows } from "../../tensor/sparseRows.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBounds, sameDevice } from "../indexing/bounds.js";

/** Numbers of rows as int64, checked. */
export function rowNumbers(op: string, indices: Tensor, weight: Tensor): Tensor {
  sameDevice(op, weight, indices);
  if (indices.dtype !== int64 && indices.dtype !== int32) {
    throw new DTypeError(
      `${op}: Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${indices.dtype.legacyName}Tensor instead. Convert it with .long(); torch.tensor([1n, 2n]) makes int64.`,
    );
  }
  const rows = weight.shape[0] as number;
  const checked = indices.to(int64);
  checkBounds(checked, 0, rows, (bad) => {
    throw new IndexError(`${op}: index out of range in self: index ${bad}, the table has ${rows} rows`);
  });
  return checked;
}

type LookUp = Op<(weight: Tensor, indices: Tensor, paddingIdx: number, scaleGradByFreq: boolean, sparse: boolean) => Tensor>;

/**
 * Rows of a table. The gradient of rows `paddingIdx` is zero; with `scaleGradByFreq` it is divided by how often the row occurs; with `sparse` the rows
 * are remembered beside it.
 */
export const lookUp: LookUp = primitive("embedding(Tensor weight, Tensor indices, int paddingIdx, bool scaleGradByFreq, bool sparse)", {
  forward: (weight, indices) => {
    const out = emptyOn(weight.storage.backend, [...indices.shape, weight.shape[1] as number], weight.dtype);
    weight.storage.backend.kernels.indexGet(out, weight, [indices, null]);
    return out;
  },
  gradient: {
    weight: (grad, { given, indices, paddingIdx, scaleGradByFreq, sparse }) => {
      const { shape } = given.weight;
      if (sparse) noteSparseRows(given.weight, { indices, except: paddingIdx });
      let rows = paddingIdx < 0 ? grad : grad.maskedFill(indices.eq(paddingIdx).unsqueeze(-1), 0);
      const flat = indices.reshape(-1);
      if (scaleGradByFreq) {
        const counts = grad
          .detach()
          .newZeros([shape[0] as number])
          .indexAdd(0, flat, grad.detach().newOnes([flat.count]));
        rows = rows.div(counts.take(indices).unsqueeze(-1));
      }
      return grad.newZeros(shape).indexAdd_(0, flat, rows.reshape(flat.count, shape[1] as number));
    },
  },
});

/** Scales the rows that are used down to a norm of at most `maxNorm`, in place. */
export function renormalise(weight: Tensor, indices: Tensor, maxNorm: number, normType: number): void {
  noGrad(() => {
    const table = weight.detach();
    const flat = indices.reshape(-1);
    const rows = table.indexSelect(0, flat);
    const norms = rows.norm(normType, 1, true);
    const factors = norms.add(1e-7).reciprocal().mul(maxNorm).maskedFill(norms.le(maxNorm), 1);
    table.indexCopy_(0, flat, rows.mul(factors));
  });
}

function paddingRow(op: string, paddingIdx: number | null, rows: number): number {
  if (paddingIdx === null) return -1;
  if (paddingIdx >= rows || paddingIdx < -rows)
    throw new ArgumentError(`${op}: Padding_idx must be within num_embeddings: ${paddingIdx}, the table has ${rows} rows`);
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/**
 * The rows of a table `weight` that `input` names: `[…] → […, columns]`. The gradient is dense; with `sparse`
 * `SparseAdam` updates only the rows that were named.
 * @throws {IndexError} for a number of no row.
 * @example
 * ```ts
 * const table = torch.rand(10, 3);
 * torch.nn.functional.embedding(torch.tensor([[1n, 2n]]), table).shape; // [1, 2, 3]
 * ```
 */
export const embedding: Op<
  (
    input: Tensor,
    weight: Tensor,
    ...args: Args<
      [paddingIdx: number | null, maxNorm: number | null, normType: number, scaleGradByFreq: boolean, sparse: boolean],
      { paddingIdx?: number | null; maxNorm?: number | null; normType?: number; scaleGradByFreq?: boolean; sparse?: boolean }
    >
  ) => Tensor
> = composite(
  "embedding(Tensor input, Tensor weight, int? paddingIdx=null, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, bool sparse=false)",
  (input, weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse) => {
    if (weight.shape.length !== 2) throw new ShapeError(`embedding: 'weight' must be 2-D, got shape ${formatShape(weight.shape)}`);
    const padding = paddingRow("embedding", paddingIdx, weight.shape[0] as number);
    const indices = rowNumbers("embedding", input, weight);
    if (maxNorm !== null) renormalise(weight, indices, maxNorm, normType);
    return lookUp.record.run([weight, indices, padding, scaleGradByFreq, sparse]) as Tensor;
  },
);
