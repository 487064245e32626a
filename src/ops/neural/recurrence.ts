/**
 * Recurrent layers over whole sequences: in each step one product of matrices and one pointwise kernel, forward and backward; the weight takes
 * its gradient in one product over all steps.
 */

import { ShapeError } from "../../core/errors.js";
import { formatShape, type Shape, sameShape } from "../../core/shape.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { type Blockwise, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { product, transposed } from "../matrix/factors.js";
import { stack } from "../shape/joining.js";
import { gruUnit, lstmUnit, reluUnit, tanhUnit } from "./cells.js";

/** The sizes of a sequence of gates `[steps, batch, gates · hidden]`. */
interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
}

function sizesOf(op: string, gates: Tensor, state: Tensor, weight: Tensor, count: number): Sizes {
  const [batch, hidden] = state.shape as [number, number];
  const steps = gates.shape[0] as number;
  const wanted: readonly (readonly [string, Tensor, Shape])[] = [
    ["gates", gates, [steps, batch, count * hidden]],
    ["weight", weight, [count * hidden, hidden]],
  ];
  for (const [name, tensor, shape] of wanted) {
    if (!sameShape(tensor.shape, shape))
      throw new ShapeError(`${op}: expected ${name} of shape ${formatShape(shape)}, got ${formatShape(tensor.shape)}`);
  }
  return { steps, batch, hidden };
}

/** One step of a sequence, for kernels: outside of the graph. */
function at(sequence: Tensor, step: number): Tensor {
  const shape = sequence.shape.slice(1);
  const strides = sequence.strides.slice(1);
  return tensorOver(sequence.storage, shape, strides, sequence.offset + step * (sequence.strides[0] as number), sequence.dtype);
}

/** Memory for `width` numbers in each step for each sequence. */
function sequence(like: Tensor, { steps, batch, hidden }: Sizes, blocks: number): Tensor {
  return emptyOn(like.storage.backend, [steps, batch, blocks * hidden], like.dtype);
}

/** The order in which steps are taken, and the step before each; below 0 or beyond the last it is the initial state. */
function* order(steps: number, reverse: boolean): Generator<readonly [step: number, before: number]> {
  if (reverse) for (let t = steps - 1; t >= 0; t--) yield [t, t + 1];
  else for (let t = 0; t < steps; t++) yield [t, t - 1];
}

/** The state before a step. */
const stateAt = (states: Tensor, initial: Tensor, before: number): Tensor =>
  before < 0 || before >= (states.shape[0] as number) ? initial : states.select(0, before);

const plus = (a: Tensor | null, b: Tensor | null): Tensor | null => (a === null ? b : b === null ? a : a.add(b));

const stepOf = (grad: Tensor | null | undefined, step: number): Tensor | null => grad?.select(0, step) ?? null;

/** The gradient of the weight: products of the gradients of gates with the states before, summed over all steps. */
function weightGradient(gates: Tensor, states: Tensor, initial: Tensor, reverse: boolean): Tensor {
  const [steps, , width] = gates.shape as [number, number, number];
  const edge = gates
    .select(0, reverse ? steps - 1 : 0)
    .t()
    .mm(initial);
  if (steps === 1) return edge;
  const rows = gates.narrow(0, reverse ? 0 : 1, steps - 1).reshape([-1, width]);
  const before = states.narrow(0, reverse ? 1 : 0, steps - 1);
  return edge.addmm(rows.t(), before.reshape([-1, before.shape[2] as number]));
}

/** What a rule computes once for all arguments, kept for as long as one backward step takes. */
function once<S extends object, T>(compute: (saved: S) => T): (saved: S) => T {
  const made = new WeakMap<S, T>();
  return (saved) => {
    const known = made.get(saved);
    if (known !== undefined) return known;
    const value = compute(saved);
    made.set(saved, value);
    return value;
  };
}

/** What the gradients of a sequence read. */
interface Saved {
  readonly gates: Tensor;
  readonly hidden: Tensor;
  readonly weight: Tensor;
  readonly reverse: boolean;
  readonly outs: readonly Tensor[];
  readonly grads: readonly (Tensor | null)[];
}

/** The states of an LSTM over all steps, and what its gradients read. */
export type LstmStates = readonly [output: Tensor, cells: Tensor, gates: Tensor];

