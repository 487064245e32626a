/**
 * Recurrent layers over whole sequences: in each step one product of matrices and one pointwise kernel, forward and backward; the weight takes
 * its gradient in one product over all steps. Where the backward pass is to be differentiated itself, it is composed of recorded operations.
 */

import { modes } from "../../autograd/modes.js";
import { ShapeError } from "../../core/errors.js";
import { formatShape, type Shape, sameShape } from "../../core/shape.js";
import type { Program } from "../../expr/program.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { type Blockwise, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { product, transposed } from "../matrix/factors.js";
import { stack } from "../shape/joining.js";
import {
  gruBackward,
  gruBackwardWithOutput,
  gruUnit,
  lstmBackward,
  lstmBackwardWithCells,
  lstmUnit,
  reluBackward,
  reluUnit,
  tanhBackward,
  tanhUnit,
} from "./cells.js";
import { order, takeSteps } from "./steps.js";

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

/** Memory for some blocks in each step for each sequence. */
function sequence(like: Tensor, { steps, batch, hidden }: Sizes, blocks: number): Tensor {
  return emptyOn(like.storage.backend, [steps, batch, blocks * hidden], like.dtype);
}

/** The state before a step. */
const stateAt = (states: Tensor, initial: Tensor, before: number): Tensor =>
  before < 0 || before >= (states.shape[0] as number) ? initial : states.select(0, before);

const plus = (a: Tensor | null, b: Tensor | null): Tensor | null => (a === null ? b : b === null ? a : a.add(b));

const stepOf = (grad: Tensor | null | undefined, step: number): Tensor | null => grad?.select(0, step) ?? null;

/**
 * A result in the memory of gates that the layer has made for the one operation, and that nobody reads afterwards. New memory is cold: writing the
 * activated gates of an LSTM into it takes half as long as computing them.
 */
function overwritten(tensor: Tensor): Tensor {
  return tensorOver(tensor.storage, tensor.shape, tensor.strides, tensor.offset, tensor.dtype);
}

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

type SavedLstm = Saved & { readonly cell: Tensor };

