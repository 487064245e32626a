/** What recurrent modules have in common: their parameters, and the way of a batch of sequences through all layers. */

import { isAutocastEnabled } from "../../amp/autocast.js";
import type { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { empty } from "../../ops/create/filled.js";
import { cat, stack } from "../../ops/shape/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { FactoryOptions } from "../arguments.js";
import * as F from "../functional.js";
import { uniform_ } from "../init.js";
import { Module } from "../module.js";
import { PackedSequence } from "../packed.js";
import { Parameter } from "../parameter.js";
import { float, python, tuple } from "../repr.js";
import { gruKind, type LayerWeights, lstmKind, type RecurrentKind, reluKind, runLayer, type States, tanhKind } from "./recurrentLayer.js";

/** The kinds of units, by PyTorch's names. */
export type RecurrentMode = "LSTM" | "GRU" | "RNN_TANH" | "RNN_RELU";

const kinds: Readonly<Record<RecurrentMode, RecurrentKind>> = { LSTM: lstmKind, GRU: gruKind, RNN_TANH: tanhKind, RNN_RELU: reluKind };

/** The options of recurrent modules. */
export interface RecurrentOptions extends FactoryOptions {
  numLayers?: number;
  bias?: boolean;
  /** Whether inputs and outputs are `[batch, steps, …]` instead of `[steps, batch, …]`. */
  batchFirst?: boolean;
  /** The probability of a zero in the outputs of all layers but the last, while training. */
  dropout?: number;
  bidirectional?: boolean;
}

/** The settings of a recurrent module, as its constructor read them. */
export interface RecurrentSettings {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  readonly device: Device | null;
  readonly dtype: DType | null;
}

/** The end of the names of the parameters of a direction of a layer. */
const suffixOf = (layer: number, reverse: boolean): string => `_l${layer}${reverse ? "_reverse" : ""}`;

/** A batch on its way through the layers: rows packed step by step. */
interface Packed {
  readonly data: Tensor;
  readonly sizes: readonly number[];
}

/**
 * The base class of `RNN`, `LSTM` and `GRU`. The parameters of layer k are `weight_ih_l{k}` `[gates · hidden, input]`, `weight_hh_l{k}`
 * `[gates · hidden, hidden]`, `bias_ih_l{k}`, `bias_hh_l{k}` and, with projections, `weight_hr_l{k}`; those of the other direction end in `_reverse`.
 */
export abstract class RNNBase<A extends unknown[] = never[], R = unknown> extends Module<A, R> {
  [weight: `weight_${string}`]: Parameter;
  [bias: `bias_${string}`]: Parameter;
  readonly mode: RecurrentMode;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  /** The probability of a zero between layers. */
  dropout: number;
  readonly bidirectional: boolean;
  /** The size of the projected state, or 0. */
  readonly projSize: number;

  /** @throws {ArgumentError} for sizes below 1, or a `dropout` outside of `[0, 1]`. */
  constructor(mode: RecurrentMode, settings: RecurrentSettings) {
    super();
    checkSettings(new.target.name, settings);
    const { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, device, dtype } = settings;
    this.mode = mode;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    const gates = kinds[mode].gates * hiddenSize;
    for (const [layer, reverse] of this.directions()) {
      const make = (name: string, ...shape: number[]): void => {
        this.registerParameter(name + suffixOf(layer, reverse), new Parameter(empty(shape, { device, dtype })));
      };
      make("weight_ih", gates, layer === 0 ? inputSize : this.outputSize * this.directionCount);
      make("weight_hh", gates, this.outputSize);
      if (bias) make("bias_ih", gates);
      if (bias) make("bias_hh", gates);
      if (projSize > 0) make("weight_hr", projSize, hiddenSize);
    }
    this.resetParameters();
  }

  /** The size of h: of the projection, if there is one. */
  private get outputSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  private get directionCount(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** All layers, in both directions where there are two, in the order of their parameters. */
  private directions(): (readonly [layer: number, reverse: boolean])[] {
    const ways = this.bidirectional ? [false, true] : [false];
    return Array.from({ length: this.numLayers }, (_, layer) => ways.map((reverse) => [layer, reverse] as const)).flat();
  }

  /** Initialises all parameters anew, uniformly in `±1/√hiddenSize`. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** Nothing: in PyTorch, where cuDNN wants all weights in one piece of memory, this joins them. */
  flattenParameters(): void {}

  /** The parameters of every layer and direction. */
  get allWeights(): Parameter[][] {
    const names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
    return this.directions().map(([layer, reverse]) =>
      names.flatMap((name) => this._parameters.get(name + suffixOf(layer, reverse)) ?? []),
    );
  }

  private weightsOf(layer: number, reverse: boolean): LayerWeights {
    const suffix = suffixOf(layer, reverse);
    const read = (name: string): Tensor | null => (Reflect.get(this, name + suffix) as Tensor | undefined) ?? null;
    return {
      input: read("weight_ih") as Tensor,
      hidden: read("weight_hh") as Tensor,
      inputBias: read("bias_ih"),
      hiddenBias: read("bias_hh"),
      projection: read("weight_hr"),
    };
  }

  /** @internal The output and the last states, for states `[layers · directions, batch, size]` or null for zeros. */
  protected run(input: Tensor | PackedSequence, given: States | null): { output: Tensor | PackedSequence; states: States } {
    if (input instanceof PackedSequence) return this.runPacked(input, given);
    const rank = input.shape.length;
    if (rank !== 2 && rank !== 3) throw new ShapeError(`${this._getName()}: Expected input to be 2D or 3D, got ${rank}D instead`);
    const isBatched = rank === 3;
    this.checkRanks(given, isBatched);
    const batchDim = this.batchFirst ? 0 : 1;
    const batches = isBatched ? input : input.unsqueeze(batchDim);
    this.checkInput(batches, 3);
    const ordered = this.batchFirst ? batches.transpose(0, 1) : batches;
    const [steps, batch, features] = ordered.shape as [number, number, number];
    if (steps === 0) throw new ShapeError(`${this._getName()}: Expected sequence length to be larger than 0 in RNN`);
    const initial = isBatched || given === null ? given : given.map((state) => state.unsqueeze(1));
    const made = this.layers(
      { data: ordered.reshape([steps * batch, features]), sizes: new Array<number>(steps).fill(batch) },
      this.initial(initial, batches, batch),
    );
    const stepwise = made.output.view([steps, batch, made.output.shape[1] as number]);
    const output = this.batchFirst ? stepwise.transpose(0, 1) : stepwise;
    if (isBatched) return { output, states: made.states };
    return { output: output.squeeze(batchDim), states: made.states.map((state) => state.squeeze(1)) };
  }

  private runPacked(input: PackedSequence, given: States | null): { output: PackedSequence; states: States } {
    const { data, sortedIndices, unsortedIndices } = input;
    this.checkInput(data, 2);
    const sizes = (input.batchSizes.tolist() as (number | bigint)[]).map(Number);
    const ordered = (states: States, permutation: Tensor | null): States =>
      permutation === null ? states : states.map((state) => state.indexSelect(1, permutation));
    const initial = this.initial(given === null ? null : ordered(given, sortedIndices), data, sizes[0] ?? 0);
    const made = this.layers({ data, sizes }, initial);
    return { output: input.withData(made.output), states: ordered(made.states, unsortedIndices) };
  }

  private checkRanks(given: States | null, isBatched: boolean): void {
    if (given === null) return;
    const rank = isBatched ? 3 : 2;
    const ranks = given.map((state) => state.shape.length);
    if (ranks.every((one) => one === rank)) return;
    const which = isBatched ? "batched 3-D" : "unbatched 2-D";
    const got = ranks.length === 1 ? `${ranks[0]}-D tensor` : `(${ranks.map((one) => `${one}-D`).join(", ")}) tensors`;
    throw new ShapeError(
      `${this._getName()}: For ${which} input, ${ranks.length === 1 ? "hx" : "hx and cx"} should also be ${rank}-D but got ${got}`,
    );
  }

  private checkInput(input: Tensor, rank: number): void {
    const { dtype } = this.weightsOf(0, false).input;
    if (input.dtype !== dtype && !isAutocastEnabled(input.device.type))
      throw new DTypeError(
        `${this._getName()}: RNN input dtype (${input.dtype}) does not match weight dtype (${dtype}). Convert input: input.to(${dtype}), or convert model: model.to(${input.dtype})`,
      );
    if (input.shape.length !== rank)
      throw new ShapeError(`${this._getName()}: input must have ${rank} dimensions, got ${input.shape.length}`);
    const features = input.shape[rank - 1];
    if (features !== this.inputSize)
      throw new ShapeError(`${this._getName()}: input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${features}`);
  }

  /** The initial states, checked; zeros where none are given. */
  private initial(given: States | null, input: Tensor, batch: number): States {
    const count = this.numLayers * this.directionCount;
    return Array.from({ length: kinds[this.mode].states }, (_, i) => {
      const shape = [count, batch, i === 0 ? this.outputSize : this.hiddenSize];
      const state = given?.[i];
      if (state === undefined) return input.newZeros(shape);
      if (!sameShape(state.shape, shape)) {
        const name = kinds[this.mode].states === 1 ? "hidden" : `hidden[${i}]`;
        throw new ShapeError(`${this._getName()}: Expected ${name} size ${tuple(shape)}, got ${formatShape(state.shape)}`);
      }
      return state;
    });
  }

  private layers(input: Packed, initial: States): { output: Tensor; states: States } {
    const kind = kinds[this.mode];
    const perLayer = this.directionCount;
    const finals: States[] = [];
    let { data } = input;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.dropout > 0) data = F.dropout(data, this.dropout, this.training);
      const outputs = Array.from({ length: perLayer }, (_, direction) => {
        const states = initial.map((state) => state.select(0, layer * perLayer + direction));
        const made = runLayer(kind, data, input.sizes, states, this.weightsOf(layer, direction === 1), direction === 1);
        finals.push(made.states);
        return made.output;
      });
      data = outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs, 1);
    }
    return { output: data, states: initial.map((_, i) => stack(finals.map((states) => states[i] as Tensor))) };
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, dropout, bidirectional } = this;
    const parts = [`${inputSize}, ${hiddenSize}`];
    if (projSize !== 0) parts.push(`proj_size=${projSize}`);
    if (numLayers !== 1) parts.push(`num_layers=${numLayers}`);
    if (!bias) parts.push(`bias=${python(bias)}`);
    if (batchFirst) parts.push(`batch_first=${python(batchFirst)}`);
    if (dropout !== 0) parts.push(`dropout=${float(dropout)}`);
    if (bidirectional) parts.push(`bidirectional=${python(bidirectional)}`);
    return parts.join(", ");
  }
}

function checkSettings(name: string, { inputSize, hiddenSize, numLayers, dropout, projSize }: RecurrentSettings): void {
  const fail = (what: string, got: number): never => {
    throw new ArgumentError(`${name}: ${what}, got ${got}`);
  };
  if (!(dropout >= 0 && dropout <= 1))
    fail("dropout should be a number in range [0, 1] representing the probability of an element being zeroed", dropout);
  if (inputSize <= 0) fail("input_size must be greater than zero", inputSize);
  if (hiddenSize <= 0) fail("hidden_size must be greater than zero", hiddenSize);
  if (numLayers <= 0) fail("num_layers must be greater than zero", numLayers);
  if (projSize < 0) fail("proj_size should be a positive integer or zero to disable projections", projSize);
  if (projSize >= hiddenSize) fail("proj_size has to be smaller than hidden_size", projSize);
}
