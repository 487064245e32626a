/** Products of matrices and convolutions on whole batches. */

import type { Tensor } from "../../tensor/tensor.js";
import type { Batching, Rule } from "./rules.js";
import { named } from "./tree.js";

/** A product by NumPy's rules, of operands that are matrices in a sample. */
const matrices =
  (first: string, second: string): Rule =>
  (call) =>
    call.value(first).matmul(call.value(second));

/** A vector of a sample as a matrix of one column. */
const column = (call: Batching, name: string): Tensor => call.value(name).unsqueeze(-1);

/** `beta·input + alpha·product`. */
const added =
  (first: string, second: string): Rule =>
  (call) => {
    const product = call.value(first).matmul(call.value(second));
    const [alpha, beta] = [call.arg("alpha"), call.arg("beta")] as [number, number];
    const scaled = alpha === 1 ? product : product.mul(alpha);
    if (beta === 0) return scaled;
    const [input] = call.aligned([call.arg("input"), call.arg(first)]) as [Tensor];
    return scaled.add(beta === 1 ? input : input.mul(beta));
  };

const linear: Rule = (call) => {
  const input = call.sample("input");
  const bias = call.arg("bias");
  if (!call.isBatched("weight") && !(bias !== null && call.isBatched("bias"))) {
    const rows = call.value("input");
    return call.run({ input: rows });
  }
  // Each sample has a matrix of its own: rows as matrices of one batch.
  const rank = input.shape.length;
  const inner = input.shape[rank - 1] as number;
  const rows = call.full("input").reshape([call.level.size, input.count / Math.max(inner, 1), inner]);
  const product = rows.matmul(call.full("weight").transpose(1, 2));
  const features = product.shape[2] as number;
  const shaped = product.reshape([call.level.size, ...input.shape.slice(0, -1), features]);
  if (bias === null) return shaped;
  const [vector] = call.aligned([bias, input]) as [Tensor];
  return shaped.add(vector);
};

/** A convolution: batches of inputs as one, batches of weights as groups. */
const conv: Rule = (call) => {
  const { size } = call.level;
  const bias = call.arg("bias");
  const input = call.sample("input");
  const [count, channels] = input.shape as [number, number];
  const hasBias = bias !== null && call.isBatched("bias");
  if (!call.isBatched("weight") && !hasBias) {
    const folded = call.value("input").reshape([size * count, ...input.shape.slice(1)]);
    const out = call.run({ input: folded }) as Tensor;
    return out.reshape([size, count, ...out.shape.slice(1)]);
  }
  const weight = call.full("weight");
  const grouped = call
    .full("input")
    .transpose(0, 1)
    .reshape([count, size * channels, ...input.shape.slice(2)]);
  const changes = {
    input: grouped,
    weight: weight.reshape([size * (weight.shape[1] as number), ...weight.shape.slice(2)]),
    bias: bias === null ? null : call.full("bias").reshape([-1]),
    groups: (call.arg("groups") as number) * size,
  };
  const out = call.run(changes) as Tensor;
  return out.reshape([count, size, (out.shape[1] as number) / size, ...out.shape.slice(2)]).transpose(0, 1);
};

/** Pools of `[N, C, …]`: the batch joins N. */
const pool: Rule = (call) => {
  const input = call.sample("input");
  if (!call.isOnly("input")) return null;
  const { size } = call.level;
  const result = call.run({ input: call.value("input").reshape([size * (input.shape[0] as number), ...input.shape.slice(1)]) });
  const unfold = (out: Tensor): Tensor => out.reshape([size, input.shape[0] as number, ...out.shape.slice(1)]);
  if (!Array.isArray(result)) return unfold(result as Tensor);
  return named(
    result,
    result.map((out) => unfold(out as Tensor)),
  );
};

/** The loss of labels; where elements have weights, or labels count for nothing, each sample has a mean of its own. */
const nllLoss: Rule = (call) => {
  const [input, target] = [call.sample("input"), call.sample("target")];
  if (call.arg("weight") !== null || input.shape.length !== 2 || target.shape.length !== 1) return null;
  const { size } = call.level;
  const labels = call.full("target");
  const [losses] = call.run({
    input: call.full("input").reshape([-1, input.shape[1] as number]),
    target: labels.reshape([-1]),
    reduction: "none",
  }) as readonly [Tensor, Tensor];
  const each = losses.reshape([size, target.shape[0] as number]);
  const total = labels
    .ne(call.arg("ignoreIndex") as number)
    .sum(1)
    .to(each.dtype);
  const reduction = call.arg("reduction");
  return [reduction === "none" ? each : reduction === "sum" ? each.sum(1) : each.sum(1).div(total), total];
};

export const productRules: Readonly<Record<string, Rule>> = {
  mm: matrices("input", "mat2"),
  bmm: (call) => call.full("input").matmul(call.full("mat2")),
  mv: (call) => call.value("input").matmul(column(call, "vec")).squeeze(-1),
  dot: (call) => call.value("input").mul(call.value("tensor")).sum(-1),
  addmm: added("mat1", "mat2"),
  baddbmm: (call) => added("batch1", "batch2")(call),
  linear,
  conv,
  maxPool: pool,
  avgPool: pool,
  nllLoss,
};
