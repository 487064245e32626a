/** PyTorch's own text for the tensors of `printing.json`. */

import { expect, test } from "vitest";
import { type ElementValue, formatTensor, tensorSuffixes } from "../../src/core/printing/index.js";
import { kindOf, readCases, type StoredValue, toElement } from "./cases.js";

interface GoldenCase {
  readonly python: string;
  readonly tensor: { readonly $tensor: GoldenTensor } | null;
  readonly text: string;
}

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly StoredValue[];
}

/** A tensor too large to be stored: `arange`, perhaps viewed with another shape. */
function arange(python: string): { dtype: string; shape: readonly number[]; at(index: number): ElementValue } {
  const [, end = "", point, view] = /^torch\.arange\((\d+)(\.?)\)(?:\.view\((.*)\))?$/.exec(python) ?? [];
  const shape = (view ?? end).split(",").map(Number);
  return point === "." ? { dtype: "float32", shape, at: (i) => i } : { dtype: "int64", shape, at: BigInt };
}

/** The stored tensor; its float32 values were written with the fewest digits that tell them apart as float32. */
function load({ python, tensor }: GoldenCase): ReturnType<typeof arange> {
  if (tensor === null) return arange(python);
  const { dtype, shape, data } = tensor.$tensor;
  const at = (index: number): ElementValue => {
    const value = toElement(kindOf(dtype), data[index] ?? 0);
    return dtype === "float32" ? Math.fround(Number(value)) : value;
  };
  return { dtype, shape, at };
}

/** What the Python text says about the graph, which the stored data does not. */
const gradFnNames: Readonly<Record<string, string>> = {
  "torch.ones(2, 2).requires_grad_() * 2": "MulBackward0",
  "(torch.ones(2, 2).requires_grad_() @ torch.ones(2, 2)).sum()": "SumBackward0",
  "torch.ones(3).requires_grad_().relu()": "ReluBackward0",
  "torch.nn.functional.linear(torch.ones(1, 2), torch.ones(3, 2, requires_grad=True), torch.ones(3))": "AddmmBackward0",
  "torch.ones(2, requires_grad=True).exp().mean()": "MeanBackward0",
};

test.for(readCases<GoldenCase>("printing.json"))("$python", (golden) => {
  const { dtype, shape, at } = load(golden);
  const suffixes = tensorSuffixes({
    shape,
    dtypeName: dtype,
    gradFnName: gradFnNames[golden.python],
    requiresGrad: /requires_grad_\(\)$|Parameter/.test(golden.python),
  });
  const heading = golden.python.includes("Parameter") ? "Parameter containing:\n" : "";
  expect(heading + formatTensor({ kind: kindOf(dtype), shape, at, suffixes, dtypeName: dtype })).toBe(golden.text);
});
