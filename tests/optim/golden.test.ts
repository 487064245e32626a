/** Eight steps of every optimiser under every setting, against PyTorch. */

import { describe, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Json, type JsonObject, loadPart, type TensorJson } from "../golden/cases.js";
import { assertClose, type Tolerance } from "../golden/close.js";
import { decode, makeTensor } from "../golden/decode.js";
import { camelCase } from "../golden/names.js";

type Tensor = torch.Tensor;

interface Encoded extends JsonObject {
  readonly $tensor: TensorJson & JsonObject;
}

interface Case {
  readonly optimizer: string;
  readonly kwargs: JsonObject;
  readonly params: readonly Encoded[];
  readonly targets: readonly Encoded[];
  readonly steps: readonly { readonly loss: number; readonly params: readonly Encoded[] }[];
}

const { cases } = loadPart<{ readonly cases: readonly Case[] }>("optimizers");

/** Muon computes in bfloat16, whose rounding depends on the order of sums. */
const tolerances: Readonly<Record<string, Tolerance>> = { Muon: { rtol: 1e-3, atol: 1e-4 } };

function named(kwargs: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kwargs).map(([name, value]) => [camelCase(name), decode(value)]));
}

function make(name: string, params: readonly Tensor[], kwargs: JsonObject): torch.optim.Optimizer<object> {
  const made: unknown = Reflect.construct(Reflect.get(torch.optim, name), [params, named(kwargs)]);
  if (!(made instanceof torch.optim.Optimizer)) throw new TypeError(`${name} is no optimiser`);
  return made;
}

/** The sum over parameters of ((p - target)²).sum() + 0.01 (p⁴).sum(). */
function objective(params: readonly Tensor[], targets: readonly Tensor[]): Tensor {
  const terms = params.map((param, i) =>
    param
      .sub(targets[i] as Tensor)
      .pow(2)
      .sum()
      .add(param.pow(4).sum().mul(0.01)),
  );
  return terms.reduce((a, b) => a.add(b));
}

describe("optimisers", () => {
  test.each(cases.map((one) => [one.optimizer, JSON.stringify(one.kwargs), one] as const))("%s %s", (name, _, one) => {
    const params = one.params.map((json) => makeTensor(json.$tensor).requiresGrad_());
    const targets = one.targets.map((json) => makeTensor(json.$tensor));
    const optimizer = make(name, params, one.kwargs);
    one.steps.forEach((step, i) => {
      const closure = (): Tensor => {
        optimizer.zeroGrad();
        const loss = objective(params, targets);
        loss.backward();
        return loss;
      };
      const loss = optimizer.step(closure);
      const tolerance = tolerances[name];
      assertClose(loss.item(), { $float: step.loss }, { tolerance: tolerance ?? { rtol: 2e-6, atol: 1e-5 } }, `loss of step ${i}`);
      assertClose(params, step.params as readonly Json[], { tolerance }, `parameters after step ${i}`);
    });
  });
});
