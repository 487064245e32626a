/** ONNX's recurrent operators, step by step as the specification writes them. */

import * as torch from "flambeau";
import type { Operands } from "./evaluate.js";

type Tensor = torch.Tensor;

interface Weights {
  readonly w: readonly Tensor[];
  readonly r: readonly Tensor[];
  readonly wb: readonly Tensor[];
  readonly rb: readonly Tensor[];
}

type Step = (x: Tensor, h: Tensor, c: Tensor | null, weights: Weights) => readonly [h: Tensor, c: Tensor | null];

const gate = (i: number, x: Tensor, h: Tensor, { w, r, wb, rb }: Weights): Tensor =>
  x
    .mm((w[i] as Tensor).t())
    .add(h.mm((r[i] as Tensor).t()))
    .add(wb[i] as Tensor)
    .add(rb[i] as Tensor);

/** Gates i, o, f, c. */
const lstm: Step = (x, h, c, weights) => {
  const [i, o, f] = [0, 1, 2].map((n) => gate(n, x, h, weights).sigmoid()) as [Tensor, Tensor, Tensor];
  const next = f.mul(c as Tensor).add(i.mul(gate(3, x, h, weights).tanh()));
  return [o.mul(next.tanh()), next];
};

/** Gates z, r, h with `linear_before_reset`. */
const gru: Step = (x, h, _c, weights) => {
  const [z, r] = [0, 1].map((n) => gate(n, x, h, weights).sigmoid()) as [Tensor, Tensor];
  const ofState = h.mm((weights.r[2] as Tensor).t()).add(weights.rb[2] as Tensor);
  const ofInput = x.mm((weights.w[2] as Tensor).t()).add(weights.wb[2] as Tensor);
  const candidate = ofInput.add(r.mul(ofState)).tanh();
  return [z.neg().add(1).mul(candidate).add(z.mul(h)), null];
};

const elman =
  (f: (x: Tensor) => Tensor): Step =>
  (x, h, _c, weights) => [f(gate(0, x, h, weights)), null];

/** All states `[steps, 1, batch, hidden]`, then the last ones `[1, batch, hidden]`. */
export function recurrent(o: Operands): readonly Tensor[] {
  const { op } = o.node;
  const step =
    op === "LSTM"
      ? lstm
      : op === "GRU"
        ? gru
        : elman((x) => (o.attribute<readonly string[]>("activations", [])[0] === "Relu" ? x.relu() : x.tanh()));
  const gates = op === "LSTM" ? 4 : op === "GRU" ? 3 : 1;
  const part = (i: number): readonly Tensor[] =>
    o
      .at(i)
      .select(0, 0)
      .chunk(i === 3 ? 2 * gates : gates, 0);
  const biases = part(3);
  const weights: Weights = { w: part(1), r: part(2), wb: biases.slice(0, gates), rb: biases.slice(gates) };
  let h = o.at(5).select(0, 0);
  let c = o.maybe(6)?.select(0, 0) ?? null;
  const steps = o.at(0).unbind(0);
  const isReverse = o.attribute<string>("direction", "forward") === "reverse";
  const outputs: Tensor[] = [];
  for (const x of isReverse ? [...steps].reverse() : steps) {
    [h, c] = step(x, h, c, weights);
    outputs.push(h);
  }
  const ordered = isReverse ? outputs.reverse() : outputs;
  return [torch.stack(ordered).unsqueeze(1), h.unsqueeze(0), ...(c === null ? [] : [c.unsqueeze(0)])];
}
