/** GradScaler against PyTorch's (`train.py`): factors, skipped steps, weights. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

interface Step {
  readonly losses: readonly number[];
  readonly norm: number | string;
  readonly scale: number;
  readonly tracker: number;
  readonly weight: readonly number[];
}

const golden = (
  JSON.parse(readFileSync(new URL("train.json", import.meta.url), "utf8")) as {
    readonly scaler: { readonly history: readonly Step[]; readonly state: torch.amp.GradScalerState };
  }
).scaler;

const close = (got: number, wanted: number): void =>
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(wanted)));

test("two optimisers, infinite gradients, growth", () => {
  torch.manualSeed(2);
  const [a, b] = [new nn.Linear(3, 2), new nn.Linear(3, 2)];
  const optimizers = [new torch.optim.SGD(a.parameters(), { lr: 0.1 }), new torch.optim.Adam(b.parameters(), { lr: 0.1 })] as const;
  const scaler = new torch.amp.GradScaler("cpu", { initScale: 128, growthInterval: 3, growthFactor: 4, backoffFactor: 0.25 });
  const x = torch.randn(5, 3);
  const bad = new Map([
    [2, Number.POSITIVE_INFINITY],
    [7, Number.NaN],
    [8, Number.NEGATIVE_INFINITY],
  ]);
  golden.history.forEach((wanted, step) => {
    for (const optimizer of optimizers) optimizer.zeroGrad();
    const losses = [a(x).square().mean(), b(x).square().mean()];
    for (const scaled of scaler.scale(losses)) scaled.backward();
    const spoiled = bad.get(step);
    if (spoiled !== undefined) a.weight.grad?.indexPut_([0, 0], torch.tensor(spoiled));
    scaler.unscale_(optimizers[0]);
    const norm = nn.utils.clipGradNorm_(a.parameters(), 0.5).item();
    for (const optimizer of optimizers) scaler.step(optimizer);
    scaler.update();
    losses.forEach((loss, i) => {
      close(loss.item(), wanted.losses[i] as number);
    });
    if (typeof wanted.norm === "number") close(norm, wanted.norm);
    else expect(Number.isFinite(norm)).toBe(false);
    expect([scaler.getScale(), scaler.stateDict()._growth_tracker]).toEqual([wanted.scale, wanted.tracker]);
    (a.weight.flatten().tolist() as number[]).forEach((weight, i) => {
      close(weight, wanted.weight[i] as number);
    });
  });
  expect(scaler.stateDict()).toEqual(golden.state);
  const again = new torch.amp.GradScaler("cpu");
  again.loadStateDict(scaler.stateDict());
  expect(again.stateDict()).toEqual(golden.state);
  expect(again.scale(torch.ones(1)).item()).toBe(32);
});

describe("rules", () => {
  const parts = (): { weight: torch.nn.Parameter; optimizer: torch.optim.SGD; scaler: torch.amp.GradScaler } => {
    const weight = new nn.Parameter(torch.ones(2));
    return { weight, optimizer: new torch.optim.SGD([weight], { lr: 1 }), scaler: new torch.amp.GradScaler("cpu") };
  };

  test("the order of calls", () => {
    const { weight, optimizer, scaler } = parts();
    expect(() => scaler.step(optimizer)).toThrow(/GradScaler.step: Attempted step but _scale is None/);
    scaler.scale(weight.sum()).backward();
    expect(() => scaler.update()).toThrow(/No inf checks were recorded prior to update/);
    scaler.unscale_(optimizer);
    expect(() => scaler.unscale_(optimizer)).toThrow(/already been called on this optimizer/);
    scaler.step(optimizer);
    expect(weight.tolist()).toEqual([0, 0]);
    expect(() => scaler.step(optimizer)).toThrow(/already been called since the last update/);
    expect(() => scaler.unscale_(optimizer)).toThrow(/being called after step/);
    scaler.update();
    expect(() => scaler.step(optimizer, () => 0)).toThrow(/Closure use/);
  });

  test("gradients in float16 are refused", () => {
    const weight = new nn.Parameter(torch.ones(2, { dtype: torch.float16 }));
    const scaler = new torch.amp.GradScaler("cpu", 2);
    scaler.scale(weight.sum()).backward();
    expect(() => scaler.unscale_(new torch.optim.SGD([weight], { lr: 1 }))).toThrow(/Attempting to unscale FP16 gradients/);
  });

  test("update takes a factor", () => {
    const { weight, scaler } = parts();
    scaler.scale(weight.sum());
    scaler.update(4);
    expect(scaler.getScale()).toBe(4);
    scaler.update(torch.tensor([8]));
    expect(scaler.getScale()).toBe(8);
  });

  test("without its device a scaler does nothing", () => {
    const { weight, optimizer } = parts();
    const scaler = new torch.amp.GradScaler();
    const loss = weight.sum();
    expect(scaler.scale(loss)).toBe(loss);
    loss.backward();
    scaler.step(optimizer);
    scaler.update();
    expect([weight.tolist(), scaler.isEnabled(), scaler.getScale(), scaler.stateDict()]).toEqual([[0, 0], false, 1, {}]);
    expect(() => new torch.amp.GradScaler("cpu").loadStateDict({})).toThrow(/disabled instance/);
  });

  test("factors are checked", () => {
    expect(() => new torch.amp.GradScaler("cpu", { growthFactor: 1 })).toThrow(/growth factor must be > 1.0, got 1/);
    expect(() => new torch.amp.GradScaler("cpu", { backoffFactor: 1 })).toThrow(/backoff factor must be < 1.0, got 1/);
  });
});
