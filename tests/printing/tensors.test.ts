/** What real tensors, parameters, sizes, devices, dtypes and optimisers print, against PyTorch's text. */

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Json, loadPart } from "../golden/cases.js";
import { makeTensor, tensorJson } from "../golden/decode.js";

interface Row {
  readonly python: string;
  readonly tensor: Json;
  readonly text: string;
}

const { float64, uint8 } = torch;
const { nan, inf } = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY };

/** The expressions of the file without random numbers, by what Python calls them. */
const built: Readonly<Record<string, () => unknown>> = {
  "torch.tensor(42)": () => torch.tensor(42n),
  "torch.tensor(3.5)": () => torch.tensor(3.5),
  "torch.tensor([1, 2, 3])": () => torch.tensor([1n, 2n, 3n]),
  "torch.tensor([1., 2., 3.])": () => torch.tensor([1, 2, 3]),
  "torch.zeros(2, 3)": () => torch.zeros(2, 3),
  "torch.full((2, 3), 5.)": () => torch.full([2, 3], 5, { dtype: torch.float32 }),
  "torch.tensor([[1, 2, 3], [4, 5, 6]]).float()": () =>
    torch
      .tensor([
        [1n, 2n, 3n],
        [4n, 5n, 6n],
      ])
      .to(torch.float32),
  "torch.tensor([True, False])": () => torch.tensor([true, false]),
  "torch.zeros(0)": () => torch.zeros(0),
  "torch.zeros(2, 0, 3)": () => torch.zeros(2, 0, 3),
  "torch.tensor([1., 2., 3.], dtype=torch.float64)": () => torch.tensor([1, 2, 3], { dtype: float64 }),
  "torch.tensor([[0, 255]], dtype=torch.uint8)": () => torch.tensor([[0, 255]], { dtype: uint8 }),
  "torch.tensor([1.5, float('nan'), float('inf'), -float('inf')])": () => torch.tensor([1.5, nan, inf, -inf]),
  "torch.tensor([1e10, 1., 1e-10])": () => torch.tensor([1e10, 1, 1e-10]),
  "torch.tensor([4.2460e+13, 4.5911e-41, 0.])": () => torch.tensor([4.246e13, 4.5911e-41, 0]),
  "torch.tensor([1e-8, 1.])": () => torch.tensor([1e-8, 1]),
  "torch.tensor([100000., 1.])": () => torch.tensor([100000, 1]),
  "torch.tensor([12345678., 1.])": () => torch.tensor([12345678, 1]),
  "torch.arange(2000)": () => torch.arange(2000),
  "torch.arange(2000.).view(2, 1000)": () => torch.arange(2000, { dtype: torch.float32 }).view(2, 1000),
  "torch.arange(10000.).view(100, 100)": () => torch.arange(10000, { dtype: torch.float32 }).view(100, 100),
  "torch.eye(3)": () => torch.eye(3),
  "-torch.arange(5)": () => torch.arange(5).neg(),
  "torch.tensor([-1., 2., -3.])": () => torch.tensor([-1, 2, -3]),
  "torch.tensor(-0.0)": () => torch.tensor(-0),
  "torch.tensor([0.1 + 0.2], dtype=torch.float64)": () => torch.tensor([0.1 + 0.2], { dtype: float64 }),
  "torch.tensor([999999., 0.5])": () => torch.tensor([999999, 0.5]),
  "torch.tensor([1000.5, 2.25])": () => torch.tensor([1000.5, 2.25]),
  "torch.arange(1200).view(3, 20, 20)": () => torch.arange(1200).view(3, 20, 20),
  "torch.ones(2, 2).requires_grad_() * 2": () => torch.ones(2, 2).requiresGrad_().mul(2),
  "(torch.ones(2, 2).requires_grad_() @ torch.ones(2, 2)).sum()": () => torch.ones(2, 2).requiresGrad_().matmul(torch.ones(2, 2)).sum(),
  "torch.nn.Parameter(torch.ones(2))": () => new torch.nn.Parameter(torch.ones(2)),
  "torch.ones(3).requires_grad_().relu()": () => torch.ones(3).requiresGrad_().relu(),
  "torch.nn.functional.linear(torch.ones(1, 2), torch.ones(3, 2, requires_grad=True), torch.ones(3))": () =>
    torch.nn.functional.linear(torch.ones(1, 2), torch.ones(3, 2, { requiresGrad: true }), torch.ones(3)),
  "torch.ones(2, requires_grad=True).exp().mean()": () => torch.ones(2, { requiresGrad: true }).exp().mean(),
};

/** Random tensors are stored; what the text says of the graph is in the expression. */
function stored({ python, tensor }: Row): torch.Tensor {
  const json = tensorJson(tensor);
  if (json === null) throw new Error(`nobody has built ${python}`);
  const made = makeTensor(json);
  return python.endsWith(".requires_grad_()") ? made.requiresGrad_() : made;
}

const rows = loadPart<readonly Row[]>("printing");

test.each(rows)("$python", (row) => {
  const value = built[row.python]?.() ?? stored(row);
  expect(String(value)).toBe(row.text);
  expect(inspect(value)).toBe(row.text);
});

test("every expression without random numbers was built", () => {
  const missing = rows.filter(({ python }) => !(python in built) && !python.startsWith("torch.randn"));
  expect(missing).toEqual([]);
});

describe("layouts do not show", () => {
  const base = torch.arange(12).view(3, 4);
  test.each<[string, torch.Tensor, torch.Tensor]>([
    ["a transpose", base.t(), base.t().contiguous()],
    ["every other column", base.index(":", "::2"), base.index(":", "::2").clone()],
    ["a broadcast row", base.select(0, 1).expand(2, 4), base.select(0, 1).expand(2, 4).clone()],
    ["one element", base.select(0, 1).select(0, 2), torch.tensor(6n)],
  ])("%s", (_, view, dense) => {
    expect(String(view)).toBe(String(dense));
  });
});

describe("texts of other things", () => {
  const texts = new Map(
    loadPart<readonly { readonly python: string; readonly text: string }[]>("reprs").map(({ python, text }) => [python, text]),
  );

  test("sizes, devices, dtypes", () => {
    expect(String(torch.zeros(2, 3).size())).toBe(texts.get("torch.Size([2, 3])"));
    expect(torch.Device.of("cuda:0").repr()).toBe(texts.get("torch.device('cuda:0')"));
    expect(String(torch.Device.of("cuda:0"))).toBe("cuda:0");
    expect(String(torch.float32)).toBe(texts.get("torch.float32"));
    expect([inspect(torch.zeros(2, 3).size()), inspect(torch.float32)]).toEqual(["torch.Size([2, 3])", "torch.float32"]);
  });

  test("meta tensors show no values", () => {
    expect(String(torch.empty(2, 3, { device: "meta" }))).toBe("tensor(..., device='meta', size=(2, 3))");
    expect(String(torch.empty(2, { device: "meta", requiresGrad: true }))).toBe(
      "tensor(..., device='meta', size=(2,), requires_grad=True)",
    );
  });

  test("complex tensors", () => {
    expect(String(torch.tensor([new torch.Complex(1, 2), new torch.Complex(0.5, -1)]))).toBe("tensor([1.0000+2.j, 0.5000-1.j])");
  });

  test("views name their node", () => {
    const x = torch.ones(2, 2, { requiresGrad: true });
    expect(String(x.select(0, 0))).toBe("tensor([1., 1.], grad_fn=<SelectBackward0>)");
    expect(String(x.clone().select(0, 0).mul_(2))).toBe("tensor([2., 2.], grad_fn=<AsStridedBackward0>)");
  });
});
