/** Embeddings: rows of a table, looked up by their numbers. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { empty } from "../../ops/create/filled.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { normal_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { float, python } from "../repr.js";

/** A row counted from the front. */
function rowOf(module: string, row: number | null, count: number): number | null {
  if (row === null) return null;
  if (row < -count || row >= count)
    throw new ArgumentError(`${module}: Padding_idx must be within num_embeddings, got ${row} for ${count}`);
  return row < 0 ? row + count : row;
}

/** The given table, if its shape is right, or a new one. */
function tableOf(module: string, given: Tensor | null, count: number, size: number, options: FactoryOptions): Tensor {
  if (given === null) return empty([count, size], options);
  if (given.shape.length === 2 && given.shape[0] === count && given.shape[1] === size) return given;
  throw new ShapeError(
    `${module}: Shape of weight does not match num_embeddings and embedding_dim: ${formatShape(given.shape)} and [${count}, ${size}]`,
  );
}

/** Fills a table with normal numbers, and the padding row with zeros. */
function fillTable(table: Tensor, paddingIdx: number | null): void {
  normal_(table);
  if (paddingIdx !== null) noGrad(() => table.select(0, paddingIdx).fill_(0));
}

interface EmbeddingOptions extends FactoryOptions {
  paddingIdx?: number | null;
  maxNorm?: number | null;
  normType?: number;
  scaleGradByFreq?: boolean;
  sparse?: boolean;
  _weight?: Tensor | null;
  _freeze?: boolean;
}

const embeddingArguments = reader(
  "Embedding(int numEmbeddings, int embeddingDim, int? paddingIdx=null, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, bool sparse=false, Tensor? _weight=null, bool _freeze=false, device? device=null, dtype? dtype=null)",
);

/**
 * A table of `numEmbeddings` vectors, looked up by their numbers: `[…]` to `[…, embeddingDim]`. It starts with normal numbers.
 * @example
 * ```ts
 * const words = new nn.Embedding(10, 3);
 * words(torch.tensor([[1n, 2n], [4n, 5n]])).size(); // torch.Size([2, 2, 3])
 * ```
 */
export class Embedding extends Module<[input: Tensor], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** The row that is not learnt, and zero at first. */
  readonly paddingIdx: number | null;
  /** Rows with a larger norm are scaled to this one when they are looked up. */
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  /** `[numEmbeddings, embeddingDim]` */
  weight: Parameter;

  /** @throws {ArgumentError} if `paddingIdx` is none of the rows. */
  constructor(
    ...args: Arguments<
      [numEmbeddings: number, embeddingDim: number],
      { numEmbeddings: number; embeddingDim: number },
      [paddingIdx: number | null, maxNorm: number | null, normType: number, scaleGradByFreq: boolean, sparse: boolean],
      EmbeddingOptions
    >
  ) {
    super();
    const [count, size, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, weight, freeze, device, dtype] = embeddingArguments(args);
    this.numEmbeddings = count;
    this.embeddingDim = size;
    this.paddingIdx = rowOf("Embedding", paddingIdx, count);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    this.weight = new Parameter(tableOf("Embedding", weight, count, size, { device, dtype }), !freeze);
    if (weight === null) this.resetParameters();
  }

  /** Fills the table with normal numbers, and the padding row with zeros. */
  resetParameters(): void {
    fillTable(this.weight, this.paddingIdx);
  }

  forward(input: Tensor): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return F.embedding(input, weight, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse });
  }

  override extraRepr(): string {
    let text = `${this.numEmbeddings}, ${this.embeddingDim}`;
    if (this.paddingIdx !== null) text += `, padding_idx=${this.paddingIdx}`;
    if (this.maxNorm !== null) text += `, max_norm=${float(this.maxNorm)}`;
    if (this.normType !== 2) text += `, norm_type=${float(this.normType)}`;
    if (this.scaleGradByFreq) text += ", scale_grad_by_freq=True";
    return this.sparse ? `${text}, sparse=True` : text;
  }

  /** An embedding with a given table, which by default is not learnt. */
  static fromPretrained(
    embeddings: Tensor,
    ...args: Args<
      [freeze: boolean, paddingIdx: number | null, maxNorm: number | null, normType: number, scaleGradByFreq: boolean, sparse: boolean],
      { freeze?: boolean } & Omit<EmbeddingOptions, "_weight" | "_freeze" | "device" | "dtype">
    >
  ): Embedding {
    const [, freeze, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse] = pretrainedArguments([embeddings, ...args]);
    const [numEmbeddings, embeddingDim] = embeddings.shape;
    if (embeddings.shape.length !== 2 || numEmbeddings === undefined || embeddingDim === undefined) {
      throw new ShapeError(`fromPretrained: Embeddings parameter is expected to be 2-dimensional, got ${formatShape(embeddings.shape)}`);
    }
    return new Embedding(numEmbeddings, embeddingDim, {
      paddingIdx,
      maxNorm,
      normType,
      scaleGradByFreq,
      sparse,
      _weight: embeddings,
      _freeze: freeze,
    });
  }
}

