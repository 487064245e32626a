/** Hooks for what nodes save, and other things of `torch.autograd.graph`. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { graph } = torch.autograd;
const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });

describe("hooks", () => {
  test("pack sees what is saved, unpack what is read", () => {
    const [a, b] = [leaf([2, 3]), leaf([5, 7])];
    const log: string[] = [];
    const y = graph.savedTensorsHooks(
      (saved) => {
        log.push(`pack ${saved.tolist()} ${saved.requiresGrad}`);
        return saved.tolist();
      },
      (packed) => {
        log.push(`unpack ${packed}`);
        return torch.tensor(packed as number[]);
      },
      () => a.mul(b),
    );
    expect(log).toEqual(["pack 2,3 false", "pack 5,7 false"]);
    y.sum().backward();
    expect(log.slice(2)).toEqual(["unpack 2,3", "unpack 5,7"]);
    expect([a.grad?.tolist(), b.grad?.tolist()]).toEqual([
      [5, 7],
      [2, 3],
    ]);
    a.mul(b);
    expect(log.length).toBe(4);
  });

  test("nothing is packed without recording, or where the gradient reads nothing", () => {
    const fail = (): never => {
      throw new RangeError("packed");
    };
    using _ = graph.savedTensorsHooks(fail, fail);
    const a = leaf([2, 3]);
    torch.noGrad(() => a.mul(a));
    a.add(1).neg().clone().to(torch.float64).backward(torch.ones(2));
    expect(a.grad?.tolist()).toEqual([-1, -1]);
    expect(() => a.mul(a)).toThrow(RangeError);
  });

  test("every kind of operation goes through them", () => {
    class Cube extends torch.autograd.Function {
      static override forward(ctx: torch.autograd.FunctionContext, x: torch.Tensor): torch.Tensor {
        const out = x.pow(3);
        ctx.saveForBackward(x, out);
        return out;
      }
      static override backward(ctx: torch.autograd.FunctionContext, grad: torch.Tensor): torch.Tensor {
        const [x] = ctx.savedTensors;
        return grad.mul((x as torch.Tensor).square()).mul(3);
      }
    }
    const run = (x: torch.Tensor): torch.Tensor => {
      const h = torch.cat([Cube.apply(x), x.exp(), x.tanh()], 1);
      const product = h.mm(h.t()).cumprod(1).softmax(1);
      return torch.nn.functional.crossEntropy(product.clone().mul_(h.sum()), torch.tensor([0n, 1n])).add(torch.stack([x, x]).prod());
    };
    const grads = (call: typeof run): unknown => {
      const x = leaf([
        [0.5, 0.25],
        [-0.5, 1],
      ]);
      const [first] = torch.autograd.grad(call(x), [x], { createGraph: true }) as [torch.Tensor];
      const [second] = torch.autograd.grad(first.square().sum(), [x]) as [torch.Tensor];
      return [first.tolist(), second.tolist()];
    };
    let packs = 0;
    const hooked = grads((x) =>
      graph.savedTensorsHooks(
        (saved) => {
          packs++;
          return saved.clone();
        },
        (packed) => packed as torch.Tensor,
        () => run(x),
      ),
    );
    expect(hooked).toEqual(grads(run));
    expect(packs).toBeGreaterThan(10);
    expect(grads((x) => graph.saveOnCpu(() => run(x)))).toEqual(grads(run));
  });

  test("misuse is an error", () => {
    const a = leaf([2, 3]);
    expect(() =>
      graph.savedTensorsHooks(
        (saved) => saved.mul_(2),
        (packed) => packed as torch.Tensor,
        () => a.exp(),
      ),
    ).toThrow(/A saved tensor pack hook is modifying its input in place/);
    const y = graph.savedTensorsHooks(
      (saved) => saved,
      () => 3 as never,
      () => a.exp(),
    );
    expect(() => y.sum().backward()).toThrow(/the unpack hook must return a Tensor, not number/);
    expect(() => graph.disableSavedTensorsHooks("not here", () => graph.saveOnCpu())).toThrow(/savedTensorsHooks: not here/);
  });
});

describe("the graph", () => {
  test("edges", () => {
    const a = leaf([2, 3]);
    const [, second] = a.add(1).split(1);
    const edge = graph.getGradientEdge(second as torch.Tensor);
    expect([edge.node.name, edge.outputNr, edge.node.nextFunctions.map(([node]) => node?.name)]).toEqual([
      "SplitBackward0",
      1,
      ["AddBackward0"],
    ]);
    expect(graph.getGradientEdge(a).node.name).toBe("AccumulateGrad");
    expect(() => graph.getGradientEdge(a.detach())).toThrow(/does not require gradients/);
  });

  test("a version that was counted up is noticed", () => {
    const y = leaf([2]).exp();
    const z = y.mul(y);
    graph.incrementVersion(y);
    expect(() => z.backward()).toThrow(/modified by an inplace operation/);
  });

  test("hooks on several gradients", () => {
    const [a, b, c] = [leaf([1]), leaf([2]), leaf([3])];
    const seen: unknown[] = [];
    const all = graph.registerMultiGradHook([a, b, c], (grads) => seen.push(grads.map((grad) => grad?.item() ?? null)));
    const any = graph.registerMultiGradHook([a, b], (grad) => seen.push(grad.item()), "any");
    a.mul(b).mul(2).backward();
    expect(seen.length).toBe(2);
    expect(seen).toContainEqual([4, 2, null]);
    seen.length = 0;
    a.mul(b).mul(c).backward();
    expect(seen).toContainEqual([6, 3, 2]);
    seen.length = 0;
    torch.autograd.grad(a.mul(b).mul(c), [b]);
    expect(seen).toEqual([[null, 3, null], 3]);
    all.remove();
    any.remove();
    a.mul(b).backward();
    expect(seen.length).toBe(2);
  });
});
