/** Scaled dot-product attention: the device's kernel against the composition, in every form, and its derivatives of both orders. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { scaledDotProductAttention: attention } = torch.nn.functional;

/** The definition, by operations of their own. */
function composed(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | null, causal: boolean): torch.Tensor {
  let scores = q.matmul(k.transpose(-2, -1)).div(Math.sqrt(q.size(-1)));
  const [length, sources] = scores.shape.slice(-2) as [number, number];
  if (causal) scores = scores.maskedFill(torch.ones(length, sources, { dtype: torch.bool }).triu(1), Number.NEGATIVE_INFINITY);
  if (mask !== null) scores = scores.add(mask);
  return scores.softmax(-1).matmul(v);
}

const leaf = (...shape: number[]): torch.Tensor => torch.randn(shape, { dtype: torch.float64, requiresGrad: true });

/** The gradients of a weighted sum of the result. */
function gradients(out: torch.Tensor, inputs: readonly torch.Tensor[]): readonly (torch.Tensor | null)[] {
  const weights = torch.arange(out.numel(), { dtype: torch.float64 }).sin().view(out.shape);
  return torch.autograd.grad(out.mul(weights).sum(), [...inputs]);
}

/** Shapes of query, key, value and mask. */
const forms: readonly (readonly [name: string, query: number[], key: number[], value: number[], mask: number[]])[] = [
  ["matrices", [5, 4], [7, 4], [7, 3], []],
  ["one dimension in front", [2, 5, 4], [2, 7, 4], [2, 7, 3], [5, 7]],
  ["batches of heads", [2, 3, 5, 4], [2, 3, 7, 4], [2, 3, 7, 3], [2, 1, 1, 7]],
  ["dimensions that stretch", [2, 3, 5, 4], [1, 3, 7, 4], [3, 7, 3], [3, 5, 1]],
  ["three dimensions in front", [2, 2, 3, 5, 4], [2, 2, 3, 7, 4], [2, 2, 3, 7, 3], [2, 1, 1, 5, 7]],
  ["a mask that has more dimensions", [5, 4], [7, 4], [7, 3], [2, 5, 7]],
];

test.each(forms)("%s", (_, ...shapes) => {
  torch.manualSeed(1);
  const [q, k, v] = [leaf(...shapes[0]), leaf(...shapes[1]), leaf(...shapes[2])];
  const mask = torch.randn(shapes[3], { dtype: torch.float64 });
  for (const causal of [false, true]) {
    const found = attention(q, k, v, causal ? null : mask, 0, causal);
    const wanted = composed(q, k, v, causal ? null : mask, causal);
    expect(found.shape).toEqual(wanted.shape);
    expect(torch.allclose(found, wanted)).toBe(true);
    const wantedGradients = gradients(wanted, [q, k, v]);
    gradients(found, [q, k, v]).forEach((grad, i) => {
      expect(torch.allclose(grad as torch.Tensor, wantedGradients[i] as torch.Tensor)).toBe(true);
    });
  }
});

test("heads split from one projection", () => {
  torch.manualSeed(2);
  const joined = leaf(2, 6, 3, 2, 4);
  const [q, k, v] = joined.permute(2, 0, 3, 1, 4).unbind(0) as [torch.Tensor, torch.Tensor, torch.Tensor];
  const out = attention(q, k, v, { isCausal: true });
  expect(torch.allclose(out, composed(q, k, v, null, true))).toBe(true);
  const [found, wanted] = [out, composed(q, k, v, null, true)].map((one) => gradients(one, [joined])[0]);
  expect(torch.allclose(found as torch.Tensor, wanted as torch.Tensor)).toBe(true);
});

