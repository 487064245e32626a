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
  private readonly written: readonly T[];

  constructor(
    readonly name: string,
    private readonly tensors: readonly T[],
    private readonly numbers: readonly N[],
    body: (inputs: UpdateInputs<T, N>) => { readonly [name in T]?: Term },
  ) {
    const names: readonly (T | N)[] = [...tensors, ...numbers];
    const inputs = Object.fromEntries(names.map((one, i) => [one, input(i)])) as UpdateInputs<T, N>;
    const results = body(inputs);
    this.written = tensors.filter((one) => results[one] !== undefined);
    this.program = new Program(
      name,
      this.written.map((one) => lift(results[one] as Term)),
      names.length,
    );
  }

  /**
   * Runs the update on tensors of one shape and dtype.
   * @throws {ShapeError} if the shapes differ.
   */
  run(tensors: { readonly [name in T]: Tensor }, numbers: { readonly [name in N]: number }): void {
    const first = tensors[this.tensors[0] as T];
    const inputs: (Tensor | number)[] = [];
    for (const one of this.tensors) {
      const tensor = tensors[one];
      if (!sameShape(tensor.shape, first.shape)) {
        throw new ShapeError(
          `${this.name}: ${one} has shape ${formatShape(tensor.shape)}, but ${this.tensors[0]} has ${formatShape(first.shape)}`,
        );
      }
      if (tensor.storage.backend !== first.storage.backend) {
        throw new DTypeError(`${this.name}: ${one} is on ${tensor.device}, but ${this.tensors[0]} is on ${first.device}`);
      }
      inputs.push(tensor);
    }
    for (const one of this.numbers) inputs.push(numbers[one]);
    const outputs: Tensor[] = [];
    for (const one of this.written) outputs.push(tensors[one]);
    first.storage.backend.kernels.pointwise(this.program, first.dtype, outputs, inputs);
    for (const output of outputs) output.storage.version++;
  }
}
