/** Recurrent modules beyond PyTorch's measured cases: derivatives, sequences of different lengths, states, errors. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const { rnn } = nn.utils;
const { gradcheck, gradgradcheck } = torch.autograd;
const float64 = { dtype: torch.float64 };

type Recurrent = torch.nn.RNN | torch.nn.GRU | torch.nn.LSTM;

const made: Readonly<Record<string, () => Recurrent>> = {
  RNN: () => new nn.RNN(2, 3, { numLayers: 2, ...float64 }),
  "RNN of rectifiers, without biases": () => new nn.RNN(2, 3, { nonlinearity: "relu", bias: false, ...float64 }),
  GRU: () => new nn.GRU(2, 3, { bidirectional: true, ...float64 }),
  "GRU of two layers": () => new nn.GRU(2, 3, 2, float64),
  LSTM: () => new nn.LSTM(2, 3, { numLayers: 2, ...float64 }),
  "LSTM in both directions": () => new nn.LSTM(2, 3, { bidirectional: true, ...float64 }),
  "LSTM with projections": () => new nn.LSTM(2, 3, { projSize: 2, bidirectional: true, ...float64 }),
};

/** Initial states for a batch, and the module as a function of an input and of all states. */
function statesFor(module: Recurrent, batch: number): torch.Tensor[] {
  const count = module.numLayers * (module.bidirectional ? 2 : 1);
  const size = module.projSize > 0 ? module.projSize : module.hiddenSize;
  const sizes = module.mode === "LSTM" ? [size, module.hiddenSize] : [size];
  return sizes.map((width) => torch.randn([count, batch, width], float64));
}

function call(module: Recurrent, input: torch.Tensor, states: readonly torch.Tensor[]): torch.Tensor[] {
  if (module instanceof nn.LSTM) {
    const [output, [h, c]] = module(input, [states[0] as torch.Tensor, states[1] as torch.Tensor]);
    return [output, h, c];
  }
  return module(input, states[0] ?? null);
}

function callPacked(
  module: Recurrent,
  input: torch.nn.utils.rnn.PackedSequence,
  states: readonly torch.Tensor[],
): [torch.nn.utils.rnn.PackedSequence, torch.Tensor[]] {
  if (module instanceof nn.LSTM) {
    const [output, [h, c]] = module(input, [states[0] as torch.Tensor, states[1] as torch.Tensor]);
    return [output, [h, c]];
  }
  const [output, h] = module(input, states[0] ?? null);
  return [output, [h]];
}

const leaf = (tensor: torch.Tensor): torch.Tensor => tensor.detach().requiresGrad_();

function near(actual: torch.Tensor, expected: torch.Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.sub(expected).abs().max().item()).toBeLessThan(1e-12);
}

describe.each(Object.entries(made))("%s", (_name, make) => {
  test("derivatives of all inputs and parameters, first and second", () => {
    torch.manualSeed(0);
    const module = make();
    const names = module.namedParameters().map(([name]) => name);
    const states = statesFor(module, 2);
    const parameters = module.parameters().map((parameter) => leaf(parameter));
    const inputs = [torch.randn([3, 2, 2], float64), ...states].map(leaf);
    const run = (...given: torch.Tensor[]): torch.Tensor[] => {
      names.forEach((name, i) => Reflect.set(module, name, given[inputs.length + i]));
      return call(module, given[0] as torch.Tensor, given.slice(1, inputs.length));
    };
    for (const name of names) Reflect.deleteProperty(module, name);
    expect(gradcheck(run, [...inputs, ...parameters])).toBe(true);
    expect(gradgradcheck(run, [...inputs, ...parameters])).toBe(true);
  });

  test("a packed batch gives what each sequence gives alone", () => {
    torch.manualSeed(1);
    const module = make();
    const lengths = [2, 4, 1, 4];
    const sequences = lengths.map((length) => torch.randn([length, 2], float64));
    const states = statesFor(module, 4);
    const packed = rnn.packSequence(sequences, { enforceSorted: false });
    const [output, finals] = callPacked(module, packed, states);
    rnn.unpackSequence(output).forEach((one, i) => {
      const own = states.map((state) => state.narrow(1, i, 1).squeeze(1));
      const [expected, ...last] = call(module, sequences[i] as torch.Tensor, own) as [torch.Tensor, ...torch.Tensor[]];
      near(one, expected);
      last.forEach((state, k) => {
        near((finals[k] as torch.Tensor).select(1, i), state);
      });
    });
  });

  test("gradients of a packed batch are those of a padded one", () => {
    torch.manualSeed(2);
    const module = make();
    const padded = leaf(torch.randn([4, 3, 2], float64));
    const states = statesFor(module, 3);
    const gradients = (outputs: readonly torch.Tensor[]): readonly (torch.Tensor | null)[] =>
      torch.autograd.grad(
        outputs.map((tensor) => tensor.mul(tensor).sum()).reduce((a, b) => a.add(b)),
        [padded, ...module.parameters()],
      );
    const whole = gradients(call(module, padded, states));
    const [output, last] = callPacked(module, rnn.packPaddedSequence(padded, [4, 4, 4]), states);
    gradients([output.data, ...last]).forEach((grad, i) => {
      near(grad as torch.Tensor, whole[i] as torch.Tensor);
    });
  });

  test("shapes without data", () => {
    const module = make().to("meta");
    const outputs = call(
      module,
      torch.zeros([3, 2, 2], { device: "meta", ...float64 }),
      statesFor(module, 2).map((state) => state.to("meta")),
    );
    const real = call(make(), torch.zeros([3, 2, 2], float64), statesFor(module, 2));
    expect(outputs.map(({ shape }) => shape)).toEqual(real.map(({ shape }) => shape));
    expect(outputs[0]?.device.type).toBe("meta");
  });
});

