/** One direction of one layer of a recurrent module, over sequences that are packed step by step. */

import { gruUnit, lstmUnit, reluUnit, tanhUnit } from "../../ops/neural/cells.js";
import { gruSequence, lstmSequence, reluSequence, tanhSequence } from "../../ops/neural/recurrence.js";
import { cat } from "../../ops/shape/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import { linear } from "../functional.js";

/** The parameters of one direction of one layer. */
export interface LayerWeights {
  /** `[gates · hidden, input]` */
  readonly input: Tensor;
  /** `[gates · hidden, hidden]` */
  readonly hidden: Tensor;
  readonly inputBias: Tensor | null;
  readonly hiddenBias: Tensor | null;
  /** `[projection, hidden]`, where states are projected. */
  readonly projection: Tensor | null;
}

/** The states of a batch, `[batch, hidden]` each: h, and for an LSTM c. */
export type States = readonly Tensor[];

/** What distinguishes kinds of recurrent units. */
export interface RecurrentKind {
  /** The number of gates, each as wide as the state. */
  readonly gates: number;
  /** The number of states. */
  readonly states: number;
  /** What of the gates comes of the input, `[rows, gates · hidden]`. */
  ofInput(input: Tensor, weights: LayerWeights): Tensor;
  /** One step. */
  step(gates: Tensor, states: States, weights: LayerWeights): States;
  /** All steps of sequences of one length: the output `[steps, batch, hidden]`, and the states after the last step. */
  run(gates: Tensor, states: States, weights: LayerWeights, reverse: boolean): { readonly output: Tensor; readonly states: States };
}

const bothBiases = ({ inputBias, hiddenBias }: LayerWeights): Tensor | null =>
  inputBias === null || hiddenBias === null ? inputBias : inputBias.add(hiddenBias);

/** The state after the last step that is taken. */
const last = (states: Tensor, reverse: boolean): Tensor => states.select(0, reverse ? 0 : (states.shape[0] as number) - 1);

/** `i, f, g, o`, then `c' = f · c + i · g` and `h' = o · tanh(c')`. */
export const lstmKind: RecurrentKind = {
  gates: 4,
  states: 2,
  ofInput: (input, weights) => linear(input, weights.input, bothBiases(weights)),
  step: (gates, [h, c], weights) => {
    const [next, cell] = lstmUnit.apply(gates.addmm(h as Tensor, weights.hidden.t()), c as Tensor) as [Tensor, Tensor];
    return [weights.projection === null ? next : linear(next, weights.projection), cell];
  },
  run: (gates, [h, c], weights, reverse) => {
    const [output, cells] = lstmSequence(gates, h as Tensor, c as Tensor, weights.hidden, reverse);
    return { output, states: [last(output, reverse), last(cells, reverse)] };
  },
};

/** `r, z, n`, then `h' = (1 - z) · n + z · h`. */
export const gruKind: RecurrentKind = {
  gates: 3,
  states: 1,
  ofInput: (input, weights) => linear(input, weights.input, weights.inputBias),
  step: (gates, [h], weights) => [gruUnit.apply(gates, linear(h as Tensor, weights.hidden, weights.hiddenBias), h as Tensor)[0] as Tensor],
  run: (gates, [h], weights, reverse) => {
    const [output] = gruSequence(gates, h as Tensor, weights.hidden, weights.hiddenBias, reverse);
    return { output, states: [last(output, reverse)] };
  },
};

function elmanKind(unit: typeof tanhUnit, sequence: typeof tanhSequence): RecurrentKind {
  return {
    gates: 1,
    states: 1,
    ofInput: (input, weights) => linear(input, weights.input, bothBiases(weights)),
    step: (gates, [h], weights) => [unit.apply(gates.addmm(h as Tensor, weights.hidden.t()))[0] as Tensor],
    run: (gates, [h], weights, reverse) => {
      const output = sequence(gates, h as Tensor, weights.hidden, reverse);
      return { output, states: [last(output, reverse)] };
    },
  };
}

/** `h' = tanh(gates)`. */
export const tanhKind: RecurrentKind = elmanKind(tanhUnit, tanhSequence);

/** `h' = max(gates, 0)`. */
export const reluKind: RecurrentKind = elmanKind(reluUnit, reluSequence);

/**
 * The output, packed like the input, and the last states of every sequence. `sizes` are the numbers of sequences that reach each step.
 */
export function runLayer(
  kind: RecurrentKind,
  input: Tensor,
  sizes: readonly number[],
  states: States,
  weights: LayerWeights,
  reverse: boolean,
): { readonly output: Tensor; readonly states: States } {
  const gates = kind.ofInput(input, weights);
  const batch = sizes[0] as number;
  if (weights.projection === null && sizes[sizes.length - 1] === batch) {
    const made = kind.run(gates.view([sizes.length, batch, gates.shape[1] as number]), states, weights, reverse);
    return { output: made.output.view([input.shape[0] as number, made.output.shape[2] as number]), states: made.states };
  }
  const steps = gates.split(sizes, 0);
  return reverse ? backward(kind, steps, states, weights) : forward(kind, steps, states, weights);
}

const rows = (states: States, from: number, to: number): States => states.map((state) => state.narrow(0, from, to - from));

/** Sequences end, the shortest first. */
function forward(
  kind: RecurrentKind,
  steps: readonly Tensor[],
  initial: States,
  weights: LayerWeights,
): { output: Tensor; states: States } {
  const outputs: Tensor[] = [];
  const ended: States[] = [];
  let states = initial;
  let count = steps[0]?.shape[0] as number;
  for (const gates of steps) {
    const size = gates.shape[0] as number;
    if (size < count) {
      ended.unshift(rows(states, size, count));
      states = rows(states, 0, size);
      count = size;
    }
    states = kind.step(gates, states, weights);
    outputs.push(states[0] as Tensor);
  }
  const parts = [states, ...ended];
  return {
    output: cat(outputs),
    states: parts.length === 1 ? states : states.map((_, i) => cat(parts.map((part) => part[i] as Tensor))),
  };
}

/** From the end: sequences begin, the longest first. */
function backward(
  kind: RecurrentKind,
  steps: readonly Tensor[],
  initial: States,
  weights: LayerWeights,
): { output: Tensor; states: States } {
  const outputs: Tensor[] = [];
  let count = steps[steps.length - 1]?.shape[0] as number;
  let states = rows(initial, 0, count);
  for (const gates of [...steps].reverse()) {
    const size = gates.shape[0] as number;
    if (size > count) {
      const begun = rows(initial, count, size);
      states = states.map((state, i) => cat([state, begun[i] as Tensor]));
      count = size;
    }
    states = kind.step(gates, states, weights);
    outputs.unshift(states[0] as Tensor);
  }
  return { output: cat(outputs), states };
}
