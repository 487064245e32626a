/** Bad input gets an error that names the operation and the values, of the class that fits, and changes nothing. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

type Tensor = torch.Tensor;
type Failure = readonly [title: string, call: () => unknown, type: typeof torch.TorchError, message: string | RegExp];

const F = torch.nn.functional;
const a23 = torch.arange(6).reshape([2, 3]).to(torch.float32);
const a24 = torch.arange(8).reshape([2, 4]).to(torch.float32);
const a45 = torch.ones(4, 5);
const ints = torch.tensor([1n, 2n, 3n]);
const leaf = torch.tensor([1, 2, 3], { requiresGrad: true });
const watched: readonly Tensor[] = [a23, a24, a45, ints, leaf];
const before = JSON.stringify(watched.map((one) => [one.detach().tolist(), one.shape, one.requiresGrad]));

/** A call without the compiler's help, as JavaScript makes it. */
const loose = (f: (...args: never[]) => unknown, ...args: unknown[]): unknown => Reflect.apply(f, null, args);

const shapes: readonly Failure[] = [
  [
    "add",
    () => a23.add(a24),
    torch.ShapeError,
    "add: shapes [2, 3] and [2, 4] do not broadcast: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
  ],
  ["matmul", () => a23.matmul(a45), torch.ShapeError, /matmul: .*(2x3 and 4x5)/],
  ["mm", () => a23.mm(a45), torch.ShapeError, "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"],
  ["mm of a vector", () => a23.mm(leaf), torch.ShapeError, /mm: .*(1|\[3\])/],
  ["linear", () => F.linear(a23, a45), torch.ShapeError, /linear: .*\(2x3 and 5x4\)/],
  [
    "bmm",
    () => torch.ones(2, 3, 4).bmm(torch.ones(3, 4, 5)),
    torch.ShapeError,
    /bmm: Expected size for first two dimensions of batch2 tensor to be: \[2, 4\] but got: \[3, 4\]/,
  ],
  ["dot", () => leaf.dot(torch.ones(4)), torch.ShapeError, /dot: .*3.*4/],
  ["cat", () => torch.cat([a23, a45]), torch.ShapeError, /cat: .*(3|\[2, 3\]).*(5|\[4, 5\])/],
  ["cat of nothing", () => torch.cat([]), torch.TorchError, /cat: .*non-empty/],
  ["stack", () => torch.stack([a23, a24]), torch.ShapeError, /stack: .*\[2, 3\].*\[2, 4\]/],
  ["view", () => a23.view(4, 2), torch.ShapeError, "view: shape '[4, 2]' is invalid for input of size 6"],
  ["view of a transpose", () => a23.t().view(6), torch.ShapeError, /view: .*reshape/],
  ["reshape", () => a23.reshape([-1, 4]), torch.ShapeError, "reshape: shape '[-1, 4]' is invalid for input of size 6"],
  ["expand", () => a23.expand(2, 4), torch.ShapeError, /expand: .*4.*3/],
  [
    "in place",
    () => a23.add_(torch.ones(3, 2, 3)),
    torch.ShapeError,
    "add_: output with shape [2, 3] doesn't match the broadcast shape [3, 2, 3]",
  ],
  ["copy_", () => a23.copy_(a45), torch.ShapeError, /copy_?: .*\[4, 5\].*/],
  [
    "ragged arrays",
    () => torch.tensor([[1, 2], [3]]),
    torch.ShapeError,
    "tensor: nested arrays are ragged: expected sequence of length 2 at dim 1 (got 1 at data[1])",
  ],
  [
    "arrays of several depths",
    () => torch.tensor([1, [2]]),
    torch.ShapeError,
    "tensor: nested arrays are ragged: a number was expected at data[1], not an array",
  ],
  ["item of many", () => a23.item(), torch.ShapeError, "a Tensor with 6 elements cannot be converted to Scalar"],
  ["negative sizes", () => torch.zeros(2, -1), torch.TorchError, /zeros: .*-1/],
  [
    "squeeze of an absent dimension",
    () => a23.squeeze(2),
    torch.IndexError,
    "squeeze: Dimension out of range (expected to be in range of [-2, 1], but got 2)",
  ],
  ["transpose", () => a23.transpose(0, 2), torch.IndexError, /transpose: Dimension out of range .*got 2/],
  ["permute", () => a23.permute(0, 0), torch.TorchError, /permute: /],
];

