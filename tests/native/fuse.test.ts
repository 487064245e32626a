/** Operations whose expressions the native engine computes in one step. */

import { afterEach, expect, test, vi } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { callsOf } from "../../src/backends/cpu/native/fuse.js";
import type { Program } from "../../src/expr/program.js";
import * as torch from "../../src/index.js";

afterEach(() => vi.restoreAllMocks());

/** The steps of each program that runs meanwhile. */
function stepsOf(body: () => void): Map<string, string[]> {
  const steps = new Map<string, string[]>();
  const pointwise = cpuBackend.kernels.pointwise.bind(cpuBackend.kernels);
  vi.spyOn(cpuBackend.kernels, "pointwise").mockImplementation((program: Program, ...rest) => {
    const calls = [...callsOf(program.outputs, { has: () => true, isNumber: () => false }).values()];
    steps.set(
      program.name,
      calls.flatMap((call) => (call === null ? [] : [call.step])),
    );
    pointwise(program, ...rest);
  });
  body();
  return steps;
}

test("gelu and its gradient", () => {
  const steps = stepsOf(() =>
    torch.nn.functional
      .gelu(torch.ones([3], { requiresGrad: true }))
      .sum()
      .backward(),
  );
  expect(steps.get("gelu")).toEqual(["gelu"]);
  expect(steps.get("geluBackward")).toEqual(["geluBackward"]);
});
