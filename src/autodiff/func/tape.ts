/** One differentiation: variables for tensors, what a function records of them, and gradients, within whatever transforms are running. */

import { enableGrad, modes } from "../../autograd/modes.js";
import type { Node } from "../../autograd/node.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { edgeOf } from "../../tensor/graph.js";
import { Tensor } from "../../tensor/tensor.js";
import { grad } from "../grad.js";
import { currentLevel, lowered, outsideAll, raised } from "./level.js";
import { type Mapped, mapTensors, tensorsOf } from "./tree.js";

/** Variables of a function, and its derivatives with respect to them. */
export class Tape {
  private readonly level = currentLevel();
  /** Whether what is computed here may itself be recorded by whoever differentiates around it. */
  private readonly isRecorded = modes.grad;
  /** The variables, with the batches of all levels: every sample has one of its own. */
  private readonly roots: Tensor[] = [];
  private readonly own = new Set<Node<Tensor>>();

  constructor(private readonly op: string) {}

  /** A tree with variables in the place of tensors. */
  variables<T>(tree: T): T {
    return mapTensors(tree, (tensor) => this.variable(tensor)) as T;
  }

  /** A new variable with the value of a tensor; where the tensor is recorded, gradients flow on to it. */
  private variable(tensor: Tensor): Tensor {
    if (!tensor.dtype.isFloatingPoint && !tensor.dtype.isComplex)
      throw new DTypeError(
        `${this.op}: only tensors of floating or complex dtype have derivatives, got ${tensor.dtype}; convert with .to(torch.float32)`,
      );
    const real = lowered(this.level, tensor);
    const root = outsideAll(this.level, () => {
      if (this.isRecorded && real.requiresGrad) return real.viewAs(real);
      const leaf = real.detach();
      leaf.requiresGrad = true;
      this.own.add(edgeOf(leaf) as Node<Tensor>);
      return leaf;
    });
    this.roots.push(root);
    return raised(this.level, root);
  }

  /** Runs a function of variables. */
  run<R>(callback: () => R): R {
    return enableGrad(callback);
  }

  /** The only tensor that a function gave, which must have one element. */
  scalar(output: unknown): Tensor {
    if (!(output instanceof Tensor)) throw new ArgumentError(`${this.op}: the function must give a tensor, got ${typeof output}`);
    if (output.count !== 1 || output.shape.length > 0)
      throw new ArgumentError(
        `${this.op}: the function must give a tensor without dimensions, got shape [${output.shape.join(", ")}]; reduce it with sum() or mean()`,
      );
    return output;
  }

  /** The gradients of all variables, from those of outputs (ones, where they are left out). */
  gradients(outputs: readonly Tensor[], seeds: readonly Tensor[] | null): Tensor[] {
    return this.derive(outputs, this.roots, seeds, this.needsGraph([...outputs, ...(seeds ?? [])]));
  }

  /**
   * The gradients of outputs as a linear function of `seeds`, which is recorded: differentiating it gives products of the Jacobian
   * with vectors, since the transpose of a transpose is the matrix itself.
   */
  transposed(outputs: readonly Tensor[]): (tangents: readonly Tensor[]) => Tensor[] {
    const seeds = outputs.map((output) => {
      const real = lowered(this.level, output);
      return outsideAll(this.level, () => real.detach().newZeros([...real.shape], { requiresGrad: true }));
    });
    for (const seed of seeds) this.own.add(edgeOf(seed) as Node<Tensor>);
    const raisedSeeds = seeds.map((seed) => raised(this.level, seed));
    const pulled = enableGrad(() => this.derive(outputs, this.roots, raisedSeeds, true));
    return (tangents) => this.derive(pulled, seeds, tangents, this.needsGraph([...pulled, ...tangents]));
  }

  private derive(outputs: readonly Tensor[], of: readonly Tensor[], seeds: readonly Tensor[] | null, createGraph: boolean): Tensor[] {
    const reals = outputs.map((output) => lowered(this.level, output));
    const given = seeds?.map((seed) => lowered(this.level, seed));
    const found = outsideAll(this.level, () => {
      const used = reals.map((_, i) => i).filter((i) => (reals[i] as Tensor).requiresGrad);
      if (used.length === 0) return of.map((one) => one.detach().newZeros([...one.shape]));
      const roots = used.map((i) => reals[i] as Tensor);
      const gradOutputs = used.map((i) => given?.[i] ?? (reals[i] as Tensor).detach().newOnes([...(reals[i] as Tensor).shape]));
      return grad(roots, of, { gradOutputs, createGraph, retainGraph: true, materializeGrads: true }) as readonly Tensor[];
    });
    return found.map((one) => raised(this.level, one));
  }

  /** Whether something that is recorded beyond these variables had a part in results, so that derivatives must be recorded, too. */
  private needsGraph(results: readonly Tensor[]): boolean {
    if (!this.isRecorded) return false;
    const pending = results.flatMap((result) => edgeOf(lowered(this.level, result)) ?? []);
    const seen = new Set(pending);
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (this.own.has(node)) continue;
      const next = node.next.filter((one) => one !== null);
      if (next.length === 0) return true;
      for (const one of next) {
        if (seen.has(one)) continue;
        seen.add(one);
        pending.push(one);
      }
    }
    return false;
  }

  /** Results as they go to the caller: outside of the graph where nobody else's variables are in it. */
  settled<T>(tree: T): T {
    return mapTensors(tree, (tensor) => (this.needsGraph([tensor]) ? tensor : tensor.detach())) as T;
  }
}

/** A tree with tensors in the place of its tensors, in order. */
export const replaced = <T>(tree: T, tensors: readonly Tensor[]): Mapped<T, Tensor> => mapTensors(tree, (_, i) => tensors[i] as Tensor);

/** The tensors of what a function gave. */
export function outputsOf(op: string, result: unknown): Tensor[] {
  const outputs = tensorsOf(result);
  if (outputs.length === 0) throw new ArgumentError(`${op}: the function must give tensors, got ${typeof result}`);
  return outputs;
}
