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
import { python } from "../repr.js";

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
    if (paddingIdx !== null && (paddingIdx < -count || paddingIdx >= count)) {
      throw new ArgumentError(`Embedding: Padding_idx must be within num_embeddings, got ${paddingIdx} for ${count}`);
    }
    this.numEmbeddings = count;
    this.embeddingDim = size;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? paddingIdx + count : paddingIdx;
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    if (weight !== null && (weight.shape.length !== 2 || weight.shape[0] !== count || weight.shape[1] !== size)) {
      throw new ShapeError(`Embedding: Shape of weight does not match num_embeddings and embedding_dim: ${formatShape(weight.shape)} and [${count}, ${size}]`);
    }
    this.weight = new Parameter(weight ?? empty([count, size], { device, dtype }), !freeze);
    if (weight === null) this.resetParameters();
  }

  /** Fills the table with normal numbers, and the padding row with zeros. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.select(0, paddingIdx).fill_(0));
  }

  forward(input: Tensor): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return F.embedding(input, weight, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse });
  }

  override extraRepr(): string {
    let text = `${this.numEmbeddings}, ${this.embeddingDim}`;
    if (this.paddingIdx !== null) text += `, padding_idx=${this.paddingIdx}`;
    if (this.maxNorm !== null) text += `, max_norm=${python(this.maxNorm)}`;
    if (this.normType !== 2) text += `, norm_type=${python(this.normType)}`;
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
    return new Embedding(numEmbeddings, embeddingDim, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse, _weight: embeddings, _freeze: freeze });
  }
}

const pretrainedArguments = reader(
  "fromPretrained(Tensor embeddings, bool freeze=true, int? paddingIdx=null, float? maxNorm=null, float normType=2, bool scaleGradByFreq=false, bool sparse=false)",
);