const lstmGradients = once((saved: Saved & { readonly cell: Tensor }) => {
  const { outs, grads, hidden, cell, weight, reverse } = saved;
  const [output, cells, activated] = outs as LstmStates;
  const steps = output.shape[0] as number;
  const made = new Array<Tensor>(steps);
  let gradHidden: Tensor | null = null;
  let gradCell: Tensor | null = null;
  for (const [t, before] of [...order(steps, reverse)].reverse()) {
    const ofResults = [plus(stepOf(grads[0], t), gradHidden), plus(stepOf(grads[1], t), gradCell), stepOf(grads[2], t)];
    const inputs = [null, stateAt(cells, cell, before)];
    const [ofGates, ofCell] = lstmUnit.gradients(ofResults, inputs, [null, null, activated.select(0, t)]) as [Tensor, Tensor];
    made[t] = ofGates;
    gradCell = ofCell;
    gradHidden = ofGates.mm(weight);
  }
  const gates = stack(made);
  return { gates, hidden: gradHidden as Tensor, cell: gradCell as Tensor, weight: weightGradient(gates, output, hidden, reverse) };
});

/**
 * The states of an LSTM over all steps, from the gates as far as they come of the input.
 *
 * Shapes: `gates` `[steps, batch, 4 · hidden]`, `hidden` and `cell` `[batch, hidden]`, `weight` `[4 · hidden, hidden]`; results `[steps, batch, hidden]`
 * twice, and `[steps, batch, 5 · hidden]`.
 * @throws {ShapeError} if the shapes do not fit.
 */
export const lstmSequence: Op<(gates: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, reverse: boolean) => LstmStates> = primitive(
  "lstm(Tensor gates, Tensor hidden, Tensor cell, Tensor weight, bool reverse)",
  {
    forward: (gates, hidden, cell, weight, reverse) => {
      const sizes = sizesOf("lstm", gates, hidden, weight, 4);
      const [output, cells, activated] = [sequence(gates, sizes, 1), sequence(gates, sizes, 1), sequence(gates, sizes, 5)];
      const [turned, sum] = [transposed(weight), emptyOn(gates.storage.backend, [sizes.batch, 4 * sizes.hidden], gates.dtype)];
      let [h, c] = [hidden, cell];
      for (const [t] of order(sizes.steps, reverse)) {
        product(h, turned, { bias: at(gates, t) }, sum);
        const results = [at(output, t), at(cells, t), at(activated, t)] as const;
        lstmUnit.write(results, [sum, c]);
        [h, c] = results;
      }
      return [output, cells, activated];
    },
    gradient: {
      gates: (_grad, saved) => lstmGradients(saved).gates,
      hidden: (_grad, saved) => lstmGradients(saved).hidden,
      cell: (_grad, saved) => lstmGradients(saved).cell,
      weight: (_grad, saved) => lstmGradients(saved).weight,
    },
    gradName: "LstmBackward0",
  },
);

/** The states of a GRU over all steps, and what its gradients read. */
export type GruStates = readonly [output: Tensor, gates: Tensor];

const gruGradients = once((saved: Saved) => {
  const { outs, grads, hidden, weight, reverse } = saved;
  const [output, activated] = outs as GruStates;
  const steps = output.shape[0] as number;
  const ofInput = new Array<Tensor>(steps);
  const ofState = new Array<Tensor>(steps);
  let gradHidden: Tensor | null = null;
  for (const [t, before] of [...order(steps, reverse)].reverse()) {
    const ofResults = [plus(stepOf(grads[0], t), gradHidden), stepOf(grads[1], t)];
    const inputs = [null, null, stateAt(output, hidden, before)];
    const [x, y, h] = gruUnit.gradients(ofResults, inputs, [null, activated.select(0, t)]) as [Tensor, Tensor, Tensor];
    ofInput[t] = x;
    ofState[t] = y;
    gradHidden = h.addmm(y, weight);
  }
  const gates = stack(ofState);
  return {
    gates: stack(ofInput),
    hidden: gradHidden as Tensor,
    weight: weightGradient(gates, output, hidden, reverse),
    bias: gates.sum([0, 1]),
  };
});

