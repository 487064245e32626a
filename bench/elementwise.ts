/** Operations element by element, reductions and rows: what memory and arithmetic cost beyond a call. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

type Call = () => unknown;

function over(n: number, call: (x: torch.Tensor, y: torch.Tensor) => unknown): () => Call {
  return () => {
    const x = torch.randn(n);
    const y = torch.randn(n);
    return () => call(x, y);
  };
}

const small = 10_000;
const large = 1_000_000;

export const elementwise: readonly Benchmark[] = [
  { name: "add_10k", title: "add of 10,000", target: 1, setup: over(small, (x, y) => x.add(y)) },
  { name: "exp_10k", title: "exp of 10,000", target: 1, setup: over(small, (x) => x.exp()) },
  { name: "gelu_10k", title: "gelu of 10,000", target: 1, setup: over(small, (x) => torch.nn.functional.gelu(x)) },
  { name: "tanh_10k", title: "tanh of 10,000", target: 1, setup: over(small, (x) => x.tanh()) },
  { name: "sum_10k", title: "sum of 10,000", target: 1, setup: over(small, (x) => x.sum()) },
  { name: "add_1m", title: "add of 1,000,000 into new memory", target: 0.5, setup: over(large, (x, y) => x.add(y)) },
  { name: "add_in_place_1m", title: "add_ of 1,000,000", target: 1, setup: over(large, (x, y) => x.add_(y)) },
  { name: "exp_1m", title: "exp of 1,000,000", target: 1, setup: over(large, (x) => x.exp()) },
  { name: "gelu_1m", title: "gelu of 1,000,000", target: 1, setup: over(large, (x) => torch.nn.functional.gelu(x)) },
  { name: "tanh_1m", title: "tanh of 1,000,000", target: 1, setup: over(large, (x) => x.tanh()) },
  { name: "sum_1m", title: "sum of 1,000,000", target: 1, setup: over(large, (x) => x.sum()) },
  { name: "relu_1m", title: "relu of 1,000,000", setup: over(large, (x) => x.relu()) },
  { name: "clamp_1m", title: "clamp of 1,000,000", setup: over(large, (x) => x.clamp(-1, 1)) },
  { name: "maximum_1m", title: "maximum of 1,000,000", setup: over(large, (x, y) => x.maximum(y)) },
  { name: "uniform_1m", title: "uniform_ of 1,000,000", setup: over(large, (x) => x.uniform_()) },
  { name: "bernoulli_1m", title: "bernoulli_ of 1,000,000", setup: over(large, (x) => x.bernoulli_(0.9)) },
  { name: "normal_1m", title: "normal_ of 1,000,000", least: 1, setup: over(large, (x) => x.normal_()) },
  {
    name: "softmax",
    title: "softmax of 512 rows of 1,000",
    target: 1,
    setup: () => {
      const x = torch.randn(512, 1000);
      return () => x.softmax(1);
    },
  },
  {
    name: "layer_norm",
    title: "layer norm of 512 rows of 1,000",
    target: 1,
    setup: () => {
      const x = torch.randn(512, 1000);
      const norm = new torch.nn.LayerNorm(1000);
      return () => torch.noGrad(() => norm(x));
    },
  },
  { name: "sort_1m", title: "sort of 1,000,000", target: 1, least: 1, setup: over(large, (x) => x.sort()) },
  {
    name: "index_select",
    title: "indexSelect of 20,000 rows of 64",
    target: 1,
    setup: () => {
      const table = torch.randn(50_000, 64);
      const rows = torch.randint(50_000, [20_000]);
      return () => table.indexSelect(0, rows);
    },
  },
];
