/** Recurrent layers: the gates that come of the input, and the steps that follow, are one operator in ONNX. */

import { noGrad } from "../../../autograd/modes.js";
import { intercept } from "../../../tensor/dispatch.js";
import type { Tensor } from "../../../tensor/tensor.js";
import type { Attributes, Conversion, Converter } from "../conversion.js";
import { isValue, type Value } from "../program.js";
import { combine, type Size } from "../sizes.js";

/** What gates come of: `input · weightᵀ + bias`. */
interface Source {
  /** `[steps, batch, features]` */
  readonly input: string;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

const apart = <R>(callback: () => R): R => intercept(null, () => noGrad(callback));

const constantOf = (value: unknown): Tensor | null => (isValue(value) ? value.constant : null);

/** The linear map that made the gates, if there was one with known weights. */
function linearSource(c: Conversion, gates: Value): Source | null {
  if (gates.call?.record.kind !== "view") return null;
  const { call } = gates.call.args[0] as Value;
  if (call?.record.name !== "linear") return null;
  const [input, weight, bias] = call.args as readonly [Value, Value, Value | null];
  const known = constantOf(weight);
  if (known === null || known.shape.length !== 2 || (bias !== null && constantOf(bias) === null)) return null;
  const shape = [...gates.shape.slice(0, 2), input.shape[1] as Size];
  return { input: c.reshape(c.in(input), input.shape, shape), weight: known, bias: constantOf(bias) };
}

/** The gates themselves, through the identity. */
function identitySource(c: Conversion, gates: Value, like: Tensor): Source {
  const width = like.shape[0] as number;
  const one = apart(() => like.newZeros([width, width]).fillDiagonal_(1));
  return { input: c.in(gates), weight: one, bias: null };
}

/** The gates in ONNX's order, rows of a weight or elements of a bias. */
function ordered(tensor: Tensor, order: readonly number[]): Tensor {
  const parts = tensor.chunk(order.length, 0);
  const first = parts[0] as Tensor;
  const rows = order.map((gate) => (parts[gate] as Tensor).clone());
  return order.length === 1 ? first : rows.reduce((all, part) => joined(all, part));
}

/** Two tensors one below the other. */
function joined(a: Tensor, b: Tensor): Tensor {
  const [n, m] = [a.shape[0] as number, b.shape[0] as number];
  const all = a.newZeros([n + m, ...a.shape.slice(1)]);
  all.narrow(0, 0, n).copy_(a);
  all.narrow(0, n, m).copy_(b);
  return all;
}

interface Layer {
  readonly op: "LSTM" | "GRU" | "RNN";
  /** Which of the library's gates is each of ONNX's. */
  readonly order: readonly number[];
  readonly attributes: Attributes;
}

/** The results of the operator: all states `[steps, batch, hidden]`, then the last ones `[batch, hidden]`. */
function layer(c: Conversion, { op, order, attributes }: Layer): readonly string[] {
  const gates = c.value("gates");
  const hidden = constantOf(c.value("weight"));
  if (hidden === null) return c.fail("its weight is not a parameter but computed from inputs");
  const source = linearSource(c, gates) ?? identitySource(c, gates, hidden);
  const recurrentBias = c.has("bias") ? c.valueOrNull("bias") : null;
  const known = recurrentBias === null ? null : constantOf(recurrentBias);
  if (recurrentBias !== null && known === null) return c.fail("its bias is not a parameter but computed from inputs");
  const prefix = c.call.path === "" ? op : `${c.call.path}.${op}`;
  const store = (tensor: Tensor, name: string): string => c.graph.tensor(tensor.unsqueeze(0), `${prefix}.${name}`);
  const [weight, recurrent, bias] = apart(() => {
    const zeros = hidden.newZeros([hidden.shape[0] as number]);
    const biases = joined(ordered(source.bias ?? zeros, order), ordered(known ?? zeros, order));
    return [store(ordered(source.weight, order), "W"), store(ordered(hidden, order), "R"), store(biases, "B")] as const;
  });
  const initial = (name: string): string => c.unsqueeze(c.in(name), 0);
  const inputs = [source.input, weight, recurrent, bias, null, initial("hidden"), ...(op === "LSTM" ? [initial("cell")] : [])];
  const direction = c.flag("reverse") ? "reverse" : "forward";
  const given = { hidden_size: hidden.shape[1] as number, direction, ...attributes };
  const [states, ...last] = c.emitAll(op, inputs, given, op === "LSTM" ? 3 : 2);
  return [c.squeeze(states as string, 1), ...last.map((name) => c.squeeze(name, 0))];
}

/** ONNX gives the last cell state, not all: whoever selects that one has it. */
function bindLastCell(c: Conversion, name: string): void {
  const cells = c.call.outs[1];
  if (cells === null || cells === undefined) return;
  const steps = cells.shape[0] as Size;
  for (const user of c.users(cells)) {
    const [, dim, index] = user.args as readonly [Value, number, Size];
    const isSelect = user.record.name === "select" && dim === 0;
    const isLast = isSelect && combine([index, steps], (i, n) => Number(c.flag("reverse") ? i === 0 : i === n - 1)) === 1;
    if (!isLast) return c.fail("ONNX gives only the last cell state, not that of every step");
    c.graph.bind(user.outs[0] as Value, name);
  }
}

const elman =
  (activation: string): Converter =>
  (c) => {
    const [output] = layer(c, { op: "RNN", order: [0], attributes: { activations: [activation] } });
    return output as string;
  };

export const recurrent: Readonly<Record<string, Converter>> = {
  "primitive lstm": (c) => {
    // Gates: i, f, g, o here; i, o, f, c there.
    const [output, , cell] = layer(c, { op: "LSTM", order: [0, 3, 1, 2], attributes: {} });
    bindLastCell(c, cell as string);
    return [output as string, null, null];
  },
  "primitive gru": (c) => {
    // Gates: r, z, n here; z, r, h there.
    const [output] = layer(c, { op: "GRU", order: [1, 0, 2], attributes: { linear_before_reset: 1 } });
    return [output as string, null];
  },
  "primitive rnnTanh": elman("Tanh"),
  "primitive rnnRelu": elman("Relu"),
};