/**
 * The states of a GRU over all steps, from the gates as far as they come of the input.
 *
 * Shapes: `gates` `[steps, batch, 3 · hidden]`, `hidden` `[batch, hidden]`, `weight` `[3 · hidden, hidden]`, `bias` `[3 · hidden]`; results
 * `[steps, batch, hidden]` and `[steps, batch, 4 · hidden]`.
 * @throws {ShapeError} if the shapes do not fit.
 */
export const gruSequence: Op<(gates: Tensor, hidden: Tensor, weight: Tensor, bias: Tensor | null, reverse: boolean) => GruStates> =
  primitive("gru(Tensor gates, Tensor hidden, Tensor weight, Tensor? bias, bool reverse)", {
    forward: (gates, hidden, weight, bias, reverse) => {
      const sizes = sizesOf("gru", gates, hidden, weight, 3);
      const [output, activated] = [sequence(gates, sizes, 1), sequence(gates, sizes, 4)];
      const [turned, ofState] = [transposed(weight), emptyOn(gates.storage.backend, [sizes.batch, 3 * sizes.hidden], gates.dtype)];
      let h: Tensor = hidden;
      for (const [t] of order(sizes.steps, reverse)) {
        product(h, turned, { bias }, ofState);
        const next = at(output, t);
        gruUnit.write([next, at(activated, t)], [at(gates, t), ofState, h]);
        h = next;
      }
      return [output, activated];
    },
    gradient: {
      gates: (_grad, saved) => gruGradients(saved).gates,
      hidden: (_grad, saved) => gruGradients(saved).hidden,
      weight: (_grad, saved) => gruGradients(saved).weight,
      bias: (_grad, saved) => gruGradients(saved).bias,
    },
    gradName: "GruBackward0",
  });

function elmanGradients(unit: Blockwise): (saved: Saved) => { readonly gates: Tensor; readonly hidden: Tensor; readonly weight: Tensor } {
  return once(({ outs, grads, hidden, weight, reverse }: Saved) => {
    const output = outs[0] as Tensor;
    const steps = output.shape[0] as number;
    const made = new Array<Tensor>(steps);
    let gradHidden: Tensor | null = null;
    for (const [t] of [...order(steps, reverse)].reverse()) {
      const [ofGates] = unit.gradients([plus(stepOf(grads[0], t), gradHidden)], [null], [output.select(0, t)]) as [Tensor];
      made[t] = ofGates;
      gradHidden = ofGates.mm(weight);
    }
    const gates = stack(made);
    return { gates, hidden: gradHidden as Tensor, weight: weightGradient(gates, output, hidden, reverse) };
  });
}

type ElmanSequence = Op<(gates: Tensor, hidden: Tensor, weight: Tensor, reverse: boolean) => Tensor>;

/** Elman's network over all steps: `h' = unit(gates + h · weightᵀ)`. */
function elman(unit: Blockwise, gradName: string): ElmanSequence {
  const gradients = elmanGradients(unit);
  return primitive("rnn(Tensor gates, Tensor hidden, Tensor weight, bool reverse)", {
    forward: (gates, hidden, weight, reverse) => {
      const sizes = sizesOf("rnn", gates, hidden, weight, 1);
      const output = sequence(gates, sizes, 1);
      const [turned, sum] = [transposed(weight), emptyOn(gates.storage.backend, [sizes.batch, sizes.hidden], gates.dtype)];
      let h: Tensor = hidden;
      for (const [t] of order(sizes.steps, reverse)) {
        product(h, turned, { bias: at(gates, t) }, sum);
        h = at(output, t);
        unit.write([h], [sum]);
      }
      return output;
    },
    gradient: {
      gates: (_grad, saved) => gradients(saved).gates,
      hidden: (_grad, saved) => gradients(saved).hidden,
      weight: (_grad, saved) => gradients(saved).weight,
    },
    gradName,
  });
}

/** Elman's network with tanh: `gates` `[steps, batch, hidden]`, `hidden` `[batch, hidden]`, `weight` `[hidden, hidden]`. */
export const tanhSequence: ElmanSequence = elman(tanhUnit, "RnnTanhBackward0");

/** Elman's network with a rectifier, in the shapes of `tanhSequence`. */
export const reluSequence: ElmanSequence = elman(reluUnit, "RnnReluBackward0");
