/** Attention with several heads, their projections included: a function of `torch.nn.functional`. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { linear } from "../matrix/linear.js";
import { dropout } from "../random/dropout.js";
import { cat } from "../shape/joining.js";
import { pad } from "../shape/padding.js";
import { scaledDotProductAttention } from "./attention.js";
import { hasKernel, packedAttention, packedHeads, sideBySide } from "./fusedAttention.js";

const OP = "multiHeadAttentionForward";

function fail(message: string): never {
  throw new ShapeError(`${OP}: ${message}`);
}

/** Whether the inputs have a batch dimension. */
function checkBatch(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  keyPaddingMask: Tensor | null,
  attnMask: Tensor | null,
  heads: number,
): boolean {
  const rank = query.shape.length;
  if (rank !== 2 && rank !== 3) fail(`query should be unbatched 2D or batched 3D tensor but received ${rank}-D query tensor`);
  const kind = rank === 3 ? "batched (3-D)" : "unbatched (2-D)";
  if (key.shape.length !== rank || value.shape.length !== rank) {
    fail(
      `For ${kind} \`query\`, expected \`key\` and \`value\` to be ${rank}-D but found ${key.shape.length}-D and ${value.shape.length}-D tensors respectively`,
    );
  }
  if (keyPaddingMask !== null && keyPaddingMask.shape.length !== rank - 1) {
    fail(
      `For ${kind} \`query\`, expected \`key_padding_mask\` to be \`None\` or ${rank - 1}-D but found ${keyPaddingMask.shape.length}-D tensor instead`,
    );
  }
  if (attnMask === null) return rank === 3;
  if (attnMask.shape.length !== 2 && attnMask.shape.length !== 3) {
    fail(`For ${kind} \`query\`, expected \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${attnMask.shape.length}-D tensor instead`);
  }
  const expected = [heads, query.shape[0] as number, key.shape[0] as number];
  if (rank === 2 && attnMask.shape.length === 3 && !sameShape(attnMask.shape, expected)) {
    fail(`Expected \`attn_mask\` shape to be (${expected.join(", ")}) but got ${formatShape(attnMask.shape)}`);
  }
  return rank === 3;
}

/** A mask as numbers to add to scores; of truth values, true masks out. */
function canonical(mask: Tensor | null, name: string, dtype: DType): Tensor | null {
  if (mask === null || mask.dtype.isFloatingPoint) return mask;
  if (mask.dtype.kind !== "bool")
    throw new DTypeError(`${OP}: only bool and floating types of ${name} are supported, got ${mask.dtype.scalarName}`);
  return mask.newZeros(mask.shape, { dtype }).maskedFill(mask, Number.NEGATIVE_INFINITY);
}

/** Queries, keys and values. */
type Triple = readonly [query: Tensor, key: Tensor, value: Tensor];

/** Queries, keys and values from one weight that holds the three projections. */
function projectPacked([query, key, value]: Triple, weight: Tensor, bias: Tensor | null): Triple {
  const size = query.shape[query.shape.length - 1] as number;
  if (key === value && query === key) {
    const [q, k, v] = linear(query, weight, bias).split(size, -1) as [Tensor, Tensor, Tensor];
    return [q, k, v];
  }
  const [wq, wk, wv] = weight.chunk(3) as [Tensor, Tensor, Tensor];
  const [bq, bk, bv] = bias === null ? [null, null, null] : (bias.chunk(3) as [Tensor, Tensor, Tensor]);
  return [linear(query, wq, bq), linear(key, wk, bk), linear(value, wv, bv)];
}

/** Weights of the projections where queries, keys and values have sizes of their own. */
type Separate = readonly [query: Tensor | null, key: Tensor | null, value: Tensor | null];

function projectSeparately(inputs: Triple, weights: Separate, bias: Tensor | null): Triple {
  const biases = bias === null ? [null, null, null] : bias.chunk(3);
  const size = inputs[0].shape[2] as number;
  const project = (i: 0 | 1 | 2, name: string): Tensor => {
    const weight = weights[i];
    if (weight === null) throw new ArgumentError(`${OP}: use_separate_proj_weight is True but ${name[0]}_proj_weight is None`);
    const expected = [size, inputs[i].shape[2] as number];
    if (!sameShape(weight.shape, expected))
      fail(`expecting ${name} weights shape of (${expected.join(", ")}), but got ${formatShape(weight.shape)}`);
    return linear(inputs[i], weight, biases[i] ?? null);
  };
  return [project(0, "query"), project(1, "key"), project(2, "value")];
}