/** The gradients of the gates in all steps, and of the states before the first. */
interface StepGradients {
  readonly gates: Tensor;
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

function lstmRecorded({ outs, grads, cell, weight, reverse }: SavedLstm): StepGradients {
  const [output, cells, activated] = outs as LstmStates;
  const steps = output.shape[0] as number;
  const made = new Array<Tensor>(steps);
  let gradHidden: Tensor | null = null;
  let gradCell: Tensor | null = null;
  for (const [t, before] of [...order(steps, reverse)].reverse()) {
    const ofResults = [plus(stepOf(grads[0], t), gradHidden), plus(stepOf(grads[1], t), gradCell), stepOf(grads[2], t)];
    const inputs = [null, stateAt(cells, cell, before)];
    const [ofGates, ofCell] = lstmUnit.gradients(ofResults, inputs, [null, cells.select(0, t), activated.select(0, t)]) as [Tensor, Tensor];
    made[t] = ofGates;
    gradCell = ofCell;
    gradHidden = ofGates.mm(weight);
  }
  return { gates: stack(made), hidden: gradHidden as Tensor, cell: gradCell as Tensor };
}

function lstmSteps({ outs, grads, cell, weight, reverse }: SavedLstm): StepGradients {
  const [output, cells, activated] = outs as LstmStates;
  const [steps, batch, hidden] = output.shape as [number, number, number];
  const [ofOutput, ofCells] = grads as readonly (Tensor | null | undefined)[];
  const gates = sequence(output, { steps, batch, hidden }, 4);
  const carried = output.newZeros([batch, hidden]);
  takeSteps({
    steps,
    reverse: !reverse,
    state: { values: gates, before: null },
    weight,
    added: ofOutput ? { values: ofOutput } : null,
    program: ofCells ? lstmBackwardWithCells : lstmBackward,
    size: hidden,
    inputs: [
      null,
      { values: carried },
      { values: activated },
      { values: cells },
      { values: cells, after: cell },
      ...(ofCells ? [{ values: ofCells }] : []),
    ],
    outputs: [gates, carried],
  });
  return { gates, hidden: product(gates.select(0, reverse ? steps - 1 : 0), weight), cell: carried };
}

/** Whether a backward pass is one of plain numbers: nothing of it is recorded, and only results that users see have gradients. */
const isPlain = (grads: readonly (Tensor | null)[], inner: number): boolean => !modes.grad && (grads[inner] ?? null) === null;

const lstmGradients = once((saved: SavedLstm) => {
  const made = isPlain(saved.grads, 2) ? lstmSteps(saved) : lstmRecorded(saved);
  return { ...made, weight: weightGradient(made.gates, saved.outs[0] as Tensor, saved.hidden, saved.reverse) };
});

/**
 * The states of an LSTM over all steps, from the gates as far as they come of the input, whose memory then holds the third result.
 *
 * Shapes: `gates` `[steps, batch, 4 · hidden]`, `hidden` and `cell` `[batch, hidden]`, `weight` `[4 · hidden, hidden]`; results `[steps, batch, hidden]`
 * twice, and `[steps, batch, 4 · hidden]`.
 * @throws {ShapeError} if the shapes do not fit.
 */
export const lstmSequence: Op<(gates: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, reverse: boolean) => LstmStates> = primitive(
  "lstm(Tensor gates, Tensor hidden, Tensor cell, Tensor weight, bool reverse)",
  {
    forward: (gates, hidden, cell, weight, reverse) => {
      const sizes = sizesOf("lstm", gates, hidden, weight, 4);
      const [output, cells, activated] = [sequence(gates, sizes, 1), sequence(gates, sizes, 1), overwritten(gates)];
      takeSteps({
        steps: sizes.steps,
        reverse,
        state: { values: output, before: hidden },
        weight: transposed(weight),
        added: { values: gates },
        program: lstmUnit.program,
        size: sizes.hidden,
        inputs: [null, { values: cells, before: cell }],
        outputs: [output, cells, activated],
      });
      return [output, cells, activated];
    },
    gradient: {
      gates: (_grad, saved) => lstmGradients(saved).gates,
      hidden: (_grad, saved) => lstmGradients(saved).hidden,
      cell: (_grad, saved) => lstmGradients(saved).cell,
      weight: (_grad, saved) => lstmGradients(saved).weight,
    },
    inner: [2],
    gradName: "LstmBackward0",
  },
);

/** The states of a GRU over all steps, and what its gradients read. */
export type GruStates = readonly [output: Tensor, gates: Tensor];

/** The gradients of both parts of the gates in all steps, and of the state before the first. */
interface GruStepGradients {
  readonly ofInput: Tensor;
  readonly ofState: Tensor;
  readonly hidden: Tensor;
}

function gruRecorded({ outs, grads, hidden, weight, reverse }: Saved): GruStepGradients {
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
  return { ofInput: stack(ofInput), ofState: stack(ofState), hidden: gradHidden as Tensor };
}

function gruSteps({ outs, grads, hidden: initial, weight, reverse }: Saved): GruStepGradients {
  const [output, activated] = outs as GruStates;
  const [steps, batch, hidden] = output.shape as [number, number, number];
  const ofOutput = grads[0] ?? null;
  const [ofInput, ofState] = [sequence(output, { steps, batch, hidden }, 3), sequence(output, { steps, batch, hidden }, 3)];
  const carried = output.newZeros([batch, hidden]);
  takeSteps({
    steps,
    reverse: !reverse,
    state: { values: ofState, before: null },
    weight,
    added: { values: carried },
    program: ofOutput === null ? gruBackward : gruBackwardWithOutput,
    size: hidden,
    inputs: [null, { values: activated }, { values: output, after: initial }, ...(ofOutput === null ? [] : [{ values: ofOutput }])],
    outputs: [ofInput, ofState, carried],
  });
  const first = ofState.select(0, reverse ? steps - 1 : 0);
  return { ofInput, ofState, hidden: product(first, weight, { bias: carried }) };
}

const gruGradients = once((saved: Saved) => {
  const { ofInput, ofState, hidden } = isPlain(saved.grads, 1) ? gruSteps(saved) : gruRecorded(saved);
  return {
    gates: ofInput,
    hidden,
    weight: weightGradient(ofState, saved.outs[0] as Tensor, saved.hidden, saved.reverse),
    bias: ofState.sum([0, 1]),
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
      takeSteps({
        steps: sizes.steps,
        reverse,
        state: { values: output, before: hidden },
        weight: transposed(weight),
        added: bias === null ? null : { values: bias },
        program: gruUnit.program,
        size: sizes.hidden,
        inputs: [{ values: gates }, null, { values: output, before: hidden }],
        outputs: [output, activated],
      });
      return [output, activated];
    },
    gradient: {
      gates: (_grad, saved) => gruGradients(saved).gates,
      hidden: (_grad, saved) => gruGradients(saved).hidden,
      weight: (_grad, saved) => gruGradients(saved).weight,
      bias: (_grad, saved) => gruGradients(saved).bias,
    },
    inner: [1],
    gradName: "GruBackward0",
  });

/** One of Elman's units, and the way back through it. */
interface Elman {
  readonly name: "rnnTanh" | "rnnRelu";
  readonly unit: Blockwise;
  readonly backward: Program;
  readonly gradName: string;
}

type ElmanGradients = Omit<StepGradients, "cell">;

function elmanRecorded(unit: Blockwise, { outs, grads, weight, reverse }: Saved): ElmanGradients {
  const output = outs[0] as Tensor;
  const steps = output.shape[0] as number;
  const made = new Array<Tensor>(steps);
  let gradHidden: Tensor | null = null;
  for (const [t] of [...order(steps, reverse)].reverse()) {
    const [ofGates] = unit.gradients([plus(stepOf(grads[0], t), gradHidden)], [null], [output.select(0, t)]) as [Tensor];
    made[t] = ofGates;
    gradHidden = ofGates.mm(weight);
  }
  return { gates: stack(made), hidden: gradHidden as Tensor };
}

function elmanSteps(program: Program, { outs, grads, weight, reverse }: Saved): ElmanGradients {
  const output = outs[0] as Tensor;
  const [steps, batch, hidden] = output.shape as [number, number, number];
  const gates = sequence(output, { steps, batch, hidden }, 1);
  takeSteps({
    steps,
    reverse: !reverse,
    state: { values: gates, before: null },
    weight,
    added: grads[0] ? { values: grads[0] } : null,
    program,
    size: hidden,
    inputs: [null, { values: output }],
    outputs: [gates],
  });
  return { gates, hidden: product(gates.select(0, reverse ? steps - 1 : 0), weight) };
}

type ElmanSequence = Op<(gates: Tensor, hidden: Tensor, weight: Tensor, reverse: boolean) => Tensor>;

/** Elman's network over all steps: `h' = unit(gates + h · weightᵀ)`. */
function elman({ name, unit, backward, gradName }: Elman): ElmanSequence {
  const gradients = once((saved: Saved) => {
    const made = modes.grad ? elmanRecorded(unit, saved) : elmanSteps(backward, saved);
    return { ...made, weight: weightGradient(made.gates, saved.outs[0] as Tensor, saved.hidden, saved.reverse) };
  });
  return primitive(`${name}(Tensor gates, Tensor hidden, Tensor weight, bool reverse)`, {
    forward: (gates, hidden, weight, reverse) => {
      const sizes = sizesOf("rnn", gates, hidden, weight, 1);
      const output = sequence(gates, sizes, 1);
      takeSteps({
        steps: sizes.steps,
        reverse,
        state: { values: output, before: hidden },
        weight: transposed(weight),
        added: { values: gates },
        program: unit.program,
        size: sizes.hidden,
        inputs: [null],
        outputs: [output],
      });
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
export const tanhSequence: ElmanSequence = elman({ name: "rnnTanh", unit: tanhUnit, backward: tanhBackward, gradName: "RnnTanhBackward0" });

/** Elman's network with a rectifier, in the shapes of `tanhSequence`. */
export const reluSequence: ElmanSequence = elman({ name: "rnnRelu", unit: reluUnit, backward: reluBackward, gradName: "RnnReluBackward0" });
