/** Recurrent layers with the native recurrence against the same layers step by step. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import * as torch from "../../src/index.js";
import { describeNative, native } from "./engines.js";

const { nn } = torch;
type Layer = torch.nn.RNN | torch.nn.GRU | torch.nn.LSTM;

/** A layer, its input, and what of the results the loss reads. */
interface Case {
  readonly kind: "tanh" | "relu" | "GRU" | "LSTM";
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
  readonly batchFirst: boolean;
  readonly withStates: boolean;
  readonly reads: "output" | "states" | "all";
  readonly dtype: torch.DType;
  readonly special: number | null;
}

const cases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom("tanh", "relu", "GRU", "LSTM"),
  steps: fc.integer({ min: 1, max: 5 }),
  batch: fc.constantFrom(1, 2, 3, 7, 8, 9, 20, 33),
  input: fc.integer({ min: 1, max: 9 }),
  hidden: fc.constantFrom(1, 2, 3, 5, 8, 16, 17, 33, 48, 50, 130, 600),
  bias: fc.boolean(),
  bidirectional: fc.boolean(),
  batchFirst: fc.boolean(),
  withStates: fc.boolean(),
  reads: fc.constantFrom("output", "states", "all"),
  dtype: fc.constantFrom(torch.float32, torch.float64),
  special: fc.constantFrom(null, null, Number.NaN, Number.POSITIVE_INFINITY, 1e30),
});

function layerOf({ kind, input, hidden, bias, bidirectional, batchFirst, dtype }: Case): Layer {
  const options = { bias, bidirectional, batchFirst, dtype };
  if (kind === "GRU") return new nn.GRU(input, hidden, options);
  if (kind === "LSTM") return new nn.LSTM(input, hidden, options);
  return new nn.RNN(input, hidden, { ...options, nonlinearity: kind });
}

/** Outputs, states, and the gradients of everything. */
function everything(given: Case): number[][] {
  torch.manualSeed(3);
  const { steps, batch, hidden, dtype, withStates, special } = given;
  const layer = layerOf(given);
  const sizes = given.batchFirst ? [batch, steps, given.input] : [steps, batch, given.input];
  const values = torch.randn(sizes, { dtype });
  if (special !== null)
    values.indexPut_(
      [steps > 1 ? 1 : 0, 0, 0].map((i, d) => Math.min(i, (sizes[d] as number) - 1)),
      special,
    );
  const x = values.requiresGrad_();
  const state = (): torch.Tensor => torch.randn([given.bidirectional ? 2 : 1, batch, hidden], { dtype, requiresGrad: true });
  const states = withStates ? [state(), state()] : [];
  const [h, c] = states as [torch.Tensor, torch.Tensor];
  const made: torch.Tensor[] = [];
  if (layer instanceof nn.LSTM) {
    const [output, last] = withStates ? layer(x, [h, c]) : layer(x);
    made.push(output, ...last);
  } else made.push(...layer(x, withStates ? h : null));
  const read = given.reads === "output" ? made.slice(0, 1) : given.reads === "states" ? made.slice(1) : made;
  const loss = read.map((one) => one.mul(torch.randn(one.shape, { dtype })).sum()).reduce((a, b) => a.add(b));
  loss.backward();
  const gradients = [x, ...states, ...layer.parameters()].flatMap(({ grad }) => (grad === null ? [] : [grad]));
  return [...made, ...gradients].map((one) => [...(one.detach().reshape(-1).tolist() as number[])]);
}

/** Calls with the device's recurrence, or with none. */
function using<R>(recurrence: typeof native.recurrence, call: () => R): R {
  const before = cpuBackend.kernels.recurrence;
  Reflect.set(cpuBackend.kernels, "recurrence", recurrence);
  try {
    return call();
  } finally {
    Reflect.set(cpuBackend.kernels, "recurrence", before);
  }
}

describeNative("native recurrence", () => {
  test("layers give what they give step by step", () => {
    let calls = 0;
    const counted: typeof native.recurrence = (recurrence) => {
      const done = native.recurrence?.(recurrence) === true;
      if (done) calls++;
      return done;
    };
    fc.assert(
      fc.property(cases, (given) => {
        const found = using(counted, () => everything(given));
        const wanted = using(undefined, () => everything(given));
        expect(found.length).toBe(wanted.length);
        const tolerance = given.dtype === torch.float64 ? 1e-11 : 2e-4;
        found.forEach((values, k) => {
          values.forEach((x, i) => {
            const y = wanted[k]?.[i] as number;
            if (Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y))) return;
            expect(x, `element ${i} of tensor ${k}`).toBe(y);
          });
        });
      }),
      { numRuns: 80 },
    );
    expect(calls).toBeGreaterThan(80);
  });

  test("results do not depend on the number of threads", () => {
    const given: Case = {
      kind: "LSTM",
      steps: 3,
      batch: 21,
      input: 4,
      hidden: 37,
      bias: true,
      bidirectional: true,
      batchFirst: false,
      withStates: true,
      reads: "all",
      dtype: torch.float32,
      special: null,
    };
    const before = torch.getNumThreads();
    const results = [1, 2, 3].map((threads) => {
      torch.setNumThreads(threads);
      return everything(given);
    });
    torch.setNumThreads(before);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});
