/** What `torch.onnx.export` writes: the file, names and dynamic sizes; and what it refuses, with reasons. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as torch from "flambeau";
import { afterAll, expect, test } from "vitest";
import { evaluate } from "./evaluate.js";
import { readModel } from "./reader.js";

const { nn } = torch;
const F = nn.functional;
type Tensor = torch.Tensor;

const folder = mkdtempSync(join(tmpdir(), "flambeau-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = (
  model: torch.onnx.Exportable,
  args: Tensor | readonly unknown[],
  options: torch.onnx.ExportOptions = {},
): torch.onnx.ONNXProgram => torch.onnx.export(model, args, null, options);

test("the file", () => {
  const path = join(folder, "model.onnx");
  const model = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU());
  const made = torch.onnx.export(model, torch.ones(1, 3), path, { inputNames: ["features"], outputNames: ["scores"] });
  expect(readdirSync(folder)).toEqual(["model.onnx"]);
  expect(Uint8Array.from(readFileSync(path))).toEqual(made.bytes);
  const read = readModel(made.bytes);
  expect([read.irVersion, read.opset, read.producer]).toEqual([8, 18, "flambeau"]);
  expect(read.inputs).toEqual([{ name: "features", dtype: torch.float32, shape: [1, 3] }]);
  expect(read.outputs).toEqual([{ name: "scores", dtype: torch.float32, shape: [1, 2] }]);
  expect(read.nodes.map(({ op, name, inputs, outputs }) => [op, name, inputs, outputs])).toEqual([
    ["Gemm", "/0/Gemm", ["features", "0.weight", "0.bias"], ["/0/Gemm_output_0"]],
    ["Relu", "/1/Relu", ["/0/Gemm_output_0"], ["scores"]],
  ]);
  expect(read.nodes[0]?.attributes).toEqual({ transB: 1 });
  expect(read.initializers.get("0.weight")?.tolist()).toEqual(model.stateDict()["0.weight"]?.tolist());
});

test("elements of every dtype, empty and 0-d tensors", () => {
  for (const dtype of [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int8,
    torch.uint8,
    torch.bool,
  ]) {
    const held = torch
      .tensor([
        [0, 1],
        [3, -2],
      ])
      .to(dtype);
    const made = readModel(program((x: Tensor) => [x.to(dtype).eq(held.t()), x], [torch.ones(2, 2)]).bytes);
    expect([...made.initializers.values()].some((one) => one.dtype === dtype && one.equal(held.t()))).toBe(true);
  }
  const [empty, number] = [torch.zeros(0, 2), torch.tensor(2.5)];
  const made = program((x: Tensor) => [torch.cat([x, empty]), x.mul(number)], [torch.ones(1, 2)]);
  expect(evaluate(made.bytes, [torch.ones(1, 2)]).map((one) => one.tolist())).toEqual([[[1, 1]], [[2.5, 2.5]]]);
});

test("outputs that are inputs, constants or the same value", () => {
  const fixed = torch.tensor([1, 2]);
  const made = program((x: Tensor) => [x, fixed, x.neg(), x.detach()], [torch.ones(2)], { outputNames: ["a", "b", "c", "d"] });
  expect(made.outputNames).toEqual(["a", "b", "c", "d"]);
  expect(evaluate(made.bytes, [torch.tensor([3, 4])]).map((one) => one.tolist())).toEqual([
    [3, 4],
    [1, 2],
    [-3, -4],
    [3, 4],
  ]);
  const twice = program(
    (x: Tensor) => {
      const y = x.exp();
      return [y, y];
    },
    [torch.zeros(2)],
  );
  expect(evaluate(twice.bytes, [torch.zeros(2)]).map((one) => one.tolist())).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test("names of inputs and dynamic sizes", () => {
  const model = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
  const args = [torch.ones(2, 3), torch.ones(3, 4)];
  expect(program(model, args).inputNames).toEqual(["input_0", "input_1"]);
  const byOrder = readModel(program(model, args, { dynamicShapes: [{ 0: "rows" }, null] }).bytes);
  expect([...byOrder.inputs, ...byOrder.outputs].map(({ shape }) => shape)).toEqual([
    ["rows", 3],
    [3, 4],
    ["rows", 4],
  ]);
  const byName = readModel(
    program(model, args, { inputNames: ["a", "b"], outputNames: ["c"], dynamicAxes: { a: [0], b: { [-1]: "columns" }, c: { 0: "n" } } })
      .bytes,
  );
  expect([...byName.inputs, ...byName.outputs].map(({ shape }) => shape)).toEqual([
    ["a_dynamic_axes_0", 3],
    [3, "columns"],
    ["n", "columns"],
  ]);
});

test("arguments that are no tensors, lists of tensors and options", () => {
  const model = (x: Tensor, [a, b]: readonly Tensor[], factor: number, { bias }: { bias: Tensor }): Tensor =>
    x
      .add(a as Tensor)
      .mul(b as Tensor)
      .mul(factor)
      .add(bias);
  const given = [torch.ones(2), [torch.ones(2), torch.tensor([2, 3])], 10, { bias: torch.ones(1) }];
  const made = program(model, given);
  expect(made.inputNames.length).toBe(4);
  expect(
    evaluate(
      made.bytes,
      [1, 2, 3, 4].map((n) => torch.full([n === 4 ? 1 : 2], n)),
    )[0]?.tolist(),
  ).toEqual([94, 94]);
});

test("the model stays as it was", () => {
  const model = new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2)).eval();
  const before = Object.entries(model.stateDict()).map(([name, tensor]) => [name, tensor.tolist()]);
  const x = torch.randn(3, 2, { requiresGrad: true });
  const held = x.tolist();
  program(model, x);
  expect(Object.entries(model.stateDict()).map(([name, tensor]) => [name, tensor.tolist()])).toEqual(before);
  expect([x.tolist(), x.grad, torch.isGradEnabled()]).toEqual([held, null, true]);
  expect(model(torch.zeros(1, 2)).requiresGrad).toBe(true);
});

test("constants are computed once", () => {
  const weight = torch.randn(3, 3);
  const made = readModel(program((x: Tensor) => x.matmul(weight.t().tril().add(1)).add(torch.arange(3).mul(2)), torch.ones(2, 3)).bytes);
  expect(made.nodes.map(({ op }) => op)).toEqual(["MatMul", "Cast", "Add"]);
});

const refuses = (
  message: RegExp,
  model: torch.onnx.Exportable,
  args: Tensor | readonly unknown[],
  options: torch.onnx.ExportOptions = {},
): void => {
  expect(() => program(model, args, options)).toThrow(message);
};

test("operations without counterpart are named with their module", () => {
  class Inner extends nn.Module<[x: Tensor], Tensor> {
    forward(x: Tensor): Tensor {
      return torch.linalg.svdvals(x);
    }
  }
  class Outer extends nn.Module<[x: Tensor], Tensor> {
    block = new nn.Sequential(new nn.ReLU(), new Inner());
    forward(x: Tensor): Tensor {
      return this.block(x) as Tensor;
    }
  }
  refuses(/^onnx\.export: there is no converter for linalg\.svdvals in block\.1;/, new Outer(), torch.randn(3, 3));
  refuses(/^onnx\.export: cannot convert lgamma: ONNX has no operator for lgamma$/, (x: Tensor) => x.lgamma(), torch.ones(2));
  expect(() =>
    program((x: Tensor) => {
      x.lgamma();
      return x.neg();
    }, torch.ones(2)),
  ).not.toThrow();
});

test("what depends on values is refused", () => {
  refuses(
    /^onnx\.export: in the model item\(\) reads a value that depends on the inputs/,
    (x: Tensor) => x.mul(x.sum().item()),
    torch.ones(3),
  );
  refuses(/item\(\) reads a value/, (x: Tensor) => (x.sum().item() > 2.5 ? x.neg() : x.exp().log()), torch.ones(3));
  refuses(/tolist\(\) reads a value/, (x: Tensor) => x.add(torch.tensor(x.tolist() as number[])), torch.ones(3));
  let runs = 0;
  refuses(/differs from run to run, but no operation on the inputs made it/, (x: Tensor) => x.add(torch.tensor([runs++])), torch.ones(3));
  refuses(
    /an argument of add depends on the inputs|cannot convert mul: its argument 'other' is/,
    (x: Tensor) => x.mul(runs++ + 0.5),
    torch.ones(3),
  );
  expect(() => program((x: Tensor) => x.mul(torch.arange(3).sum().item()), torch.ones(3))).not.toThrow();
  refuses(/cannot convert randn: it draws random numbers/, (x: Tensor) => x.add(torch.randn(3)), torch.ones(3));
});

test("training is refused", () => {
  refuses(
    /cannot convert dropout in 1: it is in training mode.*call model\.eval\(\) first/,
    new nn.Sequential(new nn.Linear(2, 2), new nn.Dropout()),
    torch.ones(1, 2),
  );
  const norm = new nn.BatchNorm1d(2);
  refuses(/cannot convert nativeBatchNorm: it is in training mode/, norm, torch.randn(4, 2));
  expect([norm.running_mean?.tolist(), norm.num_batches_tracked?.item()]).toEqual([[0, 0], 0]);
  class Counter extends nn.Module<[x: Tensor], Tensor> {
    count = new nn.Buffer(torch.zeros(1));
    forward(x: Tensor): Tensor {
      this.count.add_(1);
      return x.neg();
    }
  }
  const counter = new Counter();
  refuses(/the model writes 'count' while it runs/, counter, torch.ones(1));
  expect(counter.count.item()).toBe(0);
});

test("dynamic sizes that no operator computes are refused", () => {
  const dynamicAxes = { input: { 0: "n" } };
  refuses(
    /the operations that the model calls depend on the values or the sizes of its inputs \(it called .* in 3 runs; runs part at add\)/,
    (x: Tensor) => {
      let sum = x.select(0, 0);
      for (let i = 1; i < (x.shape[0] as number); i++) sum = sum.add(x.select(0, i));
      return sum;
    },
    torch.ones(3, 2),
    { dynamicAxes },
  );
  refuses(
    /depends on dynamic sizes of the inputs in a way that cannot be expressed: it was .* for n/,
    (x: Tensor) => torch.zeros(Math.ceil(Math.sqrt(x.shape[0] as number))).add(x.sum()),
    torch.ones(30, 2),
    { dynamicAxes },
  );
  refuses(/mat1 and mat2 shapes cannot be multiplied/, new nn.Linear(4, 2), torch.ones(2, 4), {
    dynamicAxes: { input: { 1: "features" } },
  });
});

test("arguments are checked", () => {
  const model = (x: Tensor): Tensor => x.neg();
  refuses(/opsetVersion must be from 18 to 23, got 17/, model, torch.ones(1), { opsetVersion: 17 });
  refuses(/the arguments have no tensor/, model, [1]);
  refuses(/2 inputNames are given \(a, b\), but there are 1 inputs/, model, torch.ones(1), { inputNames: ["a", "b"] });
  refuses(/inputNames repeat a name/, (x: Tensor, y: Tensor) => x.add(y), [torch.ones(1), torch.ones(1)], { inputNames: ["a", "a"] });
  refuses(/dynamicAxes names 'z', but the inputs are input and the outputs output/, model, torch.ones(1), { dynamicAxes: { z: [0] } });
  refuses(/Dimension out of range/, model, torch.ones(1), { dynamicAxes: { input: [3] } });
  refuses(/the dynamic size 'n' is 2 in one input and 3 in another/, (x: Tensor, y: Tensor) => [x, y], [torch.ones(2), torch.ones(3)], {
    dynamicShapes: [{ 0: "n" }, { 0: "n" }],
  });
  refuses(/the model gives a promise/, async (x: Tensor) => x, torch.ones(1));
  refuses(/there is no converter for fftC2c/, (x: Tensor) => torch.fft.fft(x).real, torch.ones(4));
  expect(() => torch.onnx.export(model, torch.ones(1), join(folder, "none", "model.onnx"))).toThrow(torch.SerializationError);
});

test("every version of the operators", () => {
  for (const [opsetVersion, irVersion] of [
    [18, 8],
    [20, 9],
    [21, 10],
    [23, 11],
  ] as const) {
    const made = program((x: Tensor) => F.gelu(x), torch.ones(2), { opsetVersion });
    const read = readModel(made.bytes);
    expect([made.opsetVersion, read.opset, read.irVersion]).toEqual([opsetVersion, opsetVersion, irVersion]);
    expect(read.nodes.some(({ op }) => op === "Gelu")).toBe(opsetVersion >= 20);
    expect(evaluate(made.bytes, [torch.ones(2)])[0]?.tolist()).toEqual([expect.closeTo(0.8413, 4), expect.closeTo(0.8413, 4)]);
  }
});
