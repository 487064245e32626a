/** Padding: inputs enlarged at the ends of their last dimensions. */

import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { python, tuple } from "../repr.js";

/** One amount for all ends, or how much before and after the last dimension, then the one before it, and so on. */
export type Padding = number | readonly number[];

type PaddingArguments = [padding: Padding] | [options: { padding: Padding }];

const paddingArguments = reader("Pad(int[] padding)");
const constantArguments = reader("ConstantPad(int[] padding, float value)");

/** The amounts for all ends of the last `dims` dimensions. */
const amounts = (padding: readonly number[], dims: number): readonly number[] =>
  padding.length === 1 ? new Array<number>(2 * dims).fill(padding[0] as number) : padding;

/** Padding whose content comes from the input. */
abstract class Pad extends Module<[input: Tensor], Tensor> {
  readonly padding: readonly number[];

  constructor(
    args: PaddingArguments,
    dims: number,
    private readonly mode: "reflect" | "replicate" | "circular",
  ) {
    super();
    this.padding = amounts(paddingArguments(args, this._getName())[0], dims);
  }

  forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, this.mode);
  }

  override extraRepr(): string {
    return tuple(this.padding);
  }
}

/** Padding with one value. */
abstract class ConstantPad extends Module<[input: Tensor], Tensor> {
  readonly padding: readonly number[];
  readonly value: number;

  constructor(padding: readonly number[], value: number, dims: number) {
    super();
    this.padding = amounts(padding, dims);
    this.value = value;
  }

  forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, "constant", this.value);
  }

  override extraRepr(): string {
    return `padding=${tuple(this.padding)}, value=${python(this.value)}`;
  }
}

/** Padding with zeros. */
abstract class ZeroPad extends ConstantPad {
  constructor(args: PaddingArguments, dims: number) {
    super(paddingArguments(args, new.target.name)[0], 0, dims);
  }

  override extraRepr(): string {
    return tuple(this.padding);
  }
}

/** Pads sequences, `[…, length]`, with their mirror image, the edge not repeated. */
export class ReflectionPad1d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 1, "reflect");
  }
}

/** Pads sequences, `[…, length]`, with their edge repeated. */
export class ReplicationPad1d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 1, "replicate");
  }
}

/** Pads sequences, `[…, length]`, with their other end. */
export class CircularPad1d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 1, "circular");
  }
}

/** Pads sequences, `[…, length]`, with a value. */
export class ConstantPad1d extends ConstantPad {
  constructor(...args: [padding: Padding, value: number] | [options: { padding: Padding; value: number }]) {
    const [padding, value] = constantArguments(args, "ConstantPad1d");
    super(padding, value, 1);
  }
}

/** Pads sequences, `[…, length]`, with zeros. */
export class ZeroPad1d extends ZeroPad {
  constructor(...args: PaddingArguments) {
    super(args, 1);
  }
}

/** Pads images, `[…, height, width]`, with their mirror image, the edge not repeated. */
export class ReflectionPad2d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 2, "reflect");
  }
}

/** Pads images, `[…, height, width]`, with their edge repeated. */
export class ReplicationPad2d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 2, "replicate");
  }
}

/** Pads images, `[…, height, width]`, with their other end. */
export class CircularPad2d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 2, "circular");
  }
}

/** Pads images, `[…, height, width]`, with a value. */
export class ConstantPad2d extends ConstantPad {
  constructor(...args: [padding: Padding, value: number] | [options: { padding: Padding; value: number }]) {
    const [padding, value] = constantArguments(args, "ConstantPad2d");
    super(padding, value, 2);
  }
}

/** Pads images, `[…, height, width]`, with zeros. */
export class ZeroPad2d extends ZeroPad {
  constructor(...args: PaddingArguments) {
    super(args, 2);
  }
}

/** Pads volumes, `[…, depth, height, width]`, with their mirror image, the edge not repeated. */
export class ReflectionPad3d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 3, "reflect");
  }
}

/** Pads volumes, `[…, depth, height, width]`, with their edge repeated. */
export class ReplicationPad3d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 3, "replicate");
  }
}

/** Pads volumes, `[…, depth, height, width]`, with their other end. */
export class CircularPad3d extends Pad {
  constructor(...args: PaddingArguments) {
    super(args, 3, "circular");
  }
}

/** Pads volumes, `[…, depth, height, width]`, with a value. */
export class ConstantPad3d extends ConstantPad {
  constructor(...args: [padding: Padding, value: number] | [options: { padding: Padding; value: number }]) {
    const [padding, value] = constantArguments(args, "ConstantPad3d");
    super(padding, value, 3);
  }
}

/** Pads volumes, `[…, depth, height, width]`, with zeros. */
export class ZeroPad3d extends ZeroPad {
  constructor(...args: PaddingArguments) {
    super(args, 3);
  }
}
