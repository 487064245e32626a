/** One layer of a transformer's encoder, and one of its decoder (Vaswani et al., 2017). */

import type { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { MultiheadAttention } from "./attention.js";
import { Dropout } from "./dropout.js";
import { LayerNorm } from "./layerNorm.js";
import { Linear } from "./linear.js";

/** What stands between the two linear maps of a layer: a name, a function or a module. */
export type Activation = "relu" | "gelu" | ((input: Tensor) => Tensor);

/** The options of transformers and their layers. */
export interface TransformerLayerOptions extends FactoryOptions {
  /** The number of features between the two linear maps. */
  dimFeedforward?: number;
  dropout?: number;
  activation?: Activation;
  layerNormEps?: number;
  /** Whether inputs and outputs are `[batch, length, features]` instead of `[length, batch, features]`. */
  batchFirst?: boolean;
  /** Whether normalisation comes before attention and the linear maps, and not after. */
  normFirst?: boolean;
  bias?: boolean;
}

type LayerArguments = Arguments<
  [dModel: number, nhead: number],
  { dModel: number; nhead: number },
  [
    dimFeedforward: number,
    dropout: number,
    activation: Activation,
    layerNormEps: number,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerLayerOptions
>;

const layerArguments = reader(
  "TransformerLayer(int dModel, int nhead, int dimFeedforward=2048, float dropout=0.1, any activation='relu', float layerNormEps=1e-5, bool batchFirst=false, bool normFirst=false, bool bias=true, device? device=null, dtype? dtype=null)",
);

/** The function for an activation given by name. */
function activationOf(name: string, given: unknown): (input: Tensor) => Tensor {
  if (typeof given === "function") return given as (input: Tensor) => Tensor;
  if (given === "relu") return F.relu;
  if (given === "gelu") return F.gelu;
  throw new ArgumentError(`${name}: activation should be relu/gelu, not ${String(given)}`);
}

interface Factory {
  readonly bias: boolean;
  readonly device: Device | null;
  readonly dtype: DType | null;
}

/** The part that both kinds of layer have: attention to itself, and two linear maps. */
abstract class TransformerLayer<A extends unknown[]> extends Module<A, Tensor> {
  readonly normFirst: boolean;

  constructor(normFirst: boolean) {
    super();
    this.normFirst = normFirst;
  }

  /** @internal `x + part(x)`, normalised before or after. */
  protected residual(x: Tensor, norm: LayerNorm, part: (x: Tensor) => Tensor): Tensor {
    return this.normFirst ? x.add(part(norm(x))) : norm(x.add(part(x)));
  }
}

/** Masks in a call of an encoder layer. */
export interface EncoderMasks {
  /** `[length, length]` or `[batch · nhead, length, length]`: where it is true, attention is not paid; floats are added to the scores. */
  srcMask?: Tensor | null;
  /** `[batch, length]`, as `srcMask`. */
  srcKeyPaddingMask?: Tensor | null;
  /** Says that `srcMask` hides what comes later. */
  isCausal?: boolean;
}

type EncoderCall = [
  src: Tensor,
  ...rest: Args<[srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean], EncoderMasks>,
];

const encoderCall = reader(
  "TransformerEncoderLayer(Tensor src, Tensor? srcMask=null, Tensor? srcKeyPaddingMask=null, bool isCausal=false)",
);

/**
 * Attention of a sequence to itself, then two linear maps with an activation between them, each with dropout, a residual connection and
 * normalisation. Input and output `[length, batch, dModel]`, or the batch first with `batchFirst`, or without batch.
 * @throws {ArgumentError} if `nhead` does not divide `dModel`.
 * @example
 * ```ts
 * const layer = new nn.TransformerEncoderLayer(512, 8);
 * layer(torch.rand(10, 32, 512)).size(); // torch.Size([10, 32, 512])
 * ```
 */
export class TransformerEncoderLayer extends TransformerLayer<EncoderCall> {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly activation: (input: Tensor) => Tensor;

  constructor(...args: LayerArguments) {
    const [dModel, nhead, dimFeedforward, dropout, activation, eps, batchFirst, normFirst, bias, device, dtype] = layerArguments(
      args,
      "TransformerEncoderLayer",
    );
    super(normFirst);
    const factory: Factory = { bias, device, dtype };
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, ...factory });
    this.linear1 = new Linear(dModel, dimFeedforward, factory);
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, factory);
    this.norm1 = new LayerNorm(dModel, { eps, ...factory });
    this.norm2 = new LayerNorm(dModel, { eps, ...factory });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activationOf("TransformerEncoderLayer", activation);
  }

  forward(...args: EncoderCall): Tensor {
    const [src, attnMask, keyPaddingMask, isCausal] = encoderCall(args);
    const options = { attnMask, keyPaddingMask, isCausal, needWeights: false };
    const attended = this.residual(src, this.norm1, (x) => this.dropout1(this.self_attn(x, x, x, options)[0]));
    return this.residual(attended, this.norm2, (x) => this.dropout2(this.linear2(this.dropout(this.activation(this.linear1(x))))));
  }
}

