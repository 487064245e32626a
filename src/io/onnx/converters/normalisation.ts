/** Normalisation. */

import { type Conversion, type Converter, computable, float } from "../conversion.js";
import type { Value } from "../program.js";
import { combine, productOf, type Size } from "../sizes.js";
import { variance } from "./reduction.js";

/** A weight or a bias, or the number that stands for it, as a vector or in another shape. */
function vectorOr(c: Conversion, value: Value | null, otherwise: number, shape: readonly Size[]): string {
  if (value !== null) return c.in(value);
  return c.expand(c.graph.scalar(otherwise, c.value("input").dtype), [], shape);
}

const layerNorm: Converter = (c) => {
  const { dtype, shape } = c.value("input");
  const sizes = c.sizes("normalizedShape");
  const compute = computable(dtype);
  const [weight, bias] = [c.valueOrNull("weight"), c.valueOrNull("bias")];
  const scale = weight === null ? c.expand(c.graph.scalar(1, compute), [], sizes) : c.as(weight, compute);
  const inputs = [c.as(c.value("input"), compute), scale, bias === null ? null : c.as(bias, compute)];
  const attributes = { axis: shape.length - sizes.length, epsilon: float(c.number("eps")) };
  const needsStatistics = c.isUsed(1) || c.isUsed(2);
  const [out, ...statistics] = c.emitAll("LayerNormalization", inputs, attributes, needsStatistics ? 3 : 1);
  return [c.graph.cast(out as string, compute, dtype), statistics[0] ?? null, statistics[1] ?? null];
};

/** Normalises channels by the statistics of the batch, as PyTorch does where there are no running ones. */
function byBatch(c: Conversion, input: Value, weight: Value | null, bias: Value | null): string {
  const rank = input.shape.length;
  const dims = input.shape.map((_, d) => d).filter((d) => d !== 1);
  const { value, mean } = variance(c, input, dims, 0, true);
  const { dtype } = input;
  const root = c.emit("Sqrt", [c.emit("Add", [value, c.graph.scalar(c.number("eps"), dtype)])]);
  let name = c.emit("Div", [c.emit("Sub", [c.in(input), mean]), root]);
  const across = (vector: Value): string => c.emit("Reshape", [c.in(vector), c.graph.ints([-1, ...new Array<number>(rank - 2).fill(1)])]);
  if (weight !== null) name = c.emit("Mul", [name, across(weight)]);
  return bias === null ? name : c.emit("Add", [name, across(bias)]);
}

const batchNorm: Converter = (c) => {
  const input = c.value("input");
  const [weight, bias, mean, variances] = ["weight", "bias", "runningMean", "runningVar"].map((name) => c.valueOrNull(name));
  if (c.flag("training")) {
    if (mean !== null || variances !== null)
      return c.fail("it is in training mode and updates its running statistics; call model.eval() first");
    return [byBatch(c, input, weight ?? null, bias ?? null), null, null];
  }
  const channels = [input.shape[1] as Size];
  const inputs = [c.in(input), vectorOr(c, weight ?? null, 1, channels), vectorOr(c, bias ?? null, 0, channels)];
  const statistics = [mean, variances].map((one) => c.in(one as Value));
  return [c.emit("BatchNormalization", [...inputs, ...statistics], { epsilon: float(c.number("eps")) }), null, null];
};

/** Each of the groups as a channel of its own, without weight; then weight and bias by channel. */
const groupNorm: Converter = (c) => {
  const input = c.value("input");
  const { dtype, shape } = input;
  const [groups, channels] = [c.number("group"), shape[1] as Size];
  const each = combine([productOf([channels, ...shape.slice(2)])], (n) => n / groups);
  const lines = c.reshape(c.in(input), shape, [shape[0] as Size, groups, each]);
  const all = (value: number): string => c.expand(c.graph.scalar(value, dtype), [], [groups]);
  const normal = c.emit("InstanceNormalization", [lines, all(1), all(0)], { epsilon: float(c.number("eps")) });
  let name = c.emit("Reshape", [normal, c.shape(shape)]);
  const across = (vector: Value): string => c.unsqueeze(c.in(vector), ...shape.slice(2).map((_, i) => i + 1));
  const [weight, bias] = [c.valueOrNull("weight"), c.valueOrNull("bias")];
  if (weight !== null) name = c.emit("Mul", [name, across(weight)]);
  if (bias !== null) name = c.emit("Add", [name, across(bias)]);
  return [name, null, null];
};

/** Statistics of every sample and channel by itself. */
const instanceNorm: Converter = (c) => {
  const input = c.value("input");
  const channels = [input.shape[1] as Size];
  const [weight, bias] = [c.valueOrNull("weight"), c.valueOrNull("bias")];
  const epsilon = float(c.number("eps"));
  if (c.flag("useInputStats")) {
    if (c.valueOrNull("runningMean") !== null)
      return c.fail("it is in training mode and updates its running statistics; call model.eval() first");
    const inputs = [c.in(input), vectorOr(c, weight, 1, channels), vectorOr(c, bias, 0, channels)];
    return c.emit("InstanceNormalization", inputs, { epsilon });
  }
  const inputs = [c.in(input), vectorOr(c, weight, 1, channels), vectorOr(c, bias, 0, channels), c.in("runningMean"), c.in("runningVar")];
  return c.emit("BatchNormalization", inputs, { epsilon });
};

export const normalisation: Readonly<Record<string, Converter>> = {
  "primitive nativeLayerNorm": layerNorm,
  "primitive nativeBatchNorm": batchNorm,
  "primitive nativeGroupNorm": groupNorm,
  "composite instanceNorm": instanceNorm,
};
