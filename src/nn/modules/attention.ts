/** Attention with several heads. */

import { ArgumentError } from "../../core/errors.js";
import { empty } from "../../ops/create/filled.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { constant_, xavierNormal_, xavierUniform_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { Linear } from "./linear.js";

/** A `Linear`; the name is PyTorch's. */
export class NonDynamicallyQuantizableLinear extends Linear {}

interface AttentionOptions extends FactoryOptions {
  /** The probability that a weight of attention is zero while training. */
  dropout?: number;
  bias?: boolean;
  /** Whether a learnt key and value are added to those given. */
  addBiasKv?: boolean;
  /** Whether a key and value of zeros are added. */
  addZeroAttn?: boolean;
  /** The number of features of keys, `embedDim` unless given. */
  kdim?: number | null;
  /** The number of features of values, `embedDim` unless given. */
  vdim?: number | null;
  /** Whether inputs and outputs are `[batch, length, features]` instead of `[length, batch, features]`. */
  batchFirst?: boolean;
}

type AttentionArguments = Arguments<
  [embedDim: number, numHeads: number],
  { embedDim: number; numHeads: number },
  [dropout: number, bias: boolean, addBiasKv: boolean, addZeroAttn: boolean, kdim: number | null, vdim: number | null, batchFirst: boolean],
  AttentionOptions
>;

/** What may be said of one call. */
interface CallOptions {
  /** `[batch, keys]`: where it is true, a key is left out; floats are added to the scores. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are given too. */
  needWeights?: boolean;
  /** `[queries, keys]` or `[batch · numHeads, queries, keys]`, as `keyPaddingMask`. */
  attnMask?: Tensor | null;
  /** Whether the weights are averaged over the heads. */
  averageAttnWeights?: boolean;
  /** Says that `attnMask` hides what comes later. */
  isCausal?: boolean;
}

type CallArguments = [
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: Args<
    [keyPaddingMask: Tensor | null, needWeights: boolean, attnMask: Tensor | null, averageAttnWeights: boolean, isCausal: boolean],
    CallOptions
  >,
];

const attentionArguments = reader(
  "MultiheadAttention(int embedDim, int numHeads, float dropout=0, bool bias=true, bool addBiasKv=false, bool addZeroAttn=false, int? kdim=null, int? vdim=null, bool batchFirst=false, device? device=null, dtype? dtype=null)",
);
const callArguments = reader(
  "MultiheadAttention(Tensor query, Tensor key, Tensor value, Tensor? keyPaddingMask=null, bool needWeights=true, Tensor? attnMask=null, bool averageAttnWeights=true, bool isCausal=false)",
);

/**
 * Attention with `numHeads` heads (Vaswani et al., 2017): `softmax(q · kᵀ / √headDim) · v` in each, where q, k and v are projections of the inputs;
 * what the heads give is projected together.
 *
 * Shapes: `query` `[queries, batch, embedDim]`, `key` `[keys, batch, kdim]`, `value` `[keys, batch, vdim]`, or the batch first with `batchFirst`, or
 * without batch. Gives the result in the shape of `query`, and the weights `[batch, queries, keys]`, null if they are not needed.
 * @throws {ArgumentError} if the heads do not divide `embedDim`.
 * @example
 * ```ts
 * const attention = new nn.MultiheadAttention(16, 4, { batchFirst: true });
 * const x = torch.randn(2, 5, 16);
 * const [output] = attention(x, x, x, { needWeights: false });
 * output.size(); // torch.Size([2, 5, 16])
 * ```
 */
export class MultiheadAttention extends Module<CallArguments, F.AttentionResult> {
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly numHeads: number;
  readonly headDim: number;
  dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  /** `[embedDim, embedDim]`, `[embedDim, kdim]` and `[embedDim, vdim]` where the sizes differ, else null. */
  q_proj_weight: Parameter | null = null;
  k_proj_weight: Parameter | null = null;
  v_proj_weight: Parameter | null = null;
  /** `[3 · embedDim, embedDim]` where all sizes are one, else null. */
  in_proj_weight: Parameter | null = null;
  /** `[3 · embedDim]`, or null. */
  in_proj_bias: Parameter | null = null;
  readonly out_proj: NonDynamicallyQuantizableLinear;
  /** `[1, 1, embedDim]`, or null. */
  bias_k: Parameter | null = null;
  bias_v: Parameter | null = null;

