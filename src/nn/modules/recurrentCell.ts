/** Recurrent modules of one step: `RNNCell`, `LSTMCell` and `GRUCell`. */

import type { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { empty } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import { uniform_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { python } from "../repr.js";
import { gruKind, lstmKind, type RecurrentKind, reluKind, type States, tanhKind } from "./recurrentLayer.js";

/** The settings of a cell, as its constructor read them. */
interface CellSettings {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  readonly device: Device | null;
  readonly dtype: DType | null;
}

/** The base class of cells. */
export abstract class RNNCellBase<A extends unknown[] = never[], R = unknown> extends Module<A, R> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  /** `[gates · hiddenSize, inputSize]` */
  weight_ih: Parameter;
  /** `[gates · hiddenSize, hiddenSize]` */
  weight_hh: Parameter;
  /** `[gates · hiddenSize]`, or null. */
  bias_ih: Parameter | null = null;
  /** `[gates · hiddenSize]`, or null. */
  bias_hh: Parameter | null = null;

  constructor({ inputSize, hiddenSize, bias, device, dtype }: CellSettings, gates: number) {
    super();
    const width = gates * hiddenSize;
    const make = (...shape: number[]): Parameter => new Parameter(empty(shape, { device, dtype }));
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    this.weight_ih = make(width, inputSize);
    this.weight_hh = make(width, hiddenSize);
    this.registerParameter("bias_ih", bias ? make(width) : null);
    this.registerParameter("bias_hh", bias ? make(width) : null);
    this.resetParameters();
  }

  /** Initialises all parameters anew, uniformly in `±1/√hiddenSize`. */
  resetParameters(): void {
    const bound = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** @internal One step of a batch or of one sequence, from the given states or zeros. */
  protected step(kind: RecurrentKind, input: Tensor, given: States | null, names: readonly string[]): States {
    const rank = input.shape.length;
    if (rank !== 1 && rank !== 2) throw new ShapeError(`${this._getName()}: Expected input to be 1D or 2D, got ${rank}D instead`);
    given?.forEach((state, i) => {
      const { length } = state.shape;
      if (length !== 1 && length !== 2)
        throw new ShapeError(`${this._getName()}: Expected ${names[i]} to be 1D or 2D, got ${length}D instead`);
    });
    const single = rank === 1;
    const batch = single ? input.unsqueeze(0) : input;
    const states = Array.from({ length: kind.states }, (_, i) => {
      const state = given?.[i];
      if (state === undefined) return batch.newZeros([batch.shape[0] as number, this.hiddenSize]);
      return single ? state.unsqueeze(0) : state;
    });
    this.checkSizes(batch, states);
    const weights = { input: this.weight_ih, hidden: this.weight_hh, inputBias: this.bias_ih, hiddenBias: this.bias_hh, projection: null };
    const next = kind.step(kind.ofInput(batch, weights), states, weights);
    return single ? next.map((state) => state.squeeze(0)) : next;
  }

  private checkSizes(input: Tensor, states: States): void {
    const [batch, features] = input.shape as [number, number];
    if (features !== this.inputSize)
      throw new ShapeError(`${this._getName()}: input has inconsistent input_size: got ${features} expected ${this.inputSize}`);
    states.forEach((state, i) => {
      const [count, size] = state.shape as [number, number];
      if (count !== batch)
        throw new ShapeError(`${this._getName()}: Input batch size ${batch} doesn't match hidden${i} batch size ${count}`);
      if (size !== this.hiddenSize)
        throw new ShapeError(`${this._getName()}: hidden${i} has inconsistent hidden_size: got ${size}, expected ${this.hiddenSize}`);
    });
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? "" : `, bias=${python(false)}`}`;
  }
}

interface Sizes {
  inputSize: number;
  hiddenSize: number;
}

type Nonlinearity = "tanh" | "relu";

type CellArguments = Arguments<[inputSize: number, hiddenSize: number], Sizes, [bias: boolean], FactoryOptions & { bias?: boolean }>;

const rnnArguments = reader(
  "RNNCell(int inputSize, int hiddenSize, bool bias=true, str nonlinearity='tanh', device? device=null, dtype? dtype=null)",
);
const cellArguments = reader("Cell(int inputSize, int hiddenSize, bool bias=true, device? device=null, dtype? dtype=null)");

/** One step of an `RNN`: input `[batch, inputSize]`, state and result `[batch, hiddenSize]`, all also without batch. */
export class RNNCell extends RNNCellBase<[input: Tensor, hx?: Tensor | null], Tensor> {
  readonly nonlinearity: Nonlinearity;

  /** @throws {ArgumentError} for an unknown `nonlinearity`. */
  constructor(
    ...args: Arguments<
      [inputSize: number, hiddenSize: number],
      Sizes,
      [bias: boolean, nonlinearity: Nonlinearity],
      FactoryOptions & { bias?: boolean; nonlinearity?: Nonlinearity }
    >
  ) {
    const [inputSize, hiddenSize, bias, nonlinearity, device, dtype] = rnnArguments(args);
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") throw new ArgumentError(`RNNCell: Unknown nonlinearity: ${nonlinearity}`);
    super({ inputSize, hiddenSize, bias, device, dtype }, 1);
    this.nonlinearity = nonlinearity;
  }

  forward(input: Tensor, hx: Tensor | null = null): Tensor {
    const kind = this.nonlinearity === "tanh" ? tanhKind : reluKind;
    return this.step(kind, input, hx === null ? null : [hx], ["hidden"])[0] as Tensor;
  }

  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** One step of an `LSTM`: input `[batch, inputSize]`, states h and c `[batch, hiddenSize]`, all also without batch; gives both states. */
export class LSTMCell extends RNNCellBase<
  [input: Tensor, hx?: readonly [hidden: Tensor, cell: Tensor] | null],
  [hidden: Tensor, cell: Tensor]
> {
  constructor(...args: CellArguments) {
    const [inputSize, hiddenSize, bias, device, dtype] = cellArguments(args, new.target.name);
    super({ inputSize, hiddenSize, bias, device, dtype }, 4);
  }

  forward(input: Tensor, hx: readonly [hidden: Tensor, cell: Tensor] | null = null): [hidden: Tensor, cell: Tensor] {
    const [hidden, cell] = this.step(lstmKind, input, hx, ["hx[0]", "hx[1]"]) as [Tensor, Tensor];
    return [hidden, cell];
  }
}

/** One step of a `GRU`: input `[batch, inputSize]`, state and result `[batch, hiddenSize]`, all also without batch. */
export class GRUCell extends RNNCellBase<[input: Tensor, hx?: Tensor | null], Tensor> {
  constructor(...args: CellArguments) {
    const [inputSize, hiddenSize, bias, device, dtype] = cellArguments(args, new.target.name);
    super({ inputSize, hiddenSize, bias, device, dtype }, 3);
  }

  forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step(gruKind, input, hx === null ? null : [hx], ["hidden"])[0] as Tensor;
  }
}