function checkMask(mask: Tensor | null, length: number, sources: number, batches: number): Tensor | null {
  if (mask === null) return null;
  const rank = mask.shape.length;
  const expected = rank === 2 ? [length, sources] : [batches, length, sources];
  if (!sameShape(mask.shape, expected))
    fail(`The shape of the ${rank}D attn_mask is ${formatShape(mask.shape)}, but should be (${expected.join(", ")}).`);
  return rank === 2 ? mask.unsqueeze(0) : mask;
}

/** The result, and the weights of attention if they are asked for. */
export type AttentionResult = readonly [output: Tensor, weights: Tensor | null];

/** What queries attend to, and the masks over it. */
interface Sources {
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor | null;
  readonly padding: Tensor | null;
}

/** One more source at the end, which no mask hides. */
function extended({ key, value, mask, padding }: Sources, moreKey: Tensor, moreValue: Tensor, dim: number): Sources {
  const widened = (one: Tensor | null): Tensor | null => (one === null ? null : pad(one, [0, 1]));
  return { key: cat([key, moreKey], dim), value: cat([value, moreValue], dim), mask: widened(mask), padding: widened(padding) };
}

/** The sizes of an attention. */
interface Sizes {
  readonly length: number;
  readonly batch: number;
  readonly size: number;
  readonly heads: number;
  readonly headSize: number;
}

function sizesOf([query, key, value]: Triple, embedDim: number, heads: number, separate: boolean): Sizes {
  const [length, batch, size] = query.shape as [number, number, number];
  if (size !== embedDim) fail(`was expecting embedding dimension of ${embedDim}, but got ${size}`);
  const headSize = Math.floor(size / heads);
  if (headSize * heads !== size) fail(`embed_dim ${size} not divisible by num_heads ${heads}`);
  const agree = separate ? sameShape(key.shape.slice(0, 2), value.shape.slice(0, 2)) : sameShape(key.shape, value.shape);
  if (!agree) fail(`key shape ${formatShape(key.shape)} does not match value shape ${formatShape(value.shape)}`);
  return { length, batch, size, heads, headSize };
}

/** `[length, batch, size]` as `[batch·heads, length, headSize]`. */
function splitHeads(tensor: Tensor, { batch, heads, headSize }: Sizes): Tensor {
  return tensor.reshape(tensor.shape[0] as number, batch * heads, headSize).transpose(0, 1);
}

/** Keys or values that are given and not projected. */
function fixedOr(name: string, fixed: Tensor | null, projected: Tensor, sizes: Sizes): Tensor {
  if (fixed === null) return splitHeads(projected, sizes);
  const { batch, heads, headSize } = sizes;
  if (fixed.shape[0] !== batch * heads || fixed.shape[2] !== headSize) {
    fail(`expecting ${name} of [${batch * heads}, …, ${headSize}], but got ${formatShape(fixed.shape)}`);
  }
  return fixed;
}

/** One mask for both, over `[batch·heads or 1, length, sources]`. */
function joinedMask({ mask, padding }: Pick<Sources, "mask" | "padding">, sources: number, { batch, heads }: Sizes): Tensor | null {
  if (padding === null) return mask;
  if (padding.shape[0] !== batch || padding.shape[1] !== sources) {
    fail(`Expected key_padded_mask of shape [${batch}, ${sources}], but got ${formatShape(padding.shape)}`);
  }
  const each = padding
    .view(batch, 1, 1, sources)
    .expand(-1, heads, -1, -1)
    .reshape(batch * heads, 1, sources);
  return mask === null ? each : mask.add(each);
}

/** What the heads give, `[length, batch, size]`, without their weights. */
function attend(
  query: Tensor,
  { key, value }: Sources,
  mask: Tensor | null,
  p: number,
  causal: boolean,
  { batch, heads, headSize }: Sizes,
): Tensor {
  const byHead = (tensor: Tensor): Tensor => tensor.reshape(batch, heads, -1, headSize);
  const heard = mask === null ? null : mask.shape[0] === 1 ? mask.unsqueeze(0) : mask.view(batch, heads, -1, mask.shape[2] as number);
  return scaledDotProductAttention(byHead(query), byHead(key), byHead(value), heard, p, causal).permute(2, 0, 1, 3);
}

