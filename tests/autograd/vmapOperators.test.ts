/** Every operator of PyTorch's database within `vmap`: on a batch of samples it gives what it gives for each, and so does its gradient. Operators that cannot are counted. */

import * as torch from "flambeau";
import { afterAll, expect, test } from "vitest";
import { type Case, loadOperators } from "../golden/cases.js";
import { decodeCall } from "../golden/decode.js";
import { type Resolved, resolve } from "../golden/resolve.js";

const CASES = 3;
const counts = { agree: 0, refused: 0, gradients: 0 };
const refused = new Set<string>();

const isRecord = (tree: unknown): tree is Record<string, unknown> =>
  typeof tree === "object" && tree !== null && Object.getPrototypeOf(tree) === Object.prototype;

function tensorsIn(tree: unknown): torch.Tensor[] {
  if (tree instanceof torch.Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(tensorsIn);
  return isRecord(tree) ? Object.values(tree).flatMap(tensorsIn) : [];
}

function replaced(tree: unknown, next: (tensor: torch.Tensor) => torch.Tensor): unknown {
  if (tree instanceof torch.Tensor) return next(tree);
  if (Array.isArray(tree)) return tree.map((one) => replaced(one, next));
  return isRecord(tree) ? Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, replaced(value, next)])) : tree;
}

/** Another sample like one: other numbers of the same signs, integers in another order. */
function another(tensor: torch.Tensor): torch.Tensor {
  if (tensor.dtype.isFloatingPoint || tensor.dtype.isComplex) return tensor.mul(0.75);
  return tensor.shape.length === 0 ? tensor.clone() : tensor.flip(0);
}

/** The gradients of everything that a call gives, weighted, with respect to its first argument. */
function gradientOf(call: (tensors: readonly torch.Tensor[]) => readonly torch.Tensor[]): (...tensors: torch.Tensor[]) => torch.Tensor {
  return torch.func.grad((...tensors: torch.Tensor[]) =>
    call(tensors)
      .filter(({ dtype }) => dtype.isFloatingPoint)
      .map((out) => out.reshape(-1).dot(torch.arange(out.numel()).cos().to(out.dtype)))
      .reduce((a, b) => a.add(b)),
  );
}

/** Compares the gradient of each sample with those of samples alone. */
function checkGradient(
  op: string,
  call: (tensors: readonly torch.Tensor[]) => readonly torch.Tensor[],
  samples: readonly (readonly torch.Tensor[])[],
  batches: readonly torch.Tensor[],
  inDims: readonly (number | null)[],
): void {
  const gradient = gradientOf(call);
  let each: torch.Tensor[];
  try {
    each = samples.map((sample) => gradient(...sample.map((tensor) => tensor.clone())));
  } catch {
    return;
  }
  let found: torch.Tensor;
  try {
    found = torch.func.vmap(gradient, { inDims })(...batches);
  } catch (error) {
    // Statistics of a batch that are updated sample by sample.
    if (!(error instanceof torch.AutogradError) || !/modified by an inplace operation/.test(error.message)) throw error;
    counts.refused++;
    refused.add(`${op} (gradient)`);
    return;
  }
  torch.testing.assertClose(found, torch.stack(each), { rtol: 1e-3, atol: 1e-4, equalNan: true });
  counts.gradients++;
}

/** The batch of an argument, and its samples: every second argument of several is the same for all. */
function check(op: string, resolved: Resolved, one: Case, isShared: (i: number) => boolean): void {
  const { args, kwargs } = decodeCall(one);
  const inputs = tensorsIn([args, kwargs]);
  const call = (tensors: readonly torch.Tensor[]): torch.Tensor[] => {
    let at = 0;
    const given = replaced([args, kwargs], () => tensors[at++] as torch.Tensor) as [unknown[], Record<string, unknown>];
    return tensorsIn(resolved.call(given[0], given[1], one.variant));
  };
  const samples = [inputs, inputs.map((tensor, i) => (isShared(i) ? tensor : another(tensor)))];
  let expected: torch.Tensor[][];
  try {
    expected = samples.map((sample) => call(sample.map((tensor) => tensor.clone())));
  } catch {
    return;
  }
  const [first, second] = expected as [torch.Tensor[], torch.Tensor[]];
  if (first.length === 0 || first.some((out, i) => `${out.shape}` !== `${second[i]?.shape}` || out.dtype !== second[i]?.dtype)) return;
  const batches = inputs.map((tensor, i) => (isShared(i) ? tensor.clone() : torch.stack([tensor, samples[1]?.[i] as torch.Tensor])));
  const inDims = inputs.map((_, i) => (isShared(i) ? null : 0));
  let found: torch.Tensor[];
  try {
    found = torch.func.vmap((...tensors: torch.Tensor[]) => call(tensors), { inDims })(...batches);
  } catch (error) {
    if (!(error instanceof torch.TorchError) || !/vmap/.test(error.message)) throw error;
    counts.refused++;
    refused.add(op);
    return;
  }
  found.forEach((out, i) => {
    const both = torch.stack([first[i] as torch.Tensor, second[i] as torch.Tensor]);
    expect(`${out.dtype} [${out.shape}]`).toBe(`${both.dtype} [${both.shape}]`);
    torch.testing.assertClose(out, both, { rtol: 1e-4, atol: 1e-5, equalNan: true });
  });
  counts.agree++;
  const isDifferentiable = inputs[0]?.dtype.isFloatingPoint === true && first.some(({ dtype }) => dtype.isFloatingPoint);
  if (isDifferentiable) checkGradient(op, call, samples, batches, inDims);
}

for (const golden of loadOperators()) {
  const resolved = resolve(golden.op);
  if (resolved === null) continue;
  const cases = ["float32", "int64"].flatMap((dtype) =>
    golden.cases.filter((one) => one.dtype === dtype && one.random !== true).slice(0, CASES),
  );
  test(golden.op, () => {
    for (const one of cases) {
      const { args, kwargs } = decodeCall(one);
      const count = tensorsIn([args, kwargs]).length;
      if (count === 0) continue;
      check(golden.op, resolved, one, () => false);
      if (count > 1) for (const parity of [0, 1]) check(golden.op, resolved, one, (i) => i % 2 === parity);
    }
  });
}

afterAll(({}, suite) => {
  suite.meta.summary = `vmap: ${counts.agree} cases give what each sample gives, ${counts.gradients} its gradient; ${counts.refused} refused: ${[...refused].join(", ")}`;
});
