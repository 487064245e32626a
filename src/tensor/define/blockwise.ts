/**
 * Pointwise operations with several results, over tensors whose last dimension holds blocks of one size, as the gates of recurrent cells do.
 * One kernel computes all results, and one the gradients of all inputs, which are such an operation again.
 */

import { ShapeError } from "../../core/errors.js";
import { promoteTypes } from "../../core/promotion.js";
import { formatShape, type Shape, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { gradient as derive } from "../../expr/derivative.js";
import { constant, type Expr, input, inputsOf, lift, substitute, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn, tensorOver } from "../create.js";
import type { Op } from "../dispatch.js";
import type { Tensor } from "../tensor.js";
import { primitive } from "./primitive.js";

/** The number of blocks of each tensor. */
type Blocks = readonly number[];

/** Results, one term for each block, from the blocks of all inputs. */
type Body = (inputs: readonly Expr[]) => readonly Term[];

/** Gradients, one term for each block of the inputs, from the gradients of all results, the inputs and the results. */
type GradientBody = (grads: readonly Expr[], inputs: readonly Expr[], outs: readonly Expr[]) => readonly Term[];

/** An operation on tensors `[…, blocks · size]`, block by block. */
export interface BlockwiseSpec {
  /** The number of blocks of each input. */
  readonly inputs: Blocks;
  /** The number of blocks of each result. */
  readonly results: Blocks;
  readonly body: Body;
  /** Gradients where the derived ones would compute anew what results hold. */
  readonly gradient?: GradientBody;
}

/** Gradients as an operation, and which of [gradients of the results…, inputs…, results…] it takes. */
interface GradientStep {
  readonly op: Blockwise;
  readonly takes: readonly number[];
}

const total = (blocks: Blocks): number => blocks.reduce((sum, n) => sum + n, 0);

/** For each block the number of the tensor that holds it. */
const owners = (blocks: Blocks): number[] => blocks.flatMap((n, tensor) => new Array<number>(n).fill(tensor));

const numbered = (count: number, from: number): Expr[] => Array.from({ length: count }, (_, i) => input(from + i));

/** One block of a tensor, for kernels: outside of the graph. */
function blockOf(tensor: Tensor, shape: Shape, block: number): Tensor {
  const step = tensor.strides[tensor.strides.length - 1] as number;
  const size = shape[shape.length - 1] as number;
  return tensorOver(tensor.storage, shape, tensor.strides, tensor.offset + block * size * step, tensor.dtype);
}

/** See the top of the file. */
export class Blockwise {
  /** The program of the results, whose inputs and outputs are blocks. */
  readonly program: Program;
  private readonly steps = new Map<number, GradientStep>();
  private readonly recorded: Op<(inputs: readonly Tensor[]) => readonly Tensor[]>;

  constructor(
    readonly name: string,
    private readonly spec: BlockwiseSpec,
  ) {
    const arity = total(spec.inputs);
    this.program = new Program(name, spec.body(numbered(arity, 0)).map(lift), arity);
    this.recorded = primitive<(inputs: readonly Tensor[]) => readonly Tensor[], "blockwise(Tensor[] inputs)">(
      "blockwise(Tensor[] inputs)",
      {
        forward: (inputs) => {
          const size = this.sizeOf(inputs);
          const first = inputs[0] as Tensor;
          const lead = first.shape.slice(0, -1);
          const outs = spec.results.map((n) => emptyOn(first.storage.backend, [...lead, n * size], first.dtype));
          this.write(outs, inputs);
          return outs;
        },
        gradient: { inputs: (_grad, { inputs, outs, grads }) => this.gradients(grads, inputs, outs) },
        gradName: `${name.charAt(0).toUpperCase()}${name.slice(1)}Backward0`,
        blocks: { inputs: spec.inputs, results: spec.results, outputs: this.program.outputs },
      },
    );
  }

  /** The size of a block; all tensors must have it and be alike in the other dimensions. */
  private sizeOf(inputs: readonly Tensor[]): number {
    const first = inputs[0] as Tensor;
    const lead = first.shape.slice(0, -1);
    const size = (first.shape[lead.length] as number) / (this.spec.inputs[0] as number);
    inputs.forEach((tensor, i) => {
      const wanted = [...lead, size * (this.spec.inputs[i] as number)];
      if (!sameShape(tensor.shape, wanted))
        throw new ShapeError(`${this.name}: expected an input ${i} of shape ${formatShape(wanted)}, got ${formatShape(tensor.shape)}`);
    });
    return size;
  }

  /**
   * The results for some inputs, recorded, in the dtype that all of them promote to.
   * @throws {ShapeError} if the inputs do not have blocks of one size.
   */
  apply(...inputs: Tensor[]): readonly Tensor[] {
    const dtype = inputs.map((tensor) => tensor.dtype).reduce(promoteTypes);
    return this.recorded.record.run([inputs.map((tensor) => (tensor.dtype === dtype ? tensor : tensor.to(dtype)))]) as readonly Tensor[];
  }

  /** Computes the results into tensors that are there. Nothing is recorded or checked. */
  write(results: readonly Tensor[], inputs: readonly Tensor[]): void {
    const first = inputs[0] as Tensor;
    const lead = first.shape.slice(0, -1);
    const shape = [...lead, (first.shape[lead.length] as number) / (this.spec.inputs[0] as number)];
    const blocks = (tensors: readonly Tensor[], counts: Blocks): Tensor[] =>
      tensors.flatMap((tensor, i) => Array.from({ length: counts[i] as number }, (_, k) => blockOf(tensor, shape, k)));
    first.storage.backend.kernels.pointwise(
      this.program,
      first.dtype,
      blocks(results, this.spec.results),
      blocks(inputs, this.spec.inputs),
    );
  }

  /**
   * The gradients of all inputs from those of the results, of which null stands for zero; at least one is given. Inputs and results that the
   * gradients do not read may be null.
   */
  gradients(grads: readonly (Tensor | null)[], inputs: readonly (Tensor | null)[], outs: readonly (Tensor | null)[]): readonly Tensor[] {
    let given = 0;
    grads.forEach((grad, i) => {
      if (grad !== null) given |= 1 << i;
    });
    let step = this.steps.get(given);
    if (step === undefined) {
      step = this.derived(given);
      this.steps.set(given, step);
    }
    const all = [...grads, ...inputs, ...outs];
    return step.op.apply(...step.takes.map((i) => all[i] as Tensor));
  }

  /** The operation that computes the gradients where those of some results, a bit for each, are not zero. */
  private derived(given: number): GradientStep {
    const { inputs, results, body, gradient } = this.spec;
    const [arity, width] = [total(inputs), total(results)];
    const gradOwners = owners(results);
    const grads = numbered(width, 0).map((grad, block) => ((given >> (gradOwners[block] as number)) & 1 ? grad : constant(0)));
    const values = numbered(arity, width);
    const rule = gradient ?? ((g: readonly Expr[], x: readonly Expr[]): readonly Expr[] => derivedGradients(body, g, x));
    const terms = rule(grads, values, numbered(width, width + arity)).map(lift);
    const counts = [...results, ...inputs, ...results];
    const ownerOf = owners(counts);
    const read = new Set(terms.flatMap(inputsOf).map((block) => ownerOf[block] as number));
    results.forEach((_, i) => {
      if ((given >> i) & 1) read.add(i);
    });
    const takes = [...read].sort((a, b) => a - b);
    const position = new Map<number, number>();
    ownerOf.forEach((owner, block) => {
      if (read.has(owner)) position.set(block, position.size);
    });
    const op = new Blockwise(`${this.name}Backward`, {
      inputs: takes.map((i) => counts[i] as number),
      results: inputs,
      body: (blocks) => terms.map((term) => substitute(term, (node) => blocks[position.get(node.index) as number] as Expr)),
    });
    return { op, takes };
  }
}

/** The gradient of every block of the inputs: over all results, the derivative times their gradient. */
function derivedGradients(body: Body, grads: readonly Expr[], inputs: readonly Expr[]): Expr[] {
  const results = body(inputs).map(lift);
  return inputs.map((one) => results.reduce<Expr>((sum, result, k) => e.add(sum, derive(result, one, grads[k] as Expr)), constant(0)));
}
