/** Checkpointing: the same gradients, dropout that repeats, nesting, less memory, and errors where the second computation differs. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const { checkpoint, checkpointSequential, setCheckpointEarlyStop } = torch.utils.checkpoint;

type Forward = (x: torch.Tensor) => torch.Tensor;

/** The gradients of the input and of parameters, as text that shows every bit. */
function gradients(forward: Forward, params: readonly torch.Tensor[], shape: number[], retainGraph = false): string[] {
  torch.manualSeed(3);
  const x = torch.randn(shape, { requiresGrad: true });
  for (const param of params) param.grad = null;
  const out = forward(x);
  const loss = out.square().sum();
  if (retainGraph) loss.backward(null, true);
  loss.backward();
  return [out, x.grad, ...params.map((param) => param.grad)].map((tensor) => JSON.stringify(tensor?.tolist()));
}

const blocks: readonly (readonly [name: string, make: () => torch.nn.Module, shape: number[]])[] = [
  ["linear layers", () => new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 3)), [5, 4]],
  [
    "dropout",
    () => new nn.Sequential(new nn.Linear(4, 16), new nn.Dropout(0.5), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(16, 3)),
    [5, 4],
  ],
  [
    "convolutions",
    () => new nn.Sequential(new nn.Conv2d(2, 3, 3), new nn.GroupNorm(1, 3), new nn.ReLU(true), new nn.MaxPool2d(2)),
    [2, 2, 6, 6],
  ],
  ["an encoder layer", () => new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }), [2, 3, 8]],
  ["a recurrent layer", () => new First(new nn.LSTM(4, 5, { numLayers: 2, dropout: 0.3 })), [3, 2, 4]],
];

/** The first result of a module that has several. */
class First extends nn.Module {
  constructor(readonly inner: torch.nn.LSTM) {
    super();
  }

  forward(x: torch.Tensor): torch.Tensor {
    return this.inner(x)[0];
  }
}

describe("gradients are those without a checkpoint, to the last bit", () => {
  for (const [name, make, shape] of blocks) {
    for (const useReentrant of [false, true]) {
      for (const earlyStop of [true, false]) {
        if (useReentrant && !earlyStop) continue;
        test(`${name}, useReentrant ${useReentrant}, earlyStop ${earlyStop}`, () => {
          torch.manualSeed(1);
          const block = make() as torch.nn.Module & Forward;
          const params = [...block.parameters()];
          const plain = gradients((x) => block(x), params, shape);
          const state = torch.getRngState().tolist();
          expect(gradients((x) => checkpoint(block as Forward, x, { useReentrant, earlyStop }), params, shape)).toEqual(plain);
          expect(torch.getRngState().tolist()).toEqual(state);
        });
      }
    }
  }

  test("without preserveRngState dropout differs", () => {
    const drop = new nn.Dropout(0.5);
    const x = torch.ones(1000, { requiresGrad: true });
    const out = checkpoint((input: torch.Tensor) => drop(input.mul(x)), x, { preserveRngState: false });
    out.sum().backward();
    expect(
      out
        .detach()
        .eq(0)
        .equal((x.grad as torch.Tensor).eq(0)),
    ).toBe(false);
  });

  test("nested, and twice through a retained graph", () => {
    torch.manualSeed(1);
    const layers = [new nn.Linear(4, 4), new nn.Dropout(0.3), new nn.Linear(4, 4), new nn.Linear(4, 4)] as const;
    const params = layers.flatMap((layer) => [...layer.parameters()]);
    const inner: Forward = (x) => layers[1](layers[0](x).tanh()).mul(x);
    const plain: Forward = (x) => layers[3](layers[2](inner(x)).tanh()).sigmoid();
    const nested: Forward = (x) =>
      checkpoint((y: torch.Tensor) => checkpoint((z: torch.Tensor) => layers[3](layers[2](checkpoint(inner, z)).tanh()).sigmoid(), y), x);
    expect(gradients(nested, params, [2, 4], true)).toEqual(gradients(plain, params, [2, 4], true));
  });

  test("grad, double backward, several arguments and results", () => {
    const f = (a: torch.Tensor, scale: number, b: torch.Tensor): torch.Tensor[] => [a.mul(b).exp().mul(scale), a.mm(b).sin()];
    const second = (call: typeof f): unknown => {
      const a = torch.tensor([[0.1, 0.2], [0.3, 0.4]], { requiresGrad: true }); // biome-ignore format: a matrix
      const b = torch.tensor([[0.5, 0.6], [0.7, 0.8]], { requiresGrad: true }); // biome-ignore format: a matrix
      const [first, other] = call(a, 3, b) as [torch.Tensor, torch.Tensor];
      const [grad] = torch.autograd.grad(first.sum().add(other.sum()), [a], { createGraph: true }) as [torch.Tensor];
      return torch.autograd.grad(grad.square().sum(), [a, b]).map((one) => one?.tolist());
    };
    expect(second((a, scale, b) => checkpoint(f, a, scale, b))).toEqual(second(f));
  });

  test("autocast is as it was", () => {
    const layer = new nn.Linear(4, 4);
    const forward =
      (call: Forward): Forward =>
      (x) =>
        torch.autocast("cpu", () => call(x)).float();
    const params = [...layer.parameters()];
    const plain: Forward = (x) => layer(x).tanh();
    expect(
      gradients(
        forward((x) => checkpoint(plain, x)),
        params,
        [3, 4],
      ),
    ).toEqual(gradients(forward(plain), params, [3, 4]));
  });

  test("segments of a Sequential", () => {
    torch.manualSeed(1);
    const chain = new nn.Sequential(...Array.from({ length: 7 }, () => new nn.Sequential(new nn.Linear(4, 4), new nn.Tanh())));
    const params = [...chain.parameters()];
    const plain = gradients((x) => chain(x), params, [2, 4]);
    for (const segments of [1, 2, 3, 7]) expect(gradients((x) => checkpointSequential(chain, segments, x), params, [2, 4])).toEqual(plain);
    expect(() => checkpointSequential(chain, 8, torch.ones(1, 4))).toThrow(
      /checkpointSequential: 7 functions cannot be divided into 8 segments/,
    );
  });
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };

  test("what a checkpoint saves is gone until the backward pass", () => {
    const depth = 16;
    const body: Forward = (x) => {
      let y = x;
      for (let i = 0; i < depth; i++) y = y.sin().exp();
      return y;
    };
    const x = torch.full([1024, 256], 0.5, { requiresGrad: true });
    const bytes = x.numel() * 4;
    const measure = (forward: Forward): [kept: number, loss: torch.Tensor] => {
      const before = held();
      const loss = forward(x).sum();
      return [(held() - before) / bytes, loss];
    };
    const [plain, loss] = measure(body);
    const [checkpointed, other] = measure((input) => checkpoint(body, input));
    // Of every step the exponential keeps its result, which the next sine keeps as its input.
    expect(plain).toBeGreaterThan(depth - 1);
    expect(checkpointed).toBeLessThan(2);
    loss.backward();
    const wanted = (x.grad as torch.Tensor).clone();
    torch.noGrad(() => x.grad?.zero_());
    other.backward();
    expect(wanted.equal(x.grad as torch.Tensor)).toBe(true);
  });

  test("nested checkpoints keep nothing either", () => {
    const step: Forward = (x) => x.sin().exp().cos();
    const body: Forward = (x) => {
      let y = x;
      for (let i = 0; i < 8; i++) y = checkpoint(step, y);
      return y;
    };
    const x = torch.full([1024, 256], 0.5, { requiresGrad: true });
    const before = held();
    const loss = checkpoint(body, x).sum();
    expect((held() - before) / (x.numel() * 4)).toBeLessThan(2);
    loss.backward();
    expect(x.grad?.isfinite().all().item()).toBe(true);
  });
});

