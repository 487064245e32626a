/** Updates: programs that read several tensors and write some of them in place, element by element, in one kernel. */

import { DTypeError, ShapeError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import { type Expr, input, lift, type Term } from "../expr/node.js";
import { Program } from "../expr/program.js";
import type { Tensor } from "./tensor.js";

/** The values that a body reads: tensors and numbers by name. */
export type UpdateInputs<T extends string, N extends string> = { readonly [name in T | N]: Expr };

/**
 * An in-place update of tensors, such as an optimiser's: `tensors` are all that it reads, `numbers` its scalars; the body gives the new values of
 * those that it writes. Nothing is recorded.
 */
export class Update<T extends string, N extends string> {
  private readonly program: Program;
  /** The places of those that are written. */
  private readonly written: readonly number[];

  constructor(
    readonly name: string,
    private readonly tensors: readonly T[],
    private readonly numbers: readonly N[],
    body: (inputs: UpdateInputs<T, N>) => { readonly [name in T]?: Term },
  ) {
    const names: readonly (T | N)[] = [...tensors, ...numbers];
    const inputs = Object.fromEntries(names.map((one, i) => [one, input(i)])) as UpdateInputs<T, N>;
    const results = body(inputs);
    this.written = tensors.flatMap((one, i) => (results[one] === undefined ? [] : [i]));
    this.program = new Program(
      name,
      this.written.map((place) => lift(results[tensors[place] as T] as Term)),
      names.length,
    );
  }

  /**
   * Runs the update on tensors of one shape and dtype.
   * @throws {ShapeError} if the shapes differ.
   */
  run(tensors: { readonly [name in T]: Tensor }, numbers: { readonly [name in N]: number }): void {
    const operands: Tensor[] = [];
    for (const one of this.tensors) operands.push(tensors[one]);
    const values: number[] = [];
    for (const one of this.numbers) values.push(numbers[one]);
    this.apply(operands, values);
  }

  /** The same with tensors and numbers in the order of their names: looking for each by name takes longer than a small update. */
  apply(operands: readonly Tensor[], numbers: readonly number[]): void {
    const first = operands[0] as Tensor;
    let isPlain = true;
    for (let i = 0; i < operands.length; i++) {
      const tensor = operands[i] as Tensor;
      if (tensor.shape !== first.shape && !sameShape(tensor.shape, first.shape)) {
        throw new ShapeError(
          `${this.name}: ${this.tensors[i]} has shape ${formatShape(tensor.shape)}, but ${this.tensors[0]} has ${formatShape(first.shape)}`,
        );
      }
      if (tensor.storage.backend !== first.storage.backend) {
        throw new DTypeError(`${this.name}: ${this.tensors[i]} is on ${tensor.device}, but ${this.tensors[0]} is on ${first.device}`);
      }
      isPlain &&= tensor.dense && tensor.dtype === first.dtype;
    }
    if (isPlain && gathered !== null) gathered.add(this, operands, numbers);
    else this.compute(operands, numbers);
  }

  /** @internal Computes one update. */
  compute(operands: readonly Tensor[], numbers: readonly number[]): void {
    const first = operands[0] as Tensor;
    const outputs: Tensor[] = [];
    for (const place of this.written) outputs.push(operands[place] as Tensor);
    first.storage.backend.kernels.pointwise(this.program, first.dtype, outputs, [...operands, ...numbers]);
    for (const output of outputs) output.storage.version++;
  }

  /** @internal Computes many updates with the same numbers, of dense tensors of one dtype on one device. */
  computeEach(operands: readonly Tensor[], numbers: readonly number[]): void {
    const width = this.tensors.length;
    const { dtype, storage } = operands[0] as Tensor;
    const isDone = storage.backend.kernels.pointwiseEach?.(this.program, dtype, operands, width, this.written, numbers) === true;
    for (let i = 0; i < operands.length; i += width) {
      if (!isDone) this.compute(operands.slice(i, i + width), numbers);
      else for (const place of this.written) (operands[i + place] as Tensor).storage.version++;
    }
  }
}

/** Any update, whatever its names. */
type AnyUpdate = Pick<Update<string, string>, "compute" | "computeEach">;

const alike = (a: readonly number[], b: readonly number[]): boolean => a === b || a.every((value, i) => Object.is(value, b[i]));

/** Updates that wait to be computed together: one program over the tensors of many parameters. */
class Gathered {
  private update: AnyUpdate | null = null;
  private numbers: readonly number[] = [];
  private operands: Tensor[] = [];

  add(update: AnyUpdate, operands: readonly Tensor[], numbers: readonly number[]): void {
    const first = operands[0] as Tensor;
    const other = this.operands[0];
    const fits =
      other !== undefined &&
      update === this.update &&
      first.dtype === other.dtype &&
      first.storage.backend === other.storage.backend &&
      alike(numbers, this.numbers);
    if (!fits) this.flush();
    this.update = update;
    this.numbers = numbers;
    for (let i = 0; i < operands.length; i++) this.operands.push(operands[i] as Tensor);
  }

  /** Computes what waits. */
  flush(): void {
    const { update, operands } = this;
    if (update === null || operands.length === 0) return;
    this.operands = [];
    update.computeEach(operands, this.numbers);
  }
}

let gathered: Gathered | null = null;

/**
 * Runs updates of tensors that are independent of each other: those that differ in nothing but the tensors are computed together, the last at the
 * end. What is updated is not read before.
 */
export function gatherUpdates(body: () => void): void {
  const outer = gathered;
  const own = new Gathered();
  gathered = own;
  try {
    body();
  } finally {
    gathered = outer;
    own.flush();
  }
}