const indices: readonly Failure[] = [
  ["index", () => a23.index(2), torch.IndexError, /index: .*2.*size 2/],
  ["index, too many", () => a23.index(0, 0, 0), torch.IndexError, /index: .*too many indices/],
  ["select", () => a23.select(1, 3), torch.IndexError, /select: .*3/],
  ["narrow", () => a23.narrow(1, 2, 2), torch.TorchError, /narrow: .*2.*2/],
  ["gather", () => a23.gather(1, torch.tensor([[3n]])), torch.IndexError, /gather: .*3/],
  ["gather with floats", () => a23.gather(1, torch.tensor([[1]])), torch.DTypeError, /gather: .*int64/],
  ["indexSelect", () => a23.indexSelect(0, torch.tensor([5n])), torch.IndexError, /indexSelect: .*5/],
  ["index with a tensor", () => a23.index(torch.tensor([7n])), torch.IndexError, /index: .*7/],
  ["index with a mask of another shape", () => a23.index(torch.tensor([true, false, true])), torch.IndexError, /index: .*mask.*\[3\]/],
  ["indexPut_", () => a23.indexPut_([torch.tensor([9n])], torch.tensor(1)), torch.IndexError, /indexPut_?: .*9/],
  [
    "sum over an absent dimension",
    () => a23.sum(2),
    torch.IndexError,
    "sum: Dimension out of range (expected to be in range of [-2, 1], but got 2)",
  ],
  ["argmax of nothing", () => torch.zeros(0).argmax(), torch.TorchError, /argmax: /],
  ["topk", () => a23.topk(4), torch.TorchError, /topk: .*range/],
  ["embedding", () => F.embedding(torch.tensor([10n]), a45), torch.IndexError, /embedding: .*10/],
];

const dtypes: readonly Failure[] = [
  [
    "integers that require grad",
    () => torch.tensor([1n], { requiresGrad: true }),
    torch.DTypeError,
    "Only Tensors of floating point and complex dtype can require gradients",
  ],
  [
    "integers written from floats",
    () => torch.tensor([1n, 2n, 3n]).add_(1.5),
    torch.DTypeError,
    "add_: result type Float can't be cast to the desired output type Long",
  ],
  ["bitwise on floats", () => a23.bitwiseAnd(a23), torch.DTypeError, /bitwiseAnd: .*(Float|float32)/],
  [
    "matmul of two dtypes",
    () => a23.matmul(torch.ones(3, 2, { dtype: torch.float64 })),
    torch.DTypeError,
    /matmul: .*(Float|float32).*(Double|float64)/,
  ],
  ["float class labels", () => F.crossEntropy(a23, torch.tensor([0, 1])), torch.TorchError, /crossEntropy: .*(int64|Long)/],
  ["labels out of range", () => F.crossEntropy(a23, torch.tensor([0n, 3n])), torch.IndexError, /crossEntropy: .*3/],
  ["a negative label", () => F.crossEntropy(a23, torch.tensor([0n, -1n])), torch.IndexError, /crossEntropy: .*-1/],
  [
    "out of another dtype",
    () => loose(torch.add, a23, 1.5, { out: torch.zeros(2, 3, { dtype: torch.int64 }) }),
    torch.DTypeError,
    "add: result type Float can't be cast to the desired output type Long",
  ],
  ["mean of integers", () => ints.mean(), torch.DTypeError, /mean: .*(int64|Long)/],
  ["not numbers", () => loose(torch.tensor, ["1"]), torch.ArgumentError, "tensor: could not infer dtype of string at data[0]"],
  ["null in an array", () => loose(torch.tensor, [1, null]), torch.ArgumentError, "could not infer dtype of null at data[1]"],
  [
    "NaN as an integer",
    () => torch.tensor([Number.NaN], { dtype: torch.int64 }),
    torch.DTypeError,
    "tensor: cannot convert NaN to an integer",
  ],
];

const args: readonly Failure[] = [
  [
    "an unknown keyword",
    () => loose(torch.sum, a23, { axis: 0 }),
    torch.ArgumentError,
    "sum() got an unexpected keyword argument 'axis'; it takes input, dim, keepdim, dtype",
  ],
  [
    "Python's spelling",
    () => loose(torch.zeros, 2, { requires_grad: true }),
    torch.ArgumentError,
    "zeros() got an unexpected keyword argument 'requires_grad'",
  ],
  ["a missing argument", () => loose(torch.add, a23), torch.ArgumentError, "add() missing required argument 'other' (position 2)"],
  [
    "an argument of another type",
    () => loose(torch.sum, a23, "0"),
    torch.ArgumentError,
    /sum\(\): argument 'dim' \(position 2\) must be int\[\] or null, not string '0'/,
  ],
  [
    "no tensor at all",
    () => loose(torch.matmul, [[1]], a23),
    torch.ArgumentError,
    /matmul\(\): argument 'input' \(position 1\) must be Tensor, not array of object/,
  ],
  ["too many arguments", () => loose(torch.exp, a23, 1), torch.ArgumentError, "exp() takes 1 positional argument but 2 were given"],
  ["one given twice", () => loose(torch.sum, a23, 0, { dim: 0 }), torch.ArgumentError, "sum() got multiple values for argument 'dim'"],
  ["a fractional dimension", () => a23.sum(0.5), torch.ArgumentError, /sum\(\): argument 'dim' .*0\.5/],
  [
    "an unknown device",
    () => torch.zeros(1, { device: "gpu" }),
    torch.ArgumentError,
    "Invalid device string: 'gpu'; expected one of cpu, cuda, webgpu, meta",
  ],
  ["an absent device", () => torch.zeros(1, { device: "cuda" }), torch.DeviceError, /cuda/],
  [
    "two devices",
    () => a23.add(torch.ones(3, { device: "meta" })),
    torch.DeviceError,
    "add: expected all tensors to be on the same device, but found at least two devices, cpu and meta",
  ],
  ["values of meta tensors", () => torch.ones(2, { device: "meta" }).tolist(), torch.DeviceError, /tolist\(\).*meta/],
  ["one value of a meta tensor", () => torch.ones(1, { device: "meta" }).item(), torch.DeviceError, /item\(\).*meta/],
  ["a fractional seed", () => torch.manualSeed(0.5), torch.ArgumentError, "manualSeed: a seed is an integer, 0.5 is not"],
  [
    "a seed of 65 bits",
    () => torch.manualSeed(2n ** 64n),
    torch.ArgumentError,
    "a seed lies in [-2^63, 2^64), 18446744073709551616 does not",
  ],
  ["dropout of more than everything", () => F.dropout(a23, 1.5), torch.ArgumentError, /dropout: .*1\.5/],
  ["multinomial of negative weights", () => torch.multinomial(torch.tensor([-1, 2]), 1), torch.TorchError, /multinomial: /],
];

