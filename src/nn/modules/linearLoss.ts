/** A linear map and the cross entropy of the logits that it gives, as one loss. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { float, python, tuple } from "../repr.js";
import { Linear } from "./linear.js";
import { type Reduction, reductionOf, WeightedLoss } from "./loss.js";

interface ChunkingOptions {
  /** Whether gradients may be computed twice. */
  allowRetainGraph?: boolean;
  /** The number of samples whose logits are there at one time. */
  batchChunkSize?: number | null;
  chunkingMethod?: string | null;
  accPolicy?: "accurate" | "balanced" | "compact" | "auto";
  accDtype?: DType | null;
}

const optionArguments = reader(
  "LinearCrossEntropyOptions(bool allowRetainGraph=false, int? batchChunkSize=null, str? chunkingMethod='auto', str accPolicy='auto', dtype? accDtype=null)",
);

/** How PyTorch saves memory for logits. The loss is the same with any of these options; here all logits are computed at once. */
export class LinearCrossEntropyOptions {
  readonly allowRetainGraph: boolean;
  readonly batchChunkSize: number | null;
  readonly chunkingMethod: string | null;
  readonly accPolicy: string;
  readonly accDtype: DType | null;

  constructor(options: ChunkingOptions = {}) {
    [this.allowRetainGraph, this.batchChunkSize, this.chunkingMethod, this.accPolicy, this.accDtype] = optionArguments([options]);
  }

  /** PyTorch's text. */
  toString(): string {
    const { allowRetainGraph, batchChunkSize, chunkingMethod, accPolicy, accDtype } = this;
    return `LinearCrossEntropyOptions(allow_retain_graph=${python(allowRetainGraph)}, batch_chunk_size=${python(batchChunkSize)}, chunking_method=${python(chunkingMethod)}, acc_policy=${python(accPolicy)}, acc_dtype=${python(accDtype)})`;
  }
}

interface LossOptions extends FactoryOptions {
  /** The sizes behind the classes, for several predictions from one sample. */
  outFeatures?: readonly number[];
  bias?: boolean;
  /** `[numClasses]` */
  weight?: Tensor | null;
  reduction?: Reduction;
  ignoreIndex?: number | null;
  labelSmoothing?: number;
  options?: LinearCrossEntropyOptions | null;
}

const lossArguments = reader(
  "LinearCrossEntropyLoss(int inFeatures, int numClasses, *, int[] outFeatures=[], bool bias=false, device? device=null, dtype? dtype=null, str reduction='mean', Tensor? weight=null, int? ignoreIndex=null, float labelSmoothing=0, any? options=null)",
);

/**
 * The cross entropy of `input · weightᵀ + bias`: input `[batch, inFeatures]`, target `[batch, …outFeatures]` with the class of each, or
 * `[batch, numClasses, …outFeatures]` with the probabilities of all classes. The linear map belongs to the loss.
 * @throws {ShapeError} if `weight` has not one element for each class.
 */
export class LinearCrossEntropyLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  readonly numClasses: number;
  readonly outFeatures: readonly number[];
  readonly ignoreIndex: number | null;
  readonly labelSmoothing: number;
  readonly linear: Linear;
  readonly options: LinearCrossEntropyOptions | null;

  constructor(
    ...args:
      | [inFeatures: number, numClasses: number, options?: LossOptions]
      | [options: { inFeatures: number; numClasses: number } & LossOptions]
  ) {
    const [inFeatures, numClasses, outFeatures, bias, device, dtype, reduction, weight, ignoreIndex, labelSmoothing, options] =
      lossArguments(args);
    if (weight !== null && !sameShape(weight.shape, [numClasses]))
      throw new ShapeError(`LinearCrossEntropyLoss: expected weight shape to be (${numClasses},), got ${formatShape(weight.shape)}`);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new ArgumentError(`LinearCrossEntropyLoss: expected label_smoothing to be in range [0, 1], got ${labelSmoothing}`);
    super(weight, reductionOf("LinearCrossEntropyLoss", null, null, reduction));
    this.numClasses = numClasses;
    this.outFeatures = outFeatures;
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
    const features = outFeatures.reduce((product, size) => product * size, numClasses);
    this.linear = new Linear(inFeatures, features, { bias, device, dtype });
    this.options = options as LinearCrossEntropyOptions | null;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction, labelSmoothing, numClasses, outFeatures } = this;
    const lead = input.shape.slice(0, -1);
    if (input.shape.length !== 1 && input.shape.length !== 2)
      throw new ShapeError(`LinearCrossEntropyLoss: expected input with dimensionality 1 or 2, got ${input.shape.length}`);
    if (outFeatures.length > 0 && lead.length === 0)
      throw new ShapeError(
        `LinearCrossEntropyLoss: K-dimensional loss requires batched input, (N, ${this.linear.inFeatures}), got unbatched input with shape ${formatShape(input.shape)}`,
      );
    const shape = [...lead, numClasses, ...outFeatures];
    if (this.ignoreIndex !== null && sameShape(target.shape, shape))
      throw new ArgumentError("LinearCrossEntropyLoss: ignore_index cannot be specified when target contains probabilities");
    const logits = this.linear(input).reshape(shape);
    return F.crossEntropy(logits, target, { weight, ignoreIndex: this.ignoreIndex ?? -100, reduction, labelSmoothing });
  }

  override extraRepr(): string {
    const { linear, numClasses, outFeatures, reduction, ignoreIndex, labelSmoothing, options } = this;
    return `in_features=${linear.inFeatures}, num_classes=${numClasses}, out_features=${tuple(outFeatures)}, bias=${python(linear.bias !== null)}, reduction=${reduction}, ignore_index=${python(ignoreIndex)}, label_smoothing=${float(labelSmoothing)}, options=${python(options)}`;
  }
}