  constructor(...args: AttentionArguments) {
    super();
    const [embedDim, numHeads, dropout, bias, addBiasKv, addZeroAttn, kdim, vdim, batchFirst, device, dtype] = attentionArguments(args);
    if (embedDim <= 0 || numHeads <= 0)
      throw new ArgumentError(
        `MultiheadAttention: embed_dim and num_heads must be greater than 0, got embed_dim=${embedDim} and num_heads=${numHeads} instead`,
      );
    if (embedDim % numHeads !== 0)
      throw new ArgumentError(`MultiheadAttention: embed_dim must be divisible by num_heads, got ${embedDim} and ${numHeads}`);
    this.embedDim = embedDim;
    this.kdim = kdim ?? embedDim;
    this.vdim = vdim ?? embedDim;
    this.numHeads = numHeads;
    this.headDim = embedDim / numHeads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const options = { device, dtype };
    const make = (wanted: boolean, ...shape: number[]): Parameter | null => (wanted ? new Parameter(empty(shape, options)) : null);
    const apart = this.hasSeparateSizes;
    this.registerParameter("q_proj_weight", make(apart, embedDim, embedDim));
    this.registerParameter("k_proj_weight", make(apart, embedDim, this.kdim));
    this.registerParameter("v_proj_weight", make(apart, embedDim, this.vdim));
    this.registerParameter("in_proj_weight", make(!apart, 3 * embedDim, embedDim));
    this.registerParameter("in_proj_bias", make(bias, 3 * embedDim));
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...options });
    this.bias_k = make(addBiasKv, 1, 1, embedDim);
    this.bias_v = make(addBiasKv, 1, 1, embedDim);
    this.resetParameters();
  }

  private get hasSeparateSizes(): boolean {
    return this.kdim !== this.embedDim || this.vdim !== this.embedDim;
  }

  /** Initialises the projections of the inputs anew, as Glorot and Bengio do, and sets the biases to 0. */
  resetParameters(): void {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight } = this;
    for (const weight of [in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight]) if (weight !== null) xavierUniform_(weight);
    if (this.in_proj_bias !== null) constant_(this.in_proj_bias, 0);
    if (this.in_proj_bias !== null && this.out_proj.bias !== null) constant_(this.out_proj.bias, 0);
    for (const bias of [this.bias_k, this.bias_v]) if (bias !== null) xavierNormal_(bias);
  }

  forward(...args: CallArguments): F.AttentionResult {
    const [query, key, value, keyPaddingMask, needWeights, attnMask, averageAttnWeights, isCausal] = callArguments(args);
    const turned = this.batchFirst && query.shape.length === 3;
    const [q, k, v] = turned ? transposedOnce(query, key, value) : [query, key, value];
    const [output, weights] = F.multiHeadAttentionForward(
      q,
      k,
      v,
      this.embedDim,
      this.numHeads,
      this.in_proj_weight,
      this.in_proj_bias,
      this.bias_k,
      this.bias_v,
      this.addZeroAttn,
      this.dropout,
      this.out_proj.weight,
      this.out_proj.bias,
      {
        training: this.training,
        keyPaddingMask,
        needWeights,
        attnMask,
        averageAttnWeights,
        isCausal,
        useSeparateProjWeight: this.hasSeparateSizes,
        qProjWeight: this.q_proj_weight,
        kProjWeight: this.k_proj_weight,
        vProjWeight: this.v_proj_weight,
      },
    );
    return [turned ? output.transpose(1, 0) : output, weights];
  }
}

/** Batches behind lengths; inputs that are one tensor stay one, so that they are projected together. */
function transposedOnce(query: Tensor, key: Tensor, value: Tensor): readonly [Tensor, Tensor, Tensor] {
  const q = query.transpose(1, 0);
  const k = key === query ? q : key.transpose(1, 0);
  return [q, k, value === key ? k : value === query ? q : value.transpose(1, 0)];
}