/** What the heads give, `[length, batch·heads, headSize]`, and their weights `[batch, heads, length, sources]`. */
function attendWithWeights(
  query: Tensor,
  { key, value }: Sources,
  mask: Tensor | null,
  p: number,
  { batch, heads, headSize }: Sizes,
): readonly [Tensor, Tensor] {
  const scaled = query.mul(Math.sqrt(1 / headSize));
  const scores = mask === null ? scaled.bmm(key.transpose(-2, -1)) : mask.baddbmm(scaled, key.transpose(-2, -1));
  const weights = p > 0 ? dropout(scores.softmax(-1), p) : scores.softmax(-1);
  return [weights.bmm(value).transpose(0, 1), weights.view(batch, heads, ...weights.shape.slice(1))];
}

/** Whether `[length, batch, size]` lies batch by batch in memory, as it does where a caller has the batch first. */
function isBatchFirst({ shape, strides }: Tensor): boolean {
  return (shape[0] as number) > 1 && (shape[1] as number) > 1 && (strides[0] as number) < (strides[1] as number);
}

/** The weights before and behind the heads. */
interface Projections {
  readonly inWeight: Tensor;
  readonly inBias: Tensor | null;
  readonly outWeight: Tensor;
  readonly outBias: Tensor | null;
}

/**
 * Attention of a sequence `[length, batch, size]` to itself without copies: rows stay in the order in which they lie in memory, and heads
 * are read where the projection left them.
 */
function attendToItself(
  input: Tensor,
  { inWeight, inBias, outWeight, outBias }: Projections,
  masks: Pick<Sources, "mask" | "padding">,
  p: number,
  causal: boolean,
  sizes: Sizes,
): Tensor {
  const { batch, heads, length } = sizes;
  const turned = isBatchFirst(input);
  const turn = (tensor: Tensor): Tensor => (turned ? tensor.transpose(0, 1) : tensor);
  const packed = turn(linear(turn(input), inWeight, inBias)).transpose(0, 1);
  const joint = joinedMask(masks, length, sizes);
  const mask = joint === null ? null : joint.shape[0] === 1 ? joint.unsqueeze(0) : joint.unflatten(0, [batch, heads]);
  const seen =
    p === 0 && hasKernel([packed], mask)
      ? packedAttention(packed, heads, mask, causal)
      : sideBySide(scaledDotProductAttention(...packedHeads(packed, heads), mask, p, causal));
  return turn(linear(turn(seen.transpose(0, 1)), outWeight, outBias));
}

/**
 * Attention with `numHeads` heads: projections of `query`, `key` and `value`, attention in each head, and the projection of what the heads
 * give, next to each other.
 *
 * Shapes: `query` `[L, N, E]` or `[L, E]`, `key` and `value` `[S, N, E]` or `[S, E]`, `inProjWeight` `[3·E, E]`, `outProjWeight` `[E, E]`,
 * `keyPaddingMask` `[N, S]`, `attnMask` `[L, S]` or `[N·numHeads, L, S]` (true: masked out; floats are added). Gives the result in the shape
 * of `query` and, unless `needWeights` is false, the weights `[N, L, S]`, averaged over the heads unless `averageAttnWeights` is false.
 * @throws {ShapeError} if sizes do not fit.
 */
export const multiHeadAttentionForward: Op<
  (
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embedDimToCheck: number,
    numHeads: number,
    inProjWeight: Tensor | null,
    inProjBias: Tensor | null,
    biasK: Tensor | null,
    biasV: Tensor | null,
    addZeroAttn: boolean,
    dropoutP: number,
    outProjWeight: Tensor,
    outProjBias: Tensor | null,
    options?: {
      training?: boolean;
      keyPaddingMask?: Tensor | null;
      needWeights?: boolean;
      attnMask?: Tensor | null;
      useSeparateProjWeight?: boolean;
      qProjWeight?: Tensor | null;
      kProjWeight?: Tensor | null;
      vProjWeight?: Tensor | null;
      staticK?: Tensor | null;
      staticV?: Tensor | null;
      averageAttnWeights?: boolean;
      isCausal?: boolean;
    },
  ) => AttentionResult
