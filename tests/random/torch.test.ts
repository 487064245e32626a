/** What PyTorch's functions return after `torch.manual_seed`, and the generators behind them. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { loadPart, type TensorJson } from "../golden/cases.js";

interface Row {
  readonly call: string;
  readonly seed: number;
  readonly out: readonly { readonly $tensor: TensorJson }[];
}

const functional = torch.nn.functional;
const float64 = { dtype: torch.float64 };

/** The calls of the file that are functions and methods; its rows of modules belong to `tests/nn`. */
const calls: Readonly<Record<string, () => readonly torch.Tensor[]>> = {
  "rand(3); rand(5)": () => [torch.rand(3), torch.rand([5])],
  "randn(3); randn(4)": () => [torch.randn(3), torch.randn(4)],
  "randn(16); randn(37); randn(100)": () => [torch.randn(16), torch.randn(37), torch.randn(100)],
  "randn(5, dtype=float64); randn(40, dtype=float64)": () => [torch.randn(5, float64), torch.randn([40], float64)],
  "rand(7, dtype=float64)": () => [torch.rand(7, float64)],
  "randint(0, 10, (12,)); randint(-5, 1000000, (6,))": () => [
    torch.randint(0, 10, [12]),
    torch.randint({ low: -5, high: 1000000, size: [6] }),
  ],
  "randperm(8); randperm(1); randperm(50)": () => [torch.randperm(8), torch.randperm(1), torch.randperm(50)],
  "empty(9).uniform_(-2, 3)": () => [torch.empty(9).uniform_(-2, 3)],
  "empty(6).normal_(1, 2); empty(20).normal_(1, 2)": () => [torch.empty(6).normal_(1, 2), torch.empty(20).normal_({ mean: 1, std: 2 })],
  "empty(6).exponential_(1.5)": () => [torch.empty(6).exponential_(1.5)],
  "bernoulli(full((40,), 0.3))": () => [torch.bernoulli(torch.full([40], 0.3))],
  "empty(40).bernoulli_(0.3)": () => [torch.empty(40).bernoulli_(0.3)],
  "nn.functional.dropout(ones(40), 0.3)": () => [functional.dropout(torch.ones(40), 0.3)],
  "multinomial(arange(1., 9.), 5); multinomial(arange(1., 9.), 12, True)": () => {
    const weights = torch.arange(1, 9, { dtype: torch.float32 });
    return [torch.multinomial(weights, 5), weights.multinomial(12, true)];
  },
};

function decoded({ dtype, shape, data }: TensorJson): torch.Tensor {
  const types: Readonly<Record<string, torch.DType>> = { float32: torch.float32, float64: torch.float64, int64: torch.int64 };
  return torch.tensor(data.map(Number), { dtype: types[dtype] ?? null }).reshape(shape);
}

describe("PyTorch's golden calls", () => {
  const rows = loadPart<readonly Row[]>("random").filter(({ call }) => call in calls);

  test.each(rows.map((row) => [row.call, row.seed, row] as const))("%s from seed %i", (call, seed, row) => {
    torch.manualSeed(seed);
    const drawn = calls[call]?.() ?? [];
    expect(drawn.length).toBe(row.out.length);
    drawn.forEach((tensor, i) => {
      const expected = decoded((row.out[i] as Row["out"][number]).$tensor);
      expect(tensor.dtype).toBe(expected.dtype);
      if (tensor.dtype === torch.float64) {
        // float64 normals depend on the C library's functions.
        expect(tensor.sub(expected).abs().max().item()).toBeLessThan(1e-14);
      } else expect(tensor.tolist()).toEqual(expected.tolist());
    });
  });
});

