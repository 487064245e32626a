/** Attention: a function of `torch.nn.functional`. */

import { bool, float32 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { isHalf } from "../../core/promotion.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sameDevice } from "../indexing/bounds.js";
import { dropout } from "../random/dropout.js";
import { attentionWeights, type Heads } from "./attentionWeights.js";
import { fusedAttention } from "./fusedAttention.js";

const OP = "scaledDotProductAttention";

function checkInputs(query: Tensor, key: Tensor, value: Tensor): void {
  sameDevice(OP, query, key, value);
  if (query.dtype !== key.dtype || query.dtype !== value.dtype) {
    throw new DTypeError(
      `${OP}: Expected query, key, and value to have the same dtype, but got query.dtype: ${query.dtype.scalarName} key.dtype: ${key.dtype.scalarName} and value.dtype: ${value.dtype.scalarName} instead.`,
    );
  }
  for (const [name, { shape }] of [
    ["query", query],
    ["key", key],
    ["value", value],
  ] as const) {
    if (shape.length < 2)
      throw new ShapeError(
        `${OP}: Expected query, key, and value to all be at least 2 dimensional, but ${name} has shape ${formatShape(shape)}`,
      );
  }
}

/** A mask as numbers to add to the scores: 0 where a truth value says that a key takes part, else -∞. */
function additive(mask: Tensor, scores: Tensor): Tensor {
  if (mask.dtype === bool) return scores.detach().newZeros(mask.shape).maskedFill(mask.logicalNot(), Number.NEGATIVE_INFINITY);
  if (mask.dtype !== scores.dtype && !mask.dtype.isFloatingPoint) {
    throw new DTypeError(
      `${OP}: Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${mask.dtype.scalarName} and query.dtype: ${scores.dtype.scalarName} instead.`,
    );
  }
  return mask.to(scores.dtype);
}

/** Keys or values repeated so that each group of query heads has its own. */
function repeated(name: string, tensor: Tensor, heads: number): Tensor {
  const own = tensor.shape[tensor.shape.length - 3];
  if (own === undefined || own === 0 || heads % own !== 0) {
    throw new ShapeError(
      `${OP}: with enableGqa the number of heads of query must be a multiple of those of ${name}, got ${heads} and ${own}`,
    );
  }
  return own === heads ? tensor : tensor.repeatInterleave(heads / own, -3);
}

/** Attention in terms of other operations. */
function composed([query, key, value]: Heads, mask: Tensor | null, p: number, causal: boolean, scale: number, grouped: boolean): Tensor {
  const heads = query.shape[query.shape.length - 3] ?? 1;
  const [keys, values] = grouped ? [repeated("key", key, heads), repeated("value", value, heads)] : [key, value];
  const weights = attentionWeights(query, keys, mask, causal, scale);
  return (p > 0 ? dropout(weights, p) : weights).matmul(values);
}

type Options = { attnMask?: Tensor | null; dropoutP?: number; isCausal?: boolean; scale?: number | null; enableGqa?: boolean };

/**
 * `softmax(query · keyᵀ · scale + mask) · value`, the scale being `1/√E` unless given.
 *
 * Shapes: `query` `[…, L, E]`, `key` `[…, S, E]`, `value` `[…, S, Ev]`, `attnMask` broadcastable to `[…, L, S]` (true: takes part; floats are
 * added), result `[…, L, Ev]`. With `isCausal` place i sees the keys up to i. Where all keys are masked out the result is 0. With `enableGqa`
 * several heads of `query` (dimension -3) share one of `key` and `value`.
 * @throws {ArgumentError} if both a mask and `isCausal` are given.
 */
export const scaledDotProductAttention: Op<
  (
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...args: Args<[attnMask: Tensor | null, dropoutP: number, isCausal: boolean], Options>
  ) => Tensor
> = composite(
  `${OP}(Tensor query, Tensor key, Tensor value, Tensor? attnMask=null, float dropoutP=0, bool isCausal=false, *, float? scale=null, bool enableGqa=false)`,
  (query, key, value, attnMask, dropoutP, isCausal, scale, enableGqa) => {
    checkInputs(query, key, value);
    if (isCausal && attnMask !== null) throw new ArgumentError(`${OP}: Explicit attn_mask should not be set when is_causal=True`);
    const { dtype } = query;
    // As in PyTorch, scores of half floats are float32.
    const [q, k, v] = isHalf(dtype) ? [query.to(float32), key.to(float32), value.to(float32)] : [query, key, value];
    const factor = scale ?? 1 / Math.sqrt(query.shape[query.shape.length - 1] as number);
    const mask = attnMask === null ? null : additive(attnMask, q);
    const fused = dropoutP > 0 ? null : fusedAttention([q, k, v], mask, isCausal, factor, enableGqa);
    const out = fused ?? composed([q, k, v], mask, dropoutP, isCausal, factor, enableGqa);
    return out.dtype === dtype ? out : out.to(dtype);
  },
);
