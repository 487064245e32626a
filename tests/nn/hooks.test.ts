/** Hooks of modules, checked against the numbers that the rules of differentiation give. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

function doubling(): torch.nn.Linear {
  const layer = new nn.Linear(1, 1, { bias: false });
  layer.loadStateDict({ weight: torch.tensor([[2]]) });
  return layer;
}

const input = (): torch.Tensor => torch.tensor([[3]], { requiresGrad: true });

test("forward hooks see and replace arguments and results", () => {
  const layer = doubling();
  const seen: string[] = [];
  const before = layer.registerForwardPreHook((module, [x]) => {
    seen.push(`before ${module === layer} ${x.item()}`);
    return x.add(1);
  });
  const after = layer.registerForwardHook((_module, [x], out) => {
    seen.push(`after ${x.item()} ${out.item()}`);
    return out.neg();
  });
  expect(layer(input()).item()).toBe(-8);
  expect(seen).toEqual(["before true 3", "after 4 8"]);
  before.remove();
  after.remove();
  expect(layer(input()).item()).toBe(6);
});

test("hooks run in order, prepended ones first, and some even after an error", () => {
  const layer = doubling();
  const seen: number[] = [];
  const note = (n: number) => (): void => void seen.push(n);
  layer.registerForwardHook(note(1));
  layer.registerForwardHook(note(2), { prepend: true });
  layer.registerForwardHook(note(3), { alwaysCall: true });
  layer(input());
  expect(seen).toEqual([2, 1, 3]);
  expect(() => layer(torch.ones(1, 7))).toThrow("linear");
  expect(seen).toEqual([2, 1, 3, 3]);
});

test("backward hooks see and replace gradients", () => {
  const layer = doubling();
  const seen: unknown[] = [];
  layer.registerFullBackwardPreHook((_module, [grad]) => [(grad as torch.Tensor).mul(10)]);
  layer.registerFullBackwardHook((_module, gradInput, gradOutput) => {
    seen.push([gradInput[0]?.item(), gradOutput[0]?.item()]);
    return [(gradInput[0] as torch.Tensor).neg()];
  });
  const x = input();
  layer(x).sum().backward();
  expect(seen).toEqual([[20, 10]]);
  expect(x.grad?.item()).toBe(-20);
  expect(layer.weight.grad?.item()).toBe(30);
});

test("a backward hook of a module whose inputs need no gradient sees those of its outputs", () => {
  const layer = doubling();
  const seen: unknown[] = [];
  layer.registerFullBackwardHook((_module, gradInput, gradOutput) => void seen.push(gradInput[0], gradOutput[0]?.item()));
  layer(torch.ones(1, 1)).sum().backward();
  expect(seen).toEqual([null, 1]);
});

test("a backward hook must return as many gradients as there are inputs", () => {
  const layer = doubling();
  layer.registerFullBackwardHook(() => []);
  expect(() => layer(input()).sum().backward()).toThrow("Backward hook returned an invalid number of grad_input, got 0, but expected 1");
});

test("hooks of the state may change it", () => {
  const layer = doubling();
  layer.registerStateDictPostHook((_module, state, prefix) => {
    state[`${prefix}extra`] = torch.ones(1);
  });
  const state = layer.stateDict();
  expect(Object.keys(state)).toEqual(["weight", "extra"]);
  layer.registerLoadStateDictPreHook((_module, copy, prefix) => {
    Reflect.deleteProperty(copy, `${prefix}extra`);
  });
  const results: string[] = [];
  layer.registerLoadStateDictPostHook((_module, keys) => void results.push(String(keys)));
  layer.loadStateDict(state);
  expect(results).toEqual(["<All keys matched successfully>"]);
  expect(Object.keys(state)).toEqual(["weight", "extra"]);
});
