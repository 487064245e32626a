/** What PyTorch's modules gave: outputs, gradients of inputs and parameters, buffers afterwards, for every module that exists. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Json, type JsonObject, loadPart } from "../golden/cases.js";
import { assertClose, type Tolerance } from "../golden/close.js";
import { decode, decodeCall, tensorJson } from "../golden/decode.js";

interface ModuleCase {
  readonly ctor: { readonly args: readonly Json[]; readonly kwargs: JsonObject };
  readonly training: boolean;
  readonly inputs: readonly Json[];
  readonly kwargs: JsonObject;
  readonly state: JsonObject;
  readonly out: Json;
  readonly grad_outputs?: readonly Json[];
  readonly input_grads?: readonly Json[];
  readonly param_grads: JsonObject;
  readonly state_after: JsonObject;
}

type Constructor = new (...args: unknown[]) => torch.nn.Module<unknown[], unknown>;

function isConstructor(value: unknown): value is Constructor {
  return typeof value === "function" && value.prototype instanceof torch.nn.Module;
}

/**
 * Wider tolerances, with their reasons. CTCLoss: PyTorch sums 50 steps of logarithms in float32, and is itself 1.4e-5 off what it gives in float64.
 * ConvTranspose3d: PyTorch's own gradient of the weight is up to 3.4e-5 off what it gives in float64 (sums up to 181), ours less.
 * MultiheadAttention: PyTorch's own gradient of a projection is 1.5e-5 off what it gives in float64, ours 1e-6.
 */
const tolerances: Readonly<Record<string, Tolerance>> = {
  "nn.CTCLoss": { rtol: 1.3e-6, atol: 3e-5 },
  "nn.ConvTranspose3d": { rtol: 1.3e-6, atol: 4e-5 },
  "nn.LazyConvTranspose3d": { rtol: 1.3e-6, atol: 4e-5 },
  "nn.MultiheadAttention": { rtol: 1.3e-6, atol: 2e-5 },
};

const withOptions = (args: readonly unknown[], options: object): unknown[] =>
  Object.keys(options).length === 0 ? [...args] : [...args, options];

/** The names of the parameters of a module's `forward`. */
function parameterNames(module: object): string[] {
  const source = String(Reflect.get(module, "forward"));
  const list = source.slice(source.indexOf("(") + 1, source.indexOf(")"));
  return list.split(",").map((parameter) => parameter.trim().replace(/\s*=.*/, ""));
}

/** Arguments in the order of `forward`, those that PyTorch was given by name included. */
function inOrder(module: object, args: readonly unknown[], named: Readonly<Record<string, unknown>>): unknown[] {
  const names = parameterNames(module);
  if (names.some((name) => name.startsWith("..."))) return withOptions(args, named);
  const all = [...args];
  for (const [name, value] of Object.entries(named)) {
    if (!names.includes(name)) throw new TypeError(`forward has no parameter ${name}`);
    all[names.indexOf(name)] = value;
  }
  return all;
}

const tensors = (result: unknown): torch.Tensor[] =>
  Array.isArray(result) ? result.flatMap(tensors) : result instanceof torch.Tensor ? [result] : [];

function isTensor(value: unknown): value is torch.Tensor {
  return value instanceof torch.Tensor;
}

function stateOf(json: JsonObject): Record<string, torch.Tensor> {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const tensor = decode(value);
      if (!isTensor(tensor)) throw new TypeError(`${name} is no tensor`);
      return [name, tensor];
    }),
  );
}

function run(Module: Constructor, one: ModuleCase, tolerance: Tolerance | undefined): void {
  const made = decodeCall({ args: one.ctor.args, kwargs: one.ctor.kwargs });
  const module = new Module(...withOptions(made.args, made.kwargs));
  module.loadStateDict(stateOf(one.state));
  module.train(one.training);
  const { args, kwargs, leaves } = decodeCall({ args: one.inputs, kwargs: one.kwargs }, { grad: true });
  const out = module(...inOrder(module, args, kwargs));
  assertClose(out, one.out, { tolerance }, "output");
  const gradOutputs = (one.grad_outputs ?? []).map((json) => decode(json)).filter(isTensor);
  if (gradOutputs.length > 0) {
    torch.autograd.backward(
      tensors(out).filter((result) => result.requiresGrad),
      gradOutputs,
    );
    (one.input_grads ?? []).forEach((json, i) => {
      if (tensorJson(json) !== null) assertClose(leaves[i]?.grad, json, { tolerance }, `gradient of input ${i}`);
    });
    for (const [name, json] of Object.entries(one.param_grads)) {
      if (tensorJson(json) !== null) assertClose(module.getParameter(name).grad, json, { tolerance }, `gradient of ${name}`);
    }
  }
  const after = module.stateDict();
  for (const [name, json] of Object.entries(one.state_after)) assertClose(after[name], json, {}, `${name} afterwards`);
}

for (const [name, cases] of Object.entries(loadPart<Record<string, readonly ModuleCase[]>>("modules"))) {
  describe(name, () => {
    const Module: unknown = Reflect.get(torch.nn, name.slice("nn.".length));
    if (!isConstructor(Module)) {
      test("exists", () => expect.fail(`there is no ${name}`));
      return;
    }
    cases.forEach((one, i) => {
      test(`case ${i}`, () => {
        run(Module, one, tolerances[name]);
      });
    });
  });
}
