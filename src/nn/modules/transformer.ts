/** Stacks of transformer layers, and the transformer (Vaswani et al., 2017). */

import type { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { full } from "../../ops/create/filled.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type FactoryOptions, reader } from "../arguments.js";
import { xavierUniform_ } from "../init.js";
import { Module } from "../module.js";
import { LayerNorm } from "./layerNorm.js";
import { ModuleList } from "./moduleList.js";
import {
  type Activation,
  type DecoderCall,
  type DecoderMasks,
  type EncoderMasks,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformerLayer.js";

/** A module that is called as an encoder layer is. */
export type EncoderLayer = Module<[src: Tensor, masks?: EncoderMasks], Tensor>;

/** A module that is called as a decoder layer is. */
export type DecoderLayer = Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks], Tensor>;

/** A module from tensors to tensors, such as a normalisation. */
type Norm = Module<[input: Tensor], Tensor>;

const clones = <M extends Module>(layer: M, count: number): ModuleList<M> =>
  new ModuleList(Array.from({ length: count }, () => layer.deepcopy()));

/** Masks in a call of an encoder. */
export interface EncoderStackMasks {
  mask?: Tensor | null;
  srcKeyPaddingMask?: Tensor | null;
  isCausal?: boolean | null;
}

type EncoderCall = [
  src: Tensor,
  ...rest: Args<[mask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean | null], EncoderStackMasks>,
];

const encoderArguments = reader(
  "TransformerEncoder(any encoderLayer, int numLayers, any? norm=null, bool enableNestedTensor=true, bool maskCheck=true)",
);
const encoderCall = reader("TransformerEncoder(Tensor src, Tensor? mask=null, Tensor? srcKeyPaddingMask=null, bool? isCausal=null)");

/** `numLayers` copies of a layer, one after another, and a normalisation at the end if one is given. Shapes as of the layer. */
export class TransformerEncoder extends Module<EncoderCall, Tensor> {
  readonly layers: ModuleList<EncoderLayer>;
  readonly numLayers: number;
  readonly norm: Norm | null;

  constructor(
    encoderLayer: EncoderLayer,
    numLayers: number,
    ...args: Args<
      [norm: Norm | null, enableNestedTensor: boolean, maskCheck: boolean],
      { norm?: Norm | null; enableNestedTensor?: boolean; maskCheck?: boolean }
    >
  ) {
    super();
    const [, count, norm] = encoderArguments([encoderLayer, numLayers, ...args]);
    this.layers = clones(encoderLayer, count);
    this.numLayers = count;
    this.norm = norm as Norm | null;
  }

  forward(...args: EncoderCall): Tensor {
    const [src, srcMask, srcKeyPaddingMask, isCausal] = encoderCall(args);
    let output = src;
    for (const layer of this.layers) output = layer(output, { srcMask, srcKeyPaddingMask, isCausal: isCausal === true });
    return this.norm === null ? output : this.norm(output);
  }
}

const decoderArguments = reader("TransformerDecoder(any decoderLayer, int numLayers, any? norm=null)");
const decoderCall = reader(
  "TransformerDecoder(Tensor tgt, Tensor memory, Tensor? tgtMask=null, Tensor? memoryMask=null, Tensor? tgtKeyPaddingMask=null, Tensor? memoryKeyPaddingMask=null, bool? tgtIsCausal=null, bool memoryIsCausal=false)",
);

/** `numLayers` copies of a layer, one after another, each with the same memory, and a normalisation at the end if one is given. */
export class TransformerDecoder extends Module<DecoderCall, Tensor> {
  readonly layers: ModuleList<DecoderLayer>;
  readonly numLayers: number;
  readonly norm: Norm | null;

  constructor(decoderLayer: DecoderLayer, numLayers: number, ...args: Args<[norm: Norm | null], { norm?: Norm | null }>) {
    super();
    const [, count, norm] = decoderArguments([decoderLayer, numLayers, ...args]);
    this.layers = clones(decoderLayer, count);
    this.numLayers = count;
    this.norm = norm as Norm | null;
  }

  forward(...args: DecoderCall): Tensor {
    const [tgt, memory, tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal] = decoderCall(args);
    const masks = { tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal: tgtIsCausal === true, memoryIsCausal };
    let output = tgt;
    for (const layer of this.layers) output = layer(output, memory, masks);
    return this.norm === null ? output : this.norm(output);
  }
}

interface TransformerOptions extends TransformerLayerOptions {
  dModel?: number;
  nhead?: number;
  numEncoderLayers?: number;
  numDecoderLayers?: number;
  /** Takes the place of the encoder. */
  customEncoder?: Module<[src: Tensor, masks?: EncoderStackMasks], Tensor> | null;
  /** Takes the place of the decoder. */
  customDecoder?: DecoderLayer | null;
}

type TransformerArguments = Args<
  [
    dModel: number,
    nhead: number,
    numEncoderLayers: number,
    numDecoderLayers: number,
    dimFeedforward: number,
    dropout: number,
    activation: Activation,
    customEncoder: Module<[src: Tensor, masks?: EncoderStackMasks], Tensor> | null,
    customDecoder: DecoderLayer | null,
    layerNormEps: number,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerOptions
>;

interface TransformerMasks extends Omit<DecoderMasks, "tgtIsCausal"> {
  srcMask?: Tensor | null;
  srcKeyPaddingMask?: Tensor | null;
  srcIsCausal?: boolean | null;
  tgtIsCausal?: boolean | null;
}

type TransformerCall = [
  src: Tensor,
  tgt: Tensor,
  ...rest: Args<
    [
      srcMask: Tensor | null,
      tgtMask: Tensor | null,
      memoryMask: Tensor | null,
      srcKeyPaddingMask: Tensor | null,
      tgtKeyPaddingMask: Tensor | null,
      memoryKeyPaddingMask: Tensor | null,
      srcIsCausal: boolean | null,
      tgtIsCausal: boolean | null,
      memoryIsCausal: boolean,
    ],
    TransformerMasks
  >,
];

const transformerArguments = reader(
  "Transformer(int dModel=512, int nhead=8, int numEncoderLayers=6, int numDecoderLayers=6, int dimFeedforward=2048, float dropout=0.1, any activation='relu', any? customEncoder=null, any? customDecoder=null, float layerNormEps=1e-5, bool batchFirst=false, bool normFirst=false, bool bias=true, device? device=null, dtype? dtype=null)",
);
const transformerCall = reader(
  "Transformer(Tensor src, Tensor tgt, Tensor? srcMask=null, Tensor? tgtMask=null, Tensor? memoryMask=null, Tensor? srcKeyPaddingMask=null, Tensor? tgtKeyPaddingMask=null, Tensor? memoryKeyPaddingMask=null, bool? srcIsCausal=null, bool? tgtIsCausal=null, bool memoryIsCausal=false)",
);
const maskArguments = reader("generateSquareSubsequentMask(int sz, device? device=null, dtype? dtype=null)");

/**
 * An encoder of the source and a decoder of the target, which pays attention to what the encoder gave. Source `[source length, batch, dModel]`, target
 * and output `[target length, batch, dModel]`, or the batch first with `batchFirst`, or without batch.
 * @throws {ShapeError} when called, if the batches or the numbers of features differ.
 */
export class Transformer extends Module<TransformerCall, Tensor> {
  readonly encoder: Module<[src: Tensor, masks?: EncoderStackMasks], Tensor>;
  readonly decoder: DecoderLayer;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor(...args: TransformerArguments) {
    super();
    const [
      dModel,
      nhead,
      encoders,
      decoders,
      dimFeedforward,
      dropout,
      activation,
      encoder,
      decoder,
      eps,
      batchFirst,
      normFirst,
      bias,
      device,
      dtype,
    ] = transformerArguments(args);
    const factory = { bias, device, dtype };
    const options = { dimFeedforward, dropout, activation: activation as Activation, layerNormEps: eps, batchFirst, normFirst, ...factory };
    const norm = (): LayerNorm => new LayerNorm(dModel, { eps, ...factory });
    this.encoder =
      (encoder as Transformer["encoder"] | null) ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, options), encoders, norm());
    this.decoder =
      (decoder as DecoderLayer | null) ?? new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, options), decoders, norm());
    this.resetParameters();
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = batchFirst;
  }

  /** Initialises all matrices anew, as Glorot and Bengio do. */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.shape.length > 1) xavierUniform_(parameter);
  }

  forward(...args: TransformerCall): Tensor {
    const [src, tgt, srcMask, tgtMask, memoryMask, srcPadding, tgtPadding, memoryPadding, srcIsCausal, tgtIsCausal, memoryIsCausal] =
      transformerCall(args);
    const batchDim = this.batchFirst ? 0 : 1;
    const shapes = `got ${formatShape(src.shape)} and ${formatShape(tgt.shape)}`;
    if (src.shape.length === 3 && src.shape[batchDim] !== tgt.shape[batchDim])
      throw new ShapeError(`Transformer: the batch number of src and tgt must be equal, ${shapes}`);
    if (src.shape[src.shape.length - 1] !== this.dModel || tgt.shape[tgt.shape.length - 1] !== this.dModel)
      throw new ShapeError(`Transformer: the feature number of src and tgt must be equal to d_model = ${this.dModel}, ${shapes}`);
    const memory = this.encoder(src, { mask: srcMask, srcKeyPaddingMask: srcPadding, isCausal: srcIsCausal });
    return this.decoder(tgt, memory, {
      tgtMask,
      memoryMask,
      tgtKeyPaddingMask: tgtPadding,
      memoryKeyPaddingMask: memoryPadding,
      tgtIsCausal: tgtIsCausal === true,
      memoryIsCausal,
    });
  }

  /** A mask `[sz, sz]` that hides what comes later: `-Infinity` above the diagonal, 0 elsewhere. */
  static generateSquareSubsequentMask(
    sz: number,
    ...args: Args<[device: Device | string | null, dtype: DType | null], FactoryOptions>
  ): Tensor {
    const [size, device, dtype] = maskArguments([sz, ...args]);
    return full([size, size], Number.NEGATIVE_INFINITY, { device, dtype }).triu(1);
  }
}
