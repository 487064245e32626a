/** Recurrent modules over whole sequences: `RNN`, `LSTM` and `GRU`. */

import { ArgumentError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import type { PackedSequence } from "../packed.js";
import { type RecurrentOptions, RNNBase } from "./recurrentBase.js";

/** The output of all steps, and the last state. */
type Result<I> = [output: I, hidden: Tensor];

/** The states of an LSTM: h and c. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor];

const REST = "bool bias=true, bool batchFirst=false, float dropout=0, bool bidirectional=false";
const FACTORY = "device? device=null, dtype? dtype=null";
const SIZES = "int inputSize, int hiddenSize, int numLayers=1";
const rnnArguments = reader(`RNN(${SIZES}, str nonlinearity='tanh', ${REST}, ${FACTORY})`);
const gruArguments = reader(`GRU(${SIZES}, ${REST}, ${FACTORY})`);
const lstmArguments = reader(`LSTM(${SIZES}, ${REST}, int projSize=0, ${FACTORY})`);

interface Sizes {
  inputSize: number;
  hiddenSize: number;
}

type Nonlinearity = "tanh" | "relu";

type RNNArguments = Arguments<
  [inputSize: number, hiddenSize: number],
  Sizes,
  [numLayers: number, nonlinearity: Nonlinearity, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean],
  RecurrentOptions & { nonlinearity?: Nonlinearity }
>;

type GRUArguments = Arguments<
  [inputSize: number, hiddenSize: number],
  Sizes,
  [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean],
  RecurrentOptions
>;

type LSTMArguments = Arguments<
  [inputSize: number, hiddenSize: number],
  Sizes,
  [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean, projSize: number],
  RecurrentOptions & { projSize?: number }
>;

/** A module whose units have one state. */
abstract class OneState extends RNNBase<[input: Tensor, hx?: Tensor | null], Result<Tensor>> {
  forward(input: PackedSequence, hx?: Tensor | null): Result<PackedSequence>;
  forward(input: Tensor, hx?: Tensor | null): Result<Tensor>;
  forward(input: Tensor | PackedSequence, hx: Tensor | null = null): Result<Tensor | PackedSequence> {
    const { output, states } = this.run(input, hx === null ? null : [hx]);
    return [output, states[0] as Tensor];
  }
}

class RNNModule extends OneState {
  readonly nonlinearity: Nonlinearity;

  constructor(...args: RNNArguments) {
    const [inputSize, hiddenSize, numLayers, nonlinearity, bias, batchFirst, dropout, bidirectional, device, dtype] = rnnArguments(args);
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw new ArgumentError(`RNN: Unknown nonlinearity '${nonlinearity}'. Select from 'tanh' or 'relu'.`);
    const mode = nonlinearity === "tanh" ? "RNN_TANH" : "RNN_RELU";
    super(mode, { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize: 0, device, dtype });
    this.nonlinearity = nonlinearity;
  }
}

class GRUModule extends OneState {
  constructor(...args: GRUArguments) {
    const [inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype] = gruArguments(args);
    super("GRU", { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize: 0, device, dtype });
  }
}

class LSTMModule extends RNNBase<[input: Tensor, hx?: LSTMState | null], [output: Tensor, state: LSTMState]> {
  constructor(...args: LSTMArguments) {
    const [inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, device, dtype] = lstmArguments(args);
    super("LSTM", { inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, device, dtype });
  }

  forward(input: PackedSequence, hx?: LSTMState | null): [output: PackedSequence, state: LSTMState];
  forward(input: Tensor, hx?: LSTMState | null): [output: Tensor, state: LSTMState];
  forward(input: Tensor | PackedSequence, hx: LSTMState | null = null): [output: Tensor | PackedSequence, state: LSTMState] {
    const { output, states } = this.run(input, hx);
    return [output, states as LSTMState];
  }
}

/** Called with tensors, or with packed sequences. */
interface OneStateCalls {
  (input: Tensor, hx?: Tensor | null): Result<Tensor>;
  (input: PackedSequence, hx?: Tensor | null): Result<PackedSequence>;
}

/** See the constructor. */
export interface RNN extends OneStateCalls, RNNModule {}
/** See the constructor. */
export interface GRU extends OneStateCalls, GRUModule {}
/** See the constructor. */
export interface LSTM extends LSTMModule {
  (input: Tensor, hx?: LSTMState | null): [output: Tensor, state: LSTMState];
  (input: PackedSequence, hx?: LSTMState | null): [output: PackedSequence, state: LSTMState];
}

interface Constructor<A extends unknown[], M> {
  new (...args: A): M;
  readonly prototype: M;
}

/**
 * Elman's network (1990): `hₜ = tanh(W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh)` in every layer, or with `nonlinearity: "relu"` a rectifier.
 *
 * Shapes: input `[steps, batch, inputSize]` (`[batch, steps, inputSize]` with `batchFirst`, `[steps, inputSize]` without batch) or a `PackedSequence`;
 * `hx` and the last state `[numLayers · directions, batch, hiddenSize]`; output `[steps, batch, directions · hiddenSize]`.
 * @throws {ShapeError} if shapes do not fit.
 */
export const RNN: Constructor<RNNArguments, RNN> = RNNModule as Constructor<RNNArguments, RNN>;

/**
 * Gated recurrent units (Cho et al., 2014): `r, z = σ(W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh)`, `n = tanh(W_in · xₜ + b_in + r · (W_hn · hₜ₋₁ + b_hn))`,
 * `hₜ = (1 - z) · n + z · hₜ₋₁` in every layer. Shapes as of `RNN`.
 * @throws {ShapeError} if shapes do not fit.
 */
export const GRU: Constructor<GRUArguments, GRU> = GRUModule as Constructor<GRUArguments, GRU>;

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997): `i, f, o = σ(W_ih · xₜ + b_ih + W_hh · hₜ₋₁ + b_hh)`, `g = tanh(…)`,
 * `cₜ = f · cₜ₋₁ + i · g`, `hₜ = o · tanh(cₜ)` in every layer, and with `projSize` `hₜ = W_hr · hₜ` after that. Shapes as of `RNN`; the state is a pair
 * of h, of the size of the projection if there is one, and c.
 * @throws {ShapeError} if shapes do not fit.
 * @example
 * ```ts
 * const lstm = new nn.LSTM(10, 20, 2);
 * const [output, [hn, cn]] = lstm(torch.randn(5, 3, 10));
 * output.size(); // torch.Size([5, 3, 20])
 * hn.size(); // torch.Size([2, 3, 20])
 * ```
 */
export const LSTM: Constructor<LSTMArguments, LSTM> = LSTMModule as Constructor<LSTMArguments, LSTM>;

for (const [name, constructor] of Object.entries({ RNN, GRU, LSTM })) Object.defineProperty(constructor, "name", { value: name });
