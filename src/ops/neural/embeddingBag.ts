/** Sums, means and maxima over bags of a table's rows. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBounds } from "../indexing/bounds.js";
import { lookUp, renormalise, rowNumbers } from "./embedding.js";

/** Which bag each row number belongs to, and how many bags there are. */
interface Bags {
  readonly bag: Tensor;
  readonly count: number;
}

/** Bags as the rows of a matrix. */
function bagsOfRows(input: Tensor): Bags {
  const [count, length] = input.shape as [number, number];
  const numbers = emptyOn(input.storage.backend, [count], int64);
  input.storage.backend.kernels.sequence(numbers, 0n, 1n);
  return { bag: numbers.unsqueeze(1).expand(count, length).reshape(-1), count };
}

/** Bags that start at the given offsets. */
function bagsAt(input: Tensor, offsets: Tensor | null, includeLastOffset: boolean): Bags {
  if (offsets === null) throw new ArgumentError("embeddingBag: offsets has to be a 1D Tensor but got null");
  if (offsets.shape.length !== 1)
    throw new ShapeError(`embeddingBag: offsets has to be a 1D Tensor, got shape ${formatShape(offsets.shape)}`);
  const n = input.count;
  const starts = offsets.to(int64);
  if (starts.count > 0) {
    checkBounds(starts.narrow(0, 0, 1), 0, 1, (bad) => {
      throw new ArgumentError(
        `embeddingBag: offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${bad}`,
      );
    });
    checkBounds(starts, 0, n + 1, (bad) => {
      throw new ArgumentError(`embeddingBag: offsets[-1] can not be greater than input's length(${n}) but got offsets[-1] of ${bad}`);
    });
  }
  const marks = starts.newZeros([n + 1]).scatterAdd(0, starts, starts.newOnes(starts.shape));
  const count = includeLastOffset ? starts.count - 1 : starts.count;
  return { bag: marks.narrow(0, 0, n).cumsum(0).sub(1), count };
}

function reduceBags(rows: Tensor, { bag, count }: Bags, keep: Tensor | null, mode: string): Tensor {
  const columns = rows.shape[1] as number;
  const zeros = rows.detach().newZeros([count, columns]);
  if (mode === "sum") return zeros.indexAdd(0, bag, keep === null ? rows : rows.mul(keep.unsqueeze(1)));
  const ones = rows.detach().newOnes([bag.count]);
  const sizes = zeros.newZeros([count]).indexAdd(0, bag, keep === null ? ones : keep);
  if (mode === "mean")
    return zeros.indexAdd(0, bag, keep === null ? rows : rows.mul(keep.unsqueeze(1))).div(sizes.clampMin(1).unsqueeze(1));
  const candidates = keep === null ? rows : rows.maskedFill(keep.eq(0).unsqueeze(1), Number.NEGATIVE_INFINITY);
  const largest = zeros.scatterReduce(0, bag.unsqueeze(1).expand(bag.count, columns), candidates, "amax", { includeSelf: false });
  return largest.maskedFill(sizes.eq(0).unsqueeze(1), 0);
}

/**
 * Sums, means or maxima of rows of a table, without the rows in between: bags are the rows of a matrix `input`, or the parts of a vector `input`
 * that start at `offsets`. Rows `paddingIdx` count for nothing. The gradient is dense; with `sparse`
 * `SparseAdam` updates only the rows that were named.
 * @throws {IndexError} for a number of no row.
 */
export const embeddingBag: Op<
  (
    input: Tensor,
    weight: Tensor,
    ...args: Args<
      [
        offsets: Tensor | null,
        maxNorm: number | null,
        normType: number,
        scaleGradByFreq: boolean,
        mode: "sum" | "mean" | "max",
        sparse: boolean,
        perSampleWeights: Tensor | null,
        includeLastOffset: boolean,
        paddingIdx: number | null,
      ],
      {
        offsets?: Tensor | null;
        maxNorm?: number | null;
        normType?: number;
        scaleGradByFreq?: boolean;
        mode?: "sum" | "mean" | "max";
        sparse?: boolean;
        perSampleWeights?: Tensor | null;
        includeLastOffset?: boolean;
        paddingIdx?: number | null;
      }
    >
  ) => Tensor
> = composite(
  "embeddingBag(Tensor input, Tensor weight, Tensor? offsets=null, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, str mode='mean', bool sparse=false, Tensor? perSampleWeights=null, bool includeLastOffset=false, int? paddingIdx=null)",
  (input, weight, offsets, maxNorm, normType, scaleGradByFreq, mode, sparse, perSampleWeights, includeLastOffset, paddingIdx) => {
    if (weight.shape.length !== 2)
      throw new ShapeError(`embeddingBag: weight has to be a 2D Tensor, but got Tensor of dimension ${weight.shape.length}`);
    if (input.shape.length !== 1 && input.shape.length !== 2)
      throw new ShapeError(`embeddingBag: input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.shape.length}`);
    if (mode !== "sum" && mode !== "mean" && mode !== "max")
      throw new ArgumentError(`embeddingBag: mode has to be one of sum, mean or max, got ${mode}`);
    if (mode === "max" && scaleGradByFreq)
      throw new ArgumentError("embeddingBag: max mode does not support scaling the gradient by the frequency");
    if (mode === "max" && sparse) throw new ArgumentError("embeddingBag: max mode does not support sparse weights");
    if (perSampleWeights !== null && !sameShape(perSampleWeights.shape, input.shape)) {
      throw new ShapeError(
        `embeddingBag: If per_sample_weights (${formatShape(perSampleWeights.shape)}) is not null, then it must have the same shape as the input (${formatShape(input.shape)})`,
      );
    }
    if (perSampleWeights !== null && mode !== "sum")
      throw new ArgumentError(`embeddingBag: per_sample_weights is only supported for mode='sum' (got mode='${mode}').`);
    if (input.shape.length === 2 && offsets !== null)
      throw new ArgumentError(
        "embeddingBag: if input is 2D, then offsets has to be null, as input is treated is a mini-batch of fixed length sequences",
      );
    const bags = input.shape.length === 2 ? bagsOfRows(input) : bagsAt(input, offsets, includeLastOffset);
    const flat = rowNumbers("embeddingBag", input, weight).reshape(-1);
    if (maxNorm !== null) renormalise(weight, flat, maxNorm, normType);
    const rows = weight.shape[0] as number;
    if (paddingIdx !== null && (paddingIdx >= rows || paddingIdx < -rows))
      throw new ArgumentError(
        `embeddingBag: padding_idx must be within the number of embeddings, 0 through ${rows - 1}, but got ${paddingIdx}`,
      );
    const padding = paddingIdx === null ? -1 : paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
    const keep = padding < 0 ? null : flat.ne(padding).to(weight.dtype);
    const found = lookUp.record.run([weight, flat, padding, scaleGradByFreq, sparse]) as Tensor;
    const scaled = perSampleWeights === null ? found : found.mul(perSampleWeights.reshape(-1).unsqueeze(1));
    return reduceBags(scaled, bags, keep, mode);
  },
);