describe("errors", () => {
  const x = torch.ones(2, 3, { requiresGrad: true });

  test("another shape the second time", () => {
    let calls = 0;
    const out = checkpoint((input: torch.Tensor) => (calls++ === 0 ? input.exp() : input.select(0, 0).exp()), x);
    expect(() => out.sum().backward()).toThrow(
      /checkpoint: Recomputed values .* different metadata[\s\S]*position 0: saved shape \[2, 3\].*recomputed shape \[3\]/,
    );
  });

  test("another number of saved tensors", () => {
    for (const [first, second] of [
      [2, 1],
      [1, 2],
    ] as const) {
      let calls = 0;
      const repeat = (input: torch.Tensor): torch.Tensor => {
        let y = input;
        const count = calls++ === 0 ? first : second;
        for (let i = 0; i < count; i++) y = y.exp();
        return y;
      };
      const out = setCheckpointEarlyStop(false, () => checkpoint(repeat, x));
      expect(() => out.sum().backward()).toThrow(
        new RegExp(
          `checkpoint: A different number of tensors was saved during the original forward and recomputation: ${first} and ${second}`,
        ),
      );
    }
  });

  test("useReentrant does not work with grad", () => {
    const out = checkpoint((input: torch.Tensor) => input.exp(), x, { useReentrant: true });
    expect(() => torch.autograd.grad(out.sum(), [x])).toThrow(/checkpoint: When useReentrant is true, .*Set useReentrant to false/);
    const constant = checkpoint((input: torch.Tensor) => input.detach(), x, { useReentrant: true });
    expect(() => constant.sum().backward()).toThrow(/none of output has requires_grad/);
  });

  test("an error in the function passes, and nothing stays behind", () => {
    expect(() =>
      checkpoint((input: torch.Tensor) => {
        input.exp();
        throw new RangeError("inside");
      }, x),
    ).toThrow(RangeError);
    const y = x.exp();
    y.sum().backward();
    expect(x.grad?.equal(y.detach())).toBe(true);
  });

  test("a freed graph is freed", () => {
    const loss = checkpoint((input: torch.Tensor) => input.exp(), x).sum();
    loss.backward();
    expect(() => loss.backward()).toThrow(/backward through the graph a second time/);
  });
});