describe("sequences in one tensor", () => {
  test("packing sorts, and padding restores the order", () => {
    const padded = torch.tensor([
      [1n, 2n, 0n],
      [3n, 0n, 0n],
      [4n, 5n, 6n],
    ]);
    const packed = rnn.packPaddedSequence(padded, torch.tensor([2n, 1n, 3n]), { batchFirst: true, enforceSorted: false });
    expect(String(packed)).toBe(
      "PackedSequence(data=tensor([4, 1, 3, 5, 2, 6]), batch_sizes=tensor([3, 2, 1]), sorted_indices=tensor([2, 0, 1]), unsorted_indices=tensor([1, 2, 0]))",
    );
    const [again, lengths] = rnn.padPackedSequence(packed, { batchFirst: true });
    expect(again.tolist()).toEqual(padded.tolist());
    expect(lengths.tolist()).toEqual([2, 1, 3]);
    const [wide] = rnn.padPackedSequence(packed, true, -1, 4);
    expect(wide.tolist()).toEqual([
      [1, 2, -1, -1],
      [3, -1, -1, -1],
      [4, 5, 6, -1],
    ]);
  });

  test("padding on either side, and its reverse", () => {
    const sequences = [torch.ones(2), torch.ones(3)];
    expect(rnn.padSequence(sequences, { batchFirst: true, paddingValue: 7 }).tolist()).toEqual([
      [1, 1, 7],
      [1, 1, 1],
    ]);
    const left = rnn.padSequence(sequences, { paddingSide: "left" });
    expect(left.tolist()).toEqual([
      [0, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(rnn.unpadSequence(left, [2, 3]).map((one) => one.tolist())).toEqual([
      [0, 1],
      [1, 1, 1],
    ]);
    expect(rnn.unpackSequence(rnn.packSequence(sequences, false)).map((one) => one.shape)).toEqual([[2], [3]]);
  });

  test("lengths that do not fit are errors", () => {
    const padded = torch.zeros(3, 2);
    expect(() => rnn.packPaddedSequence(padded, [1, 3])).toThrow(
      /packPaddedSequence: `lengths` array must be sorted in decreasing order.*\[1, 3\]/,
    );
    expect(() => rnn.packPaddedSequence(padded, [3, 0])).toThrow(/Length of all samples has to be greater than 0/);
    expect(() => rnn.packPaddedSequence(padded, [3, 1, 1])).toThrow(/equal to batch_size, but got 3 \(batch_size=2\)/);
    expect(() => rnn.padSequence([])).toThrow(/received an empty list of sequences/);
    expect(() => rnn.padPackedSequence(rnn.packSequence([torch.zeros(2)]), { totalLength: 1 })).toThrow(/total_length=1/);
  });
});

describe("arguments", () => {
  test("shapes and dtypes are checked", () => {
    const lstm = new nn.LSTM(2, 3);
    expect(() => lstm(torch.zeros(0, 1, 2))).toThrow(/LSTM: Expected sequence length to be larger than 0 in RNN/);
    expect(() => lstm(torch.zeros(2))).toThrow(/LSTM: Expected input to be 2D or 3D, got 1D/);
    expect(() => lstm(torch.zeros(1, 1, 3))).toThrow(/input.size\(-1\) must be equal to input_size. Expected 2, got 3/);
    expect(() => lstm(torch.zeros(1, 1, 2), [torch.zeros(1, 2, 3), torch.zeros(1, 1, 3)])).toThrow(
      /Expected hidden\[0\] size \(1, 1, 3\), got \[1, 2, 3\]/,
    );
    expect(() => lstm(torch.zeros(1, 1, 2, float64))).toThrow(/does not match weight dtype \(torch.float32\). Convert input/);
    expect(() => new nn.GRU(2, 3)(torch.zeros(1, 2), torch.zeros(1, 1, 3))).toThrow(
      /For unbatched 2-D input, hx should also be 2-D but got 3-D/,
    );
    expect(() => new nn.LSTM(2, 3, { projSize: 3 })).toThrow(/proj_size has to be smaller than hidden_size/);
    expect(() => new nn.RNNCell(2, 3)(torch.zeros(2, 3))).toThrow(/RNNCell: input has inconsistent input_size: got 3 expected 2/);
    expect(() => new nn.LSTMCell(2, 3)(torch.zeros(2, 2), [torch.zeros(2, 3), torch.zeros(3, 3)])).toThrow(
      /Input batch size 2 doesn't match hidden1 batch size 3/,
    );
    expect(lstm(torch.zeros(2, 0, 2))[0].shape).toEqual([2, 0, 3]);
  });

  test("layouts and dtypes", () => {
    torch.manualSeed(0);
    const options = { numLayers: 2, bidirectional: true } as const;
    const first = new nn.GRU(2, 3, { ...options, batchFirst: true });
    const second = new nn.GRU(2, 3, options);
    second.loadStateDict(first.stateDict());
    const input = torch.randn(4, 5, 2);
    const [output, hidden] = first(input);
    const [expected, last] = second(input.transpose(0, 1));
    expect(output.transpose(0, 1).equal(expected)).toBe(true);
    expect(hidden.equal(last)).toBe(true);
    expect(first.half()(input.half())[0].dtype).toBe(torch.float16);
    expect(first.allWeights.map((weights) => weights.length)).toEqual([4, 4, 4, 4]);
  });
});