describe("generators", () => {
  test("equal seeds give equal streams, whatever the default generator does", () => {
    const generator = new torch.Generator().manualSeed(42);
    const first = torch.randn(3, { generator }).tolist();
    torch.manualSeed(42);
    expect(torch.randn(3).tolist()).toEqual(first);
    expect(torch.randn(3).tolist()).not.toEqual(first);
    expect(generator.initialSeed()).toBe(42);
    expect(new torch.Generator().initialSeed()).toBe(67280421310721);
  });

  test("states are taken and given back", () => {
    torch.manualSeed(7);
    torch.randn(3);
    const state = torch.getRngState();
    expect(state.dtype).toBe(torch.uint8);
    expect(state.shape).toEqual([5056]);
    const next = torch.randn(3).tolist();
    torch.setRngState(state);
    expect(torch.randn(3).tolist()).toEqual(next);
    expect(() => torch.setRngState(torch.zeros(3))).toThrow(/RNG state must be a torch.ByteTensor/);
  });

  test("a fork leaves the stream where it was", () => {
    torch.manualSeed(7);
    const state = torch.getRngState().tolist();
    torch.random.forkRng(() => torch.rand(100));
    expect(torch.getRngState().tolist()).toEqual(state);
  });

  test("seeds beyond 2^53 are bigints, and negative ones wrap", () => {
    expect(torch.manualSeed(-1).initialSeed()).toBe(2n ** 64n - 1n);
    expect(() => torch.manualSeed(0.5)).toThrow(/manualSeed/);
    expect(Number.isSafeInteger(torch.seed())).toBe(true);
  });

  test("tensors without data draw nothing", () => {
    torch.manualSeed(3);
    const state = torch.getRngState().tolist();
    expect(torch.randn(3, { device: "meta" }).shape).toEqual([3]);
    expect(torch.getRngState().tolist()).toEqual(state);
  });
});

describe("samples in place", () => {
  test("a leaf that requires grad may not be filled, a result may, and its gradient is zero", () => {
    const x = torch.ones(3, { requiresGrad: true });
    expect(() => x.uniform_()).toThrow(/leaf Variable/);
    const y = x.mul(2).uniform_();
    expect(y.requiresGrad).toBe(true);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([0, 0, 0]);
  });

  test("views are filled where they lie", () => {
    const x = torch.zeros(4, 6);
    x.t().narrow(0, 0, 2).uniform_(1, 2);
    expect(x.narrow(1, 2, 4).sum().item()).toBe(0);
    expect(x.narrow(1, 0, 2).ge(1).all().item()).toBe(true);
  });

  test("bounds are checked against the dtype", () => {
    expect(() => torch.empty(2, { dtype: torch.uint8 }).random_(0, 300)).toThrow(/random_.*out of bounds/);
    expect(() => torch.empty(2, { dtype: torch.int64 }).uniform_()).toThrow(/not implemented for 'Long'/);
    expect(() => torch.randint(5, 2, [3])).toThrow(/'from' to be less than 'to'/);
  });
});

describe("functions", () => {
  test("dropout of channels keeps or drops them whole", () => {
    const out = functional.dropout2d(torch.ones(2, 8, 3, 3), 0.5);
    const sums = out.sum([2, 3]);
    expect(sums.eq(0).logicalOr(sums.eq(18)).all().item()).toBe(true);
    expect(functional.dropout(out, 0.5, false)).toBe(out);
    expect(functional.dropout1d(torch.ones(4, 5), 0.5).shape).toEqual([4, 5]);
    expect(() => functional.dropout(out, 1.5)).toThrow(/dropout probability has to be between 0 and 1, but got 1.5/);
  });

  test("the randomised rectifier draws for negative elements only", () => {
    torch.manualSeed(42);
    const x = torch.tensor([-1, 2, -3, 4], { requiresGrad: true });
    const y = functional.rrelu(x, 0.25, 0.5, true);
    // PyTorch: torch.manual_seed(42); torch.nn.functional.rrelu(x, .25, .5, True)
    expect(y.tolist()).toEqual([-0.26453861594200134, 2, -0.7971826791763306, 4]);
    y.sum().backward();
    expect(x.grad?.index(1).item()).toBe(1);
  });

  test("counts are those of PyTorch", () => {
    torch.manualSeed(42);
    expect(torch.poisson(torch.tensor([0.5, 3, 12, 40])).tolist()).toEqual([0, 1, 18, 32]);
    torch.manualSeed(42);
    expect(torch.binomial(torch.tensor([10, 100, 5]), torch.tensor([0.5, 0.25, 0.9])).tolist()).toEqual([2, 16, 5]);
    torch.manualSeed(42);
    expect(torch.normal(torch.tensor([0, 10]), torch.tensor([1, 2])).tolist()).toEqual([0.33669036626815796, 10.25761890411377]);
    torch.manualSeed(42);
    expect(torch.empty(3, { dtype: torch.int32 }).random_().tolist()).toEqual([1608637542, 1273642419, 1935803228]);
  });
});