const graphs: readonly Failure[] = [
  [
    "a leaf that requires grad, written",
    () => leaf.mul_(2),
    torch.AutogradError,
    "mul_: a leaf Variable that requires grad is being used in an in-place operation",
  ],
  ["a view of one", () => leaf.view(3).zero_(), torch.AutogradError, "zero_: a view of a leaf Variable that requires grad"],
  [
    "an expanded tensor, written",
    () => torch.ones(1).expand(3).add_(1),
    torch.AutogradError,
    "add_: unsupported operation: more than one element of the written-to tensor refers to a single memory location",
  ],
  [
    "backward of nothing recorded",
    () => a23.sum().backward(),
    torch.AutogradError,
    "element 0 of tensors does not require grad and does not have a grad_fn",
  ],
  [
    "backward of many",
    () => leaf.mul(2).backward(),
    torch.AutogradError,
    "grad can be implicitly created only for scalar outputs, not for one of shape [3]",
  ],
  [
    "out while recording",
    () => loose(torch.add, leaf, 1, { out: torch.zeros(3) }),
    torch.AutogradError,
    "functions with out=... arguments don't support automatic differentiation",
  ],
  [
    "backward through a freed graph",
    () => {
      const y = leaf.mul(leaf).sum();
      torch.autograd.grad(y, leaf);
      torch.autograd.grad(y, leaf);
    },
    torch.AutogradError,
    "Trying to backward through the graph a second time",
  ],
  [
    "backward through a modified one",
    () => {
      const y = leaf.exp();
      y.add_(1);
      torch.autograd.grad(y.sum(), leaf);
    },
    torch.AutogradError,
    "modified by an inplace operation: [torch.FloatTensor [3]], which is output 0 of",
  ],
];

for (const [group, failures] of Object.entries({ shapes, indices, dtypes, args, graphs })) {
  describe(group, () => {
    for (const [title, call, type, message] of failures) {
      test(title, () => {
        expect(call).toThrow(message);
        expect(call).toThrow(type);
        expect(JSON.stringify(watched.map((one) => [one.detach().tolist(), one.shape, one.requiresGrad]))).toBe(before);
        expect([leaf.grad, torch.isGradEnabled()]).toEqual([null, true]);
      });
    }
  });
}

describe("what is not an error", () => {
  test("NaN labels make a NaN loss, and NaN gradients", () => {
    const x = torch.tensor([1, 2], { requiresGrad: true });
    const loss = F.mseLoss(x, torch.tensor([Number.NaN, 2]));
    loss.backward();
    expect([loss.item(), x.grad?.tolist()]).toEqual([Number.NaN, [Number.NaN, 0]]);
  });

  test("division by zero of floats", () => {
    expect(torch.tensor([1, -1, 0]).div(0).tolist()).toEqual([Infinity, -Infinity, Number.NaN]);
  });

  test("numbers too large for a dtype become infinite, or wrap", () => {
    expect(torch.tensor([1e300]).item()).toBe(Infinity);
    expect(torch.tensor([1e6], { dtype: torch.float16 }).item()).toBe(Infinity);
  });
});

describe("state dicts that do not fit", () => {
  test("change no parameter", () => {
    const model = new torch.nn.Linear(2, 1);
    const values = (): string =>
      JSON.stringify(model.parameters === undefined ? [] : [...model.parameters()].map((param) => param.detach().tolist()));
    const kept = values();
    const weight = torch.ones(1, 2);
    const load = (dict: Record<string, Tensor>) => () => Reflect.apply(model.loadStateDict, model, [dict]);
    expect(load({ weight })).toThrow(/bias/);
    expect(load({ weight, bias: torch.ones(1), scale: torch.ones(1) })).toThrow(/scale/);
    expect(load({ weight: torch.ones(2, 2), bias: torch.ones(1) })).toThrow(/weight.*\[2, 2\].*\[1, 2\]/);
    expect(values()).toBe(kept);
  });
});