test("grouped heads, and a mask of truth values", () => {
  torch.manualSeed(3);
  const [q, k, v] = [leaf(2, 6, 5, 4), leaf(2, 2, 7, 4), leaf(2, 2, 7, 4)];
  const attnMask = torch.rand(2, 1, 5, 7).gt(0.3);
  const numbers = torch.zeros(attnMask.shape, { dtype: torch.float64 }).maskedFill(attnMask.logicalNot(), Number.NEGATIVE_INFINITY);
  const wanted = composed(q, k.repeatInterleave(3, 1), v.repeatInterleave(3, 1), numbers, false);
  const found = attention(q, k, v, { attnMask, enableGqa: true });
  expect(torch.allclose(found, wanted)).toBe(true);
  const wantedGradients = gradients(wanted, [q, k, v]);
  gradients(found, [q, k, v]).forEach((grad, i) => {
    expect(torch.allclose(grad as torch.Tensor, wantedGradients[i] as torch.Tensor)).toBe(true);
  });
});

test("the gradient of a mask", () => {
  torch.manualSeed(4);
  const [q, k, v, mask] = [leaf(3, 4), leaf(5, 4), leaf(5, 2), leaf(3, 5)];
  const [found, wanted] = [attention(q, k, v, mask), composed(q, k, v, mask, false)].map((out) => gradients(out, [mask])[0]);
  expect(torch.allclose(found as torch.Tensor, wanted as torch.Tensor)).toBe(true);
});

test("derivatives, first and second", () => {
  torch.manualSeed(5);
  const causal = (q: torch.Tensor, k: torch.Tensor, v: torch.Tensor): torch.Tensor => attention(q, k, v, { isCausal: true });
  const inputs = [leaf(1, 2, 3, 2), leaf(1, 2, 4, 2), leaf(1, 2, 4, 3)] as const;
  expect(torch.autograd.gradcheck(causal, inputs)).toBe(true);
  expect(torch.autograd.gradgradcheck(causal, inputs)).toBe(true);
  const attnMask = torch.tensor([
    [true, false, false, true],
    [false, false, false, false],
    [true, true, true, true],
  ]);
  const grouped = (q: torch.Tensor, k: torch.Tensor, v: torch.Tensor): torch.Tensor => attention(q, k, v, { attnMask, enableGqa: true });
  const shared = [leaf(1, 2, 3, 2), leaf(1, 1, 4, 2), leaf(1, 1, 4, 3)] as const;
  expect(torch.autograd.gradcheck(grouped, shared)).toBe(true);
  expect(torch.autograd.gradgradcheck(grouped, shared)).toBe(true);
});

test("float16", () => {
  torch.manualSeed(6);
  const [q, k, v] = [torch.randn(2, 5, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 8)].map((one) => one.half()) as [
    torch.Tensor,
    torch.Tensor,
    torch.Tensor,
  ];
  const found = attention(q, k, v);
  expect(found.dtype).toBe(torch.float16);
  expect(torch.allclose(found.float(), composed(q.float(), k.float(), v.float(), null, false), 1e-3, 1e-3)).toBe(true);
});

test.each([false, true])("a module's attention of a sequence to itself, batch first: %s", (batchFirst) => {
  torch.manualSeed(7);
  const module = new torch.nn.MultiheadAttention(6, 2, { batchFirst, dtype: torch.float64 });
  const x = leaf(3, 4, 6);
  const length = x.size(batchFirst ? 1 : 0);
  const attnMask = torch.ones(length, length, { dtype: torch.bool }).triu(1);
  const keyPaddingMask = torch.zeros(x.size(batchFirst ? 0 : 1), length, { dtype: torch.bool });
  keyPaddingMask.indexPut_([1, 2], true);
  for (const masks of [{ attnMask, isCausal: true }, { attnMask, keyPaddingMask }, {}]) {
    const out = (input: torch.Tensor): torch.Tensor => module(input, input, input, { ...masks, needWeights: false })[0];
    // With weights nothing is fused.
    const wanted = module(x, x, x, masks)[0];
    expect(torch.allclose(out(x), wanted)).toBe(true);
    const [found, expected] = [out(x), wanted].map((one) => gradients(one, [x])[0]) as [torch.Tensor, torch.Tensor];
    expect(torch.allclose(found, expected)).toBe(true);
    expect(torch.autograd.gradcheck(out, [x])).toBe(true);
    expect(torch.autograd.gradgradcheck(out, [x])).toBe(true);
  }
});
