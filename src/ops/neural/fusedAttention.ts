/** Attention by one kernel, where the device has it, and its gradients by another. */

import { modes } from "../../autograd/modes.js";
import type { AttentionInputs, KernelTable } from "../../backend/contract.js";
import { float32, float64 } from "../../core/dtype.js";
import { broadcastShapes, type Shape, sameShape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import { isIntercepted, type Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat } from "../shape/joining.js";
import { attentionGradients, type Heads } from "./attentionWeights.js";

/** The kernels of attention, which devices have both or not at all. */
type Kernels = Required<Pick<KernelTable, "attention" | "attentionBackward">>;

function kernelsOf(tensor: Tensor): Kernels | null {
  const { attention, attentionBackward } = tensor.storage.backend.kernels;
  return attention === undefined || attentionBackward === undefined ? null : { attention, attentionBackward };
}

/** Whether inputs and a mask are such that the device's kernel takes them. */
export function hasKernel(tensors: readonly Tensor[], mask: Tensor | null): boolean {
  const [first] = tensors as [Tensor];
  if (isIntercepted()) return false;
  if (first.dtype !== float32 && first.dtype !== float64) return false;
  if (kernelsOf(first) === null || tensors.some((tensor) => tensor.count === 0)) return false;
  return mask === null || !(modes.grad && mask.requiresGrad);
}

/** A mask as the kernel reads it: broadcast to the scores, in their dtype. */
function maskFor(mask: Tensor | null, query: Tensor, sources: number): Tensor | null {
  if (mask === null) return null;
  const [batch, heads, length] = query.shape as [number, number, number, number];
  return mask.to(query.dtype).expand([batch, heads, length, sources]);
}

/** A new `[batch, heads, length, size]` in which the heads of a place lie side by side, batches and places in the order of another tensor. */
function besideHeads(like: Tensor, size: number): Tensor {
  const [batch, heads, length] = like.shape as [number, number, number, number];
  const { backend } = like.storage;
  const [toBatch = 0, , toPlace = 0] = like.strides;
  return toBatch >= toPlace || batch === 1
    ? emptyOn(backend, [batch, length, heads, size], like.dtype).transpose(1, 2)
    : emptyOn(backend, [length, batch, heads, size], like.dtype).permute(1, 2, 0, 3);
}

/** Attention to several heads, `inputs` being query, key and value: the result, and the logarithms of the sums of exponentials. */
const attend: Op<
  (inputs: readonly Tensor[], mask: Tensor | null, causal: boolean, scale: number) => readonly [output: Tensor, logsumexp: Tensor]
> = primitive("scaledDotProductAttention(Tensor[] inputs, Tensor? mask, bool causal, float scale)", {
  forward: ([query, key, value], mask, causal, scale) => run(query as Tensor, key as Tensor, value as Tensor, mask, causal, scale),
  gradient: {
    inputs: (grad, { inputs, mask, outs, causal, scale }) => {
      const [query, key, value] = inputs as readonly Tensor[] as Heads;
      if (modes.grad) return attentionGradients(grad, [query, key, value], mask, causal, scale);
      const [output, logsumexp] = outs as readonly [Tensor, Tensor];
      const gradients: Heads = [query, key, value].map((one) => besideHeads(one, one.shape[3] as number)) as readonly Tensor[] as Heads;
      const given = inputsFor(query, key, value, mask, causal, scale);
      kernelsOf(query)?.attentionBackward(gradients, grad, { output, logsumexp }, given);
      return gradients;
    },
  },
  gradName: "ScaledDotProductFlashAttentionForCpuBackward0",
});

function inputsFor(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null, causal: boolean, scale: number): AttentionInputs {
  return { query, key, value, mask: maskFor(mask, query, key.shape[2] as number), causal, scale };
}

function run(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null, causal: boolean, scale: number): [Tensor, Tensor] {
  const output = besideHeads(query, value.shape[3] as number);
  const logsumexp = emptyOn(query.storage.backend, query.shape.slice(0, 3), query.dtype);
  kernelsOf(query)?.attention({ output, logsumexp }, inputsFor(query, key, value, mask, causal, scale));
  return [output, logsumexp];
}

/** `[…, length, size]` with the given dimensions in front, as `[batch, heads, length, size]`. */
function inFour(tensor: Tensor, lead: Shape): Tensor {
  const last = tensor.shape.slice(-2);
  const full = sameShape(tensor.shape.slice(0, -2), lead) ? tensor : tensor.expand([...lead, ...last]);
  if (lead.length === 2) return full;
  if (lead.length === 0) return full.unsqueeze(0).unsqueeze(0);
  return lead.length === 1 ? full.unsqueeze(1) : full.flatten(0, lead.length - 2);
}

/** Whether sizes stretch to others without changing them. */
function stretches(shape: Shape, target: Shape): boolean {
  return shape.length <= target.length && shape.every((size, d) => size === 1 || size === target[target.length - shape.length + d]);
}

/** The dimensions in front of all inputs; null where they have none in common. */
function leadOf([query, key, value]: Heads): Shape | null {
  const leads = [query, key, value].map(({ shape }) => shape.slice(0, -2));
  const first = leads[0] as Shape;
  if (leads.every((lead) => sameShape(lead, first))) return first;
  const rank = Math.max(...leads.map((lead) => lead.length));
  for (let d = 1; d <= rank; d++) {
    if (new Set(leads.map((lead) => lead[lead.length - d] ?? 1).filter((size) => size !== 1)).size > 1) return null;
  }
  return broadcastShapes("scaledDotProductAttention", leads);
}

/**
 * Attention by the device's kernel, or null where it has none for these inputs. `mask` holds numbers that are added to the scores. With `grouped`
 * heads of `query` may share one of `key` and `value`.
 */
export function fusedAttention(inputs: Heads, mask: Tensor | null, causal: boolean, scale: number, grouped: boolean): Tensor | null {
  const [query, key, value] = inputs;
  if (!hasKernel(inputs, mask)) return null;
  const [length, size] = query.shape.slice(-2) as [number, number];
  const sources = key.shape[key.shape.length - 2] as number;
  if (key.shape[key.shape.length - 1] !== size || value.shape[value.shape.length - 2] !== sources) return null;
  if (grouped) {
    const [batch, heads] = query.shape as [number, number];
    const fits = key.shape.length === 4 && sameShape(key.shape.slice(0, 2), value.shape.slice(0, 2)) && key.shape[0] === batch;
    if (!fits || query.shape.length !== 4 || heads % (key.shape[1] as number) !== 0) return null;
    if (mask !== null && !stretches(mask.shape, [batch, heads, length, sources])) return null;
    return attend([query, key, value], mask, causal, scale)[0];
  }
  const lead = leadOf(inputs);
  if (lead === null || (mask !== null && !stretches(mask.shape, [...lead, length, sources]))) return null;
  const whole = mask === null || lead.length === 2 ? mask : inFour(mask.expand([...lead, length, sources]), lead);
  const [out] = attend([inFour(query, lead), inFour(key, lead), inFour(value, lead)], whole, causal, scale);
  return lead.length === 2 ? out : out.reshape([...lead, length, value.shape[value.shape.length - 1] as number]);
}

/** The views `[batch, heads, length, size]` of queries, keys and values that lie side by side in `[batch, length, 3 · heads · size]`. */
export function packedHeads(packed: Tensor, heads: number): Heads {
  const size = (packed.shape[2] as number) / (3 * heads);
  const [query, key, value] = packed.unflatten(2, [3, heads, size]).permute(2, 0, 3, 1, 4).unbind(0) as [Tensor, Tensor, Tensor];
  return [query, key, value];
}

/** The heads side by side again: `[batch, length, heads · size]`. */
export const sideBySide = (heads: Tensor): Tensor => heads.transpose(1, 2).flatten(2);

/** A new tensor with the first two dimensions in the order in memory that they have in another one. */
function inOrderOf(like: Tensor): Tensor {
  const [first, second, width] = like.shape as [number, number, number];
  const { backend } = like.storage;
  const isTurned = (like.strides[0] as number) < (like.strides[1] as number) && first > 1;
  return isTurned ? emptyOn(backend, [second, first, width], like.dtype).transpose(0, 1) : emptyOn(backend, like.shape, like.dtype);
}

/** Attention of a sequence to itself, from the projections of queries, keys and values side by side. */
const attendPacked: Op<
  (packed: Tensor, heads: number, mask: Tensor | null, causal: boolean, scale: number) => readonly [output: Tensor, logsumexp: Tensor]
> = primitive("scaledDotProductAttention(Tensor packed, int heads, Tensor? mask, bool causal, float scale)", {
  forward: (packed, heads, mask, causal, scale) => {
    const [output, logsumexp] = run(...packedHeads(packed, heads), mask, causal, scale);
    return [sideBySide(output), logsumexp];
  },
  gradient: {
    packed: (grad, { packed, heads, mask, outs, causal, scale }) => {
      const [query, key, value] = packedHeads(packed, heads);
      const byHead = (tensor: Tensor): Tensor => tensor.unflatten(2, [heads, query.shape[3] as number]).transpose(1, 2);
      if (modes.grad) return cat(attentionGradients(byHead(grad), [query, key, value], mask, causal, scale).map(sideBySide), 2);
      const [output, logsumexp] = outs as readonly [Tensor, Tensor];
      const gradient = inOrderOf(packed);
      const given = inputsFor(query, key, value, mask, causal, scale);
      kernelsOf(query)?.attentionBackward(packedHeads(gradient, heads), byHead(grad), { output: byHead(output), logsumexp }, given);
      return gradient;
    },
  },
  gradName: "ScaledDotProductFlashAttentionForCpuBackward0",
});

/**
 * Attention of a sequence to itself from `[batch, length, 3 · heads · size]`, queries, keys and values side by side: `[batch, length, heads · size]`
 * in the same order in memory. Nothing is copied. `hasKernel` says whether the device can.
 */
export function packedAttention(packed: Tensor, heads: number, mask: Tensor | null, causal: boolean): Tensor {
  const size = (packed.shape[2] as number) / (3 * heads);
  return attendPacked(packed, heads, mask, causal, 1 / Math.sqrt(size))[0];
}
