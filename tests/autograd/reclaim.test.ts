/** Memory of gradients that is given back within a backward pass: what anybody can still see keeps its values. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import type { CpuStorage } from "../../src/backends/cpu/storage.js";
import * as torch from "../../src/index.js";

const { nn } = torch;
const reclaim = cpuBackend.reclaim as (storage: CpuStorage) => void;
let count = 0;

// Memory that is given back loses its values at once, and nobody gets it again.
beforeEach(() => {
  count = 0;
  vi.spyOn(cpuBackend, "reclaim").mockImplementation((storage: CpuStorage) => {
    count++;
    (storage.data as Float32Array).fill(Number.NaN, storage.base, storage.base + storage.length);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const isFinite = (tensor: torch.Tensor | null): boolean => tensor !== null && Boolean(tensor.isfinite().all().item());

/** Large enough for its gradients to be counted. */
const large = (): torch.Tensor => torch.randn(40, 50, { requiresGrad: true });

test("a transformer's gradients", () => {
  torch.manualSeed(0);
  const layer = new nn.TransformerEncoderLayer(32, 4, { dimFeedforward: 64, dropout: 0.1, batchFirst: true, activation: "gelu" });
  const x = torch.randn(4, 20, 32, { requiresGrad: true });
  for (let step = 0; step < 2; step++) layer(x).square().mean().backward();
  expect(count).toBeGreaterThan(10);
  for (const leaf of [x, ...layer.parameters()]) expect(isFinite(leaf.grad)).toBe(true);
});

test("a gradient that several nodes wait for", () => {
  const [a, b] = [large(), large()];
  const sum = a.mul(2).add(b.mul(3));
  sum.add(sum.exp().mul(0)).add(sum.neg()).add(a).sum().backward();
  expect(a.grad?.eq(1).all().item()).toBe(true);
  expect(b.grad?.eq(0).all().item()).toBe(true);
  expect(count).toBeGreaterThan(0);
});

test("gradients that hooks saw or gave", () => {
  const a = large();
  const seen: torch.Tensor[] = [];
  const b = a.mul(2);
  b.registerHook((grad) => {
    const changed = grad.mul(3);
    seen.push(grad, changed, changed.view(-1));
    return changed;
  });
  const c = b.sin();
  c.retainGrad();
  c.exp().sum().backward();
  expect(seen.length).toBe(3);
  for (const grad of [...seen, c.grad, a.grad]) expect(isFinite(grad)).toBe(true);
});

test("gradients that a function keeps", () => {
  const kept: torch.Tensor[] = [];
  class Keep extends torch.autograd.Function {
    static override forward(_ctx: unknown, x: torch.Tensor): torch.Tensor {
      return x.mul(2);
    }
    static override backward(_ctx: unknown, grad: torch.Tensor): torch.Tensor {
      const result = grad.mul(2);
      kept.push(grad, result);
      return result.view(40, 50);
    }
  }
  const a = large();
  (Keep.apply(a.mul(1)) as torch.Tensor).exp().sum().backward();
  for (const grad of [...kept, a.grad]) expect(isFinite(grad)).toBe(true);
});

test("gradients that are asked for, and a graph that is kept", () => {
  const a = large();
  const b = a.mul(2).sin();
  const c = b.exp().sum();
  const first = torch.autograd.grad(c, [b, a], { retainGraph: true });
  const second = torch.autograd.grad(c, [b, a]);
  [...first, ...second].forEach((grad, i) => {
    expect(torch.equal(grad as torch.Tensor, first[i % 2] as torch.Tensor)).toBe(true);
    expect(isFinite(grad)).toBe(true);
  });
});

test("memory is given out again only once", () => {
  vi.restoreAllMocks();
  expect(cpuBackend.reclaim).toBe(reclaim);
  const storage = cpuBackend.allocate(torch.float32, 43210);
  cpuBackend.reclaim?.(storage);
  const [one, other] = [cpuBackend.allocate(torch.float32, 43210), cpuBackend.allocate(torch.float32, 43210)];
  expect(one.data).toBe(storage.data);
  expect(other.data).not.toBe(storage.data);
  const small = cpuBackend.allocate(torch.float32, 10);
  cpuBackend.reclaim?.(small);
  expect(cpuBackend.allocate(torch.float32, 10).base).not.toBe(small.base);
});

/** Layers over sequences, as functions that give the states of all steps. */
function recurrent(): [name: string, layer: torch.nn.Module, run: (x: torch.Tensor) => torch.Tensor][] {
  const lstm = new nn.LSTM(8, 32);
  const gru = new nn.GRU(8, 32);
  return [
    ["LSTM", lstm, (x) => lstm(x)[0]],
    ["GRU", gru, (x) => gru(x)[0]],
  ];
}

test("the gates of recurrent layers, which nobody sees", () => {
  for (const [name, layer, run] of recurrent()) {
    const x = torch.randn(10, 6, 8, { requiresGrad: true });
    const output = run(x);
    const leaves = [x, ...layer.parameters()];
    const passes = [true, false].map((retainGraph) => {
      count = 0;
      for (const leaf of leaves) leaf.grad = null;
      output.square().sum().backward({ retainGraph });
      return { reclaimed: count, grads: leaves.map((leaf) => leaf.grad as torch.Tensor) };
    });
    const [kept, freed] = passes as [(typeof passes)[0], (typeof passes)[0]];
    expect(freed.reclaimed, name).toBe(kept.reclaimed + 1);
    freed.grads.forEach((grad, i) => {
      expect(isFinite(grad) && torch.equal(grad, kept.grads[i] as torch.Tensor), name).toBe(true);
    });
    expect(isFinite(output), name).toBe(true);
  }
});

test("the gates of recurrent layers, which a recorded pass reads again", () => {
  for (const [name, , run] of recurrent()) {
    const x = torch.randn(10, 6, 8, { requiresGrad: true });
    const direction = torch.randn(10, 6, 32, { requiresGrad: true });
    const output = run(x);
    const [ofInput] = torch.autograd.grad([output], [x], { gradOutputs: [direction], createGraph: true }) as [torch.Tensor];
    const [expected] = torch.autograd.grad([ofInput.sum()], [direction], { retainGraph: true }) as [torch.Tensor];
    // Frees what the layer saved, but not what the recorded pass did.
    output.sum().backward();
    const [found] = torch.autograd.grad([ofInput.sum()], [direction]) as [torch.Tensor];
    expect(torch.equal(found, expected), name).toBe(true);
  }
});
