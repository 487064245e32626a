/** Attention in terms of other operations: what devices without a kernel for it compute, and what its gradients are derived from. */

import { bool } from "../../core/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * `softmax(query · keyᵀ · scale + mask)`, 0 where a query sees no key. `mask` holds numbers, null means none; with `causal` query number i sees
 * the keys up to number i.
 */
export function attentionWeights(query: Tensor, key: Tensor, mask: Tensor | null, causal: boolean, scale: number): Tensor {
  let scores = query.mul(scale).matmul(key.transpose(-2, -1));
  const [length, sources] = scores.shape.slice(-2) as [number, number];
  if (causal) scores = scores.maskedFill(scores.detach().newOnes([length, sources], { dtype: bool }).triu(1), Number.NEGATIVE_INFINITY);
  if (mask === null) return scores.softmax(-1);
  scores = scores.add(mask);
  // Softmax of nothing would be NaN, and so would its gradient.
  const isHidden = scores.detach().eq(Number.NEGATIVE_INFINITY).all(-1, true);
  return scores.maskedFill(isHidden, 0).softmax(-1).maskedFill(isHidden, 0);
}

/** Queries, keys and values, `[batch, heads, length, size]`; several heads of queries may share one of the others. */
export type Heads = readonly [query: Tensor, key: Tensor, value: Tensor];

/** The gradients of attention's inputs from that of its result, by operations that can be differentiated again. */
export function attentionGradients(grad: Tensor, [query, key, value]: Heads, mask: Tensor | null, causal: boolean, scale: number): Heads {
  const own = key.shape[1] as number;
  const group = (query.shape[1] as number) / own;
  const repeated = (tensor: Tensor): Tensor => (group === 1 ? tensor : tensor.repeatInterleave(group, 1));
  const shared = (tensor: Tensor): Tensor => (group === 1 ? tensor : tensor.unflatten(1, [own, group]).sum(2));
  const keys = repeated(key);
  const weights = attentionWeights(query, keys, mask, causal, scale);
  const toWeights = grad.matmul(repeated(value).transpose(-2, -1));
  const toScores = weights.mul(toWeights.sub(toWeights.mul(weights).sum(-1, true))).mul(scale);
  return [toScores.matmul(keys), shared(toScores.transpose(-2, -1).matmul(query)), shared(weights.transpose(-2, -1).matmul(grad))];
}
