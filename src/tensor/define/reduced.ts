/**
 * Expressions of elements that are summed or averaged at once: one reduction kernel computes the value, one pointwise kernel the
 * gradient, and nothing of the size of the inputs lies between them.
 */

import { modes } from "../../autograd/modes.js";
import { DeviceError } from "../../core/errors.js";
import { broadcastShapes, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { type Expr, input, lift, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn } from "../create.js";
import { interceptible, type OpRecord } from "../dispatch.js";
import { parseSchema } from "../schema.js";
import { Tensor } from "../tensor.js";
import { PointwiseNode, type Value } from "./pointwiseNode.js";
import { type GradientRule, Pointwise } from "./pointwiseOperation.js";
import { computeType, type DTypeRule, resultOf } from "./rules.js";
import { rounded } from "./scalars.js";

/** What becomes of the elements. */
export type Reduction = "mean" | "sum" | "none";

/** What an author writes for one reduced expression. */
export interface ReducedSpec {
  /** The number of leading inputs that are tensors, or numbers in their place. The others are plain numbers. */
  readonly operands: number;
  /** The value of an element. */
  readonly body: (...inputs: Expr[]) => Term;
  readonly rule: DTypeRule;
  /** Gradients of the operands where the derived ones will not do; they may not read the result. */
  readonly gradient?: (grad: Expr, inputs: readonly Expr[]) => readonly (Term | null)[];
  /** The positions of operands that get no gradient. */
  readonly constant?: readonly number[];
  /** The name of the graph node. */
  readonly gradName: string | ((reduction: Reduction) => string);
}

const everyDim: readonly (readonly number[])[] = Array.from({ length: 65 }, (_, rank) => Array.from({ length: rank }, (_, d) => d));

/** An expression of elements, left as it is, summed or averaged. */
export class Reduced {
  private readonly elements: Pointwise;
  private readonly program: Program;
  /** The computation as an operation, for transforms. */
  private readonly record: OpRecord;
  /** The expression times a number: what the gradients of sums and means derive from. */
  private readonly scaled: { readonly [reduction in "mean" | "sum"]: Pointwise };

  constructor(
    readonly name: string,
    private readonly spec: ReducedSpec,
  ) {
    const { body, rule, operands } = spec;
    const arity = body.length;
    const gradient = spec.gradient ?? null;
    const admitsNumber = new Array<boolean>(operands).fill(true);
    const nameFor = (reduction: Reduction): string => (typeof spec.gradName === "string" ? spec.gradName : spec.gradName(reduction));
    this.elements = new Pointwise(
      name,
      nameFor("none"),
      arity,
      operands,
      (inputs) => body(...inputs),
      rule,
      gradient,
      true,
      admitsNumber,
      null,
    );
    this.program = new Program(name, [lift(body(...Array.from({ length: arity }, (_, i) => input(i))))], arity);
    const scaledGradient: GradientRule | null =
      gradient === null ? null : (grad, inputs) => gradient(e.mul(grad, inputs[arity] as Expr), inputs);
    const scaled = (inputs: readonly Expr[]): Expr => e.mul(body(...inputs.slice(0, arity)), inputs[arity] as Expr);
    const make = (reduction: Reduction): Pointwise =>
      new Pointwise(name, nameFor(reduction), arity + 1, operands, scaled, rule, scaledGradient, true, admitsNumber, null, true);
    this.scaled = { mean: make("mean"), sum: make("sum") };
    this.record = interceptible({
      kind: "primitive",
      name,
      schema: parseSchema(`${name}(any given, any numbers, str reduction)`),
      differentiable: true,
      dynamicShape: false,
      inPlace: null,
      reduced: this.program.outputs[0] as Expr,
      run: ([given, numbers, reduction]) =>
        this.compute(given as readonly (Tensor | number)[], numbers as readonly number[], reduction as Reduction),
    });
  }

  /** The result for operands (tensors, or numbers in their place) and the numbers behind them. */
  evaluate(given: readonly (Tensor | number)[], numbers: readonly number[], reduction: Reduction): Tensor {
    return this.record.run([given, numbers, reduction]) as Tensor;
  }

  private compute(given: readonly (Tensor | number)[], numbers: readonly number[], reduction: Reduction): Tensor {
    const { constant, rule } = this.spec;
    const variables =
      constant === undefined ? given : given.map((value, i) => (value instanceof Tensor && constant.includes(i) ? value.detach() : value));
    if (reduction === "none") return this.elements.evaluate([...variables, ...numbers]);
    const operands = this.aligned(variables);
    const first = operands.find((value) => value instanceof Tensor) as Tensor;
    const { shape } = first;
    const { backend } = first.storage;
    const compute = computeType(this.name, rule, operands, operands.length);
    const dtype = resultOf(rule, compute);
    const inputs: Value[] = [];
    let isWanted = false;
    for (const value of operands) {
      inputs.push(value instanceof Tensor ? value : rounded(value, compute, false));
      isWanted ||= value instanceof Tensor && value.requiresGrad;
    }
    for (const value of numbers) inputs.push(rounded(value, compute, false));
    const out = emptyOn(backend, [], dtype);
    const scale = reduction === "mean" ? 1 / first.count : 1;
    backend.kernels.reduce("sum", this.program, dtype, out, inputs, shape, everyDim[shape.length] as readonly number[], scale);
    if (modes.grad && isWanted) {
      inputs.push(scale);
      out.producer = new PointwiseNode(this.scaled[reduction], inputs, out);
    }
    return out;
  }

  /** The operands in one shape. */
  private aligned(given: readonly (Tensor | number)[]): readonly (Tensor | number)[] {
    let first: Tensor | null = null;
    let isUniform = true;
    for (const value of given) {
      if (!(value instanceof Tensor)) continue;
      if (first === null) first = value;
      else if (value.storage.backend !== first.storage.backend) {
        throw new DeviceError(
          `${this.name}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${value.device}. Move one with .to(device).`,
        );
      } else isUniform &&= sameShape(value.shape, first.shape);
    }
    if (isUniform) return given;
    const shape = broadcastShapes(
      this.name,
      given.flatMap((value) => (value instanceof Tensor ? [value.shape] : [])),
    );
    return given.map((value) => (value instanceof Tensor && !sameShape(value.shape, shape) ? value.expand(shape as number[]) : value));
  }
}