/** Masks in a call of a decoder or of one of its layers: of the target, and of the memory. */
export interface DecoderMasks {
  tgtMask?: Tensor | null;
  memoryMask?: Tensor | null;
  tgtKeyPaddingMask?: Tensor | null;
  memoryKeyPaddingMask?: Tensor | null;
  tgtIsCausal?: boolean;
  memoryIsCausal?: boolean;
}

/** The call of a decoder or of one of its layers. */
export type DecoderCall = [
  tgt: Tensor,
  memory: Tensor,
  ...rest: Args<
    [
      tgtMask: Tensor | null,
      memoryMask: Tensor | null,
      tgtKeyPaddingMask: Tensor | null,
      memoryKeyPaddingMask: Tensor | null,
      tgtIsCausal: boolean,
      memoryIsCausal: boolean,
    ],
    DecoderMasks
  >,
];

const decoderCall = reader(
  "TransformerDecoderLayer(Tensor tgt, Tensor memory, Tensor? tgtMask=null, Tensor? memoryMask=null, Tensor? tgtKeyPaddingMask=null, Tensor? memoryKeyPaddingMask=null, bool tgtIsCausal=false, bool memoryIsCausal=false)",
);

/**
 * Attention of the target to itself, then to the memory that the encoder gave, then two linear maps, each with dropout, a residual connection and
 * normalisation. Target and output `[length, batch, dModel]`, memory `[memory length, batch, dModel]`, as for `TransformerEncoderLayer`.
 * @throws {ArgumentError} if `nhead` does not divide `dModel`.
 */
export class TransformerDecoderLayer extends TransformerLayer<DecoderCall> {
  readonly self_attn: MultiheadAttention;
  readonly multihead_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly dropout3: Dropout;
  readonly activation: (input: Tensor) => Tensor;

  constructor(...args: LayerArguments) {
    const [dModel, nhead, dimFeedforward, dropout, activation, eps, batchFirst, normFirst, bias, device, dtype] = layerArguments(
      args,
      "TransformerDecoderLayer",
    );
    super(normFirst);
    const factory: Factory = { bias, device, dtype };
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, ...factory });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout, batchFirst, ...factory });
    this.linear1 = new Linear(dModel, dimFeedforward, factory);
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, factory);
    this.norm1 = new LayerNorm(dModel, { eps, ...factory });
    this.norm2 = new LayerNorm(dModel, { eps, ...factory });
    this.norm3 = new LayerNorm(dModel, { eps, ...factory });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.activation = activationOf("TransformerDecoderLayer", activation);
  }

  forward(...args: DecoderCall): Tensor {
    const [tgt, memory, tgtMask, memoryMask, tgtPadding, memoryPadding, tgtIsCausal, memoryIsCausal] = decoderCall(args);
    const ofTarget = { attnMask: tgtMask, keyPaddingMask: tgtPadding, isCausal: tgtIsCausal, needWeights: false };
    const ofMemory = { attnMask: memoryMask, keyPaddingMask: memoryPadding, isCausal: memoryIsCausal, needWeights: false };
    const own = this.residual(tgt, this.norm1, (x) => this.dropout1(this.self_attn(x, x, x, ofTarget)[0]));
    const both = this.residual(own, this.norm2, (x) => this.dropout2(this.multihead_attn(x, memory, memory, ofMemory)[0]));
    return this.residual(both, this.norm3, (x) => this.dropout3(this.linear2(this.dropout(this.activation(this.linear1(x))))));
  }
}