const pretrainedArguments = reader(
  "fromPretrained(Tensor embeddings, bool freeze=true, int? paddingIdx=null, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, bool sparse=false)",
);

/** How the vectors of a bag become one. */
export type BagMode = "sum" | "mean" | "max";

const bagArguments = reader(
  "EmbeddingBag(int numEmbeddings, int embeddingDim, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, str mode='mean', bool sparse=false, Tensor? _weight=null, bool includeLastOffset=false, int? paddingIdx=null, device? device=null, dtype? dtype=null)",
);

interface BagOptions extends FactoryOptions {
  maxNorm?: number | null;
  normType?: number;
  scaleGradByFreq?: boolean;
  mode?: BagMode;
  sparse?: boolean;
  _weight?: Tensor | null;
  includeLastOffset?: boolean;
  paddingIdx?: number | null;
}

/** Sums, means or maxima of bags of rows of a table; bags are the rows of the input, or begin at `offsets`. */
export class EmbeddingBag extends Module<[input: Tensor, offsets?: Tensor | null, perSampleWeights?: Tensor | null], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly mode: BagMode;
  readonly sparse: boolean;
  readonly includeLastOffset: boolean;
  readonly paddingIdx: number | null;
  /** `[numEmbeddings, embeddingDim]` */
  weight: Parameter;

  /** @throws {ArgumentError} if `paddingIdx` is none of the rows. */
  constructor(
    ...args: Arguments<
      [numEmbeddings: number, embeddingDim: number],
      { numEmbeddings: number; embeddingDim: number },
      [maxNorm: number | null, normType: number, scaleGradByFreq: boolean, mode: BagMode, sparse: boolean],
      BagOptions
    >
  ) {
    super();
    const [count, size, maxNorm, normType, scaleGradByFreq, mode, sparse, weight, includeLastOffset, paddingIdx, device, dtype] =
      bagArguments(args);
    this.numEmbeddings = count;
    this.embeddingDim = size;
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.mode = mode as BagMode;
    this.sparse = sparse;
    this.includeLastOffset = includeLastOffset;
    this.paddingIdx = rowOf("EmbeddingBag", paddingIdx, count);
    this.weight = new Parameter(tableOf("EmbeddingBag", weight, count, size, { device, dtype }));
    if (weight === null) this.resetParameters();
  }

  /** Fills the table with normal numbers, and the padding row with zeros. */
  resetParameters(): void {
    fillTable(this.weight, this.paddingIdx);
  }

  forward(input: Tensor, offsets: Tensor | null = null, perSampleWeights: Tensor | null = null): Tensor {
    const { weight, maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx } = this;
    return F.embeddingBag(input, weight, {
      offsets,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      sparse,
      perSampleWeights,
      includeLastOffset,
      paddingIdx,
    });
  }

  override extraRepr(): string {
    let text = `${this.numEmbeddings}, ${this.embeddingDim}`;
    if (this.maxNorm !== null) text += `, max_norm=${float(this.maxNorm)}`;
    if (this.normType !== 2) text += `, norm_type=${float(this.normType)}`;
    if (this.scaleGradByFreq) text += ", scale_grad_by_freq=True";
    text += `, mode=${python(this.mode)}`;
    return this.paddingIdx === null ? text : `${text}, padding_idx=${this.paddingIdx}`;
  }
}