> = composite(
  `${OP}(Tensor query, Tensor key, Tensor value, int embedDimToCheck, int numHeads, Tensor? inProjWeight, Tensor? inProjBias, Tensor? biasK, Tensor? biasV, bool addZeroAttn, float dropoutP, Tensor outProjWeight, Tensor? outProjBias, bool training=true, Tensor? keyPaddingMask=null, bool needWeights=true, Tensor? attnMask=null, bool useSeparateProjWeight=false, Tensor? qProjWeight=null, Tensor? kProjWeight=null, Tensor? vProjWeight=null, Tensor? staticK=null, Tensor? staticV=null, bool averageAttnWeights=true, bool isCausal=false)`,
  (
    query,
    key,
    value,
    embedDim,
    heads,
    inWeight,
    inBias,
    biasK,
    biasV,
    addZero,
    dropoutP,
    outWeight,
    outBias,
    training,
    keyPadding,
    needWeights,
    attnMask,
    separate,
    qWeight,
    kWeight,
    vWeight,
    staticK,
    staticV,
    averages,
    causal,
  ) => {
    const batched = checkBatch(query, key, value, keyPadding, attnMask, heads);
    const isSelf = query === key && key === value;
    const lift = (tensor: Tensor): Tensor => (batched ? tensor : tensor.unsqueeze(1));
    const first = lift(query);
    const inputs: Triple = isSelf ? [first, first, first] : [first, lift(key), lift(value)];
    const sizes = sizesOf(inputs, embedDim, heads, separate);
    const { length, batch, size } = sizes;
    if (causal && attnMask === null) throw new ArgumentError(`${OP}: Need attn_mask if specifying the is_causal hint.`);
    const { dtype } = first;
    const padding = canonical(keyPadding === null || batched ? keyPadding : keyPadding.unsqueeze(0), "key_padding_mask", dtype);
    const onlyCausal = causal && padding === null && !needWeights;
    const given = onlyCausal ? null : canonical(attnMask, "attn_mask", dtype);
    if (!separate && inWeight === null) throw new ArgumentError(`${OP}: use_separate_proj_weight is False but in_proj_weight is None`);
    const p = training ? dropoutP : 0;
    const isPlain = biasK === null && biasV === null && staticK === null && staticV === null && !addZero;
    if (isSelf && isPlain && !separate && inWeight !== null && !needWeights) {
      const mask = checkMask(given, length, length, batch * heads);
      const out = attendToItself(first, { inWeight, inBias, outWeight, outBias }, { mask, padding }, p, onlyCausal, sizes);
      return [batched ? out : out.squeeze(1), null];
    }
    const [q, k, v] = separate
      ? projectSeparately(inputs, [qWeight, kWeight, vWeight], inBias)
      : projectPacked(inputs, inWeight as Tensor, inBias);
    let sources: Sources = { key: k, value: v, mask: checkMask(given, length, inputs[1].shape[0] as number, batch * heads), padding };
    if ((biasK === null) !== (biasV === null)) throw new ArgumentError(`${OP}: bias_k and bias_v must both be given, or neither`);
    if (biasK !== null && biasV !== null) {
      if (staticK !== null || staticV !== null) throw new ArgumentError(`${OP}: bias cannot be added to static key or static value.`);
      sources = extended(sources, biasK.repeat(1, batch, 1), biasV.repeat(1, batch, 1), 0);
    }
    sources = {
      ...sources,
      key: fixedOr("static_k", staticK, sources.key, sizes),
      value: fixedOr("static_v", staticV, sources.value, sizes),
    };
    if (addZero) {
      const zeros = k.newZeros([batch * heads, 1, sizes.headSize]);
      sources = extended(sources, zeros, zeros, 1);
    }
    const mask = joinedMask(sources, sources.key.shape[1] as number, sizes);
    const project = (joined: Tensor): Tensor => {
      const out = linear(joined.reshape(length * batch, size), outWeight, outBias);
      const shaped = out.view(length, batch, out.shape[1] as number);
      return batched ? shaped : shaped.squeeze(1);
    };
    if (!needWeights) return [project(attend(splitHeads(q, sizes), sources, mask, p, onlyCausal, sizes)), null];
    const [out, weights] = attendWithWeights(splitHeads(q, sizes), sources, mask, p, sizes);
    const shown = averages ? weights.mean(1) : weights;
    return [project(out), batched ? shown : shown.squeeze(0)];
  },
);
