/** Ways to choose the elements of parameters that are set to zero. */

import { ArgumentError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { rand } from "../../ops/random/sampled.js";
import { vectorNorm } from "../../ops/reduce/vectorNorm.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Whether single elements, whole channels, or any elements of the whole tensor are chosen. */
export type PruningType = "unstructured" | "structured" | "global";

/** A way of pruning: gives a mask, 1 where elements stay and 0 elsewhere. */
export abstract class BasePruningMethod {
  abstract readonly pruningType: PruningType;

  /** The mask for a tensor whose elements were pruned by `defaultMask` already; the larger an element of `t`, the more important it is. */
  abstract computeMask(t: Tensor, defaultMask: Tensor): Tensor;

  /** The tensor with elements set to zero. */
  prune(t: Tensor, defaultMask: Tensor | null = null, importanceScores: Tensor | null = null): Tensor {
    if (importanceScores !== null && !sameShape(importanceScores.shape, t.shape))
      throw new ShapeError(
        `prune: importance_scores should have the same shape as tensor t, got ${formatShape(importanceScores.shape)} vs ${formatShape(t.shape)}`,
      );
    return t.mul(this.computeMask(importanceScores ?? t, defaultMask ?? t.newOnes(t.shape)));
  }
}

/** The nearest integer, ties to even. */
function nearest(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/** How much is pruned: a whole number counts elements or channels, a fraction is a share of them. */
abstract class Amount extends BasePruningMethod {
  /** @throws {ArgumentError} if the amount is negative, or a fraction above 1. */
  constructor(readonly amount: number) {
    super();
    if (!(amount >= 0) || (!Number.isInteger(amount) && amount > 1))
      throw new ArgumentError(`prune: amount=${amount} should either be a float in the range [0, 1] or a non-negative integer`);
  }

  /** @internal The number of `size` elements or channels that are pruned. */
  protected count(size: number): number {
    if (!Number.isInteger(this.amount)) return nearest(this.amount * size);
    if (this.amount > size)
      throw new ArgumentError(`prune: amount=${this.amount} should be smaller than the number of parameters to prune=${size}`);
    return this.amount;
  }
}

/** Prunes nothing. */
export class Identity extends BasePruningMethod {
  readonly pruningType = "unstructured";

  computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    return defaultMask;
  }
}

const without = (mask: Tensor, indices: Tensor): Tensor => mask.flatten().indexFill(0, indices, 0).view(mask.shape);

/** Prunes random elements. */
export class RandomUnstructured extends Amount {
  readonly pruningType = "unstructured";

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = this.count(t.count);
    if (count === 0) return defaultMask.clone();
    return without(defaultMask, rand(t.shape, { dtype: t.dtype, device: t.device }).view(-1).topk(count).indices);
  }
}

/** Prunes the elements of the smallest magnitude. */
export class L1Unstructured extends Amount {
  readonly pruningType = "unstructured";

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = this.count(t.count);
    if (count === 0) return defaultMask.clone();
    return without(defaultMask, t.abs().flatten().topk(count, { largest: false }).indices);
  }
}

/** Pruning of whole channels. */
abstract class Structured extends Amount {
  readonly pruningType = "structured";

  constructor(
    amount: number,
    /** The dimension of the channels. */
    readonly dim: number,
  ) {
    super(amount);
  }

  /** @internal The channels that stay, and how many there are. */
  protected abstract kept(t: Tensor, channels: number, pruned: number): Tensor;

  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    if (t.shape.length <= 1)
      throw new ShapeError(
        `prune: Structured pruning can only be applied to multidimensional tensors. Found tensor of shape ${formatShape(t.shape)} with ${t.shape.length} dims`,
      );
    const size = t.shape[this.dim < 0 ? this.dim + t.shape.length : this.dim];
    if (size === undefined) throw new IndexError(`prune: Invalid index ${this.dim} for tensor of size ${formatShape(t.shape)}`);
    const pruned = this.count(size);
    if (pruned === 0) return defaultMask;
    return t
      .newZeros(t.shape)
      .indexFill(this.dim, this.kept(t, size, pruned), 1)
      .mul(defaultMask);
  }
}

/** Prunes random channels. */
export class RandomStructured extends Structured {
  constructor(amount: number, dim = -1) {
    super(amount, dim);
  }

  protected kept(_t: Tensor, channels: number, pruned: number): Tensor {
    const drawn = rand(channels);
    return drawn.gt(drawn.kthvalue(pruned).values).nonzero().squeeze(1);
  }
}

/** Prunes the channels of the smallest `n`-norm. */
export class LnStructured extends Structured {
  constructor(
    amount: number,
    readonly n: number | "fro",
    dim = -1,
  ) {
    super(amount, dim);
  }

  protected kept(t: Tensor, channels: number, pruned: number): Tensor {
    const own = this.dim < 0 ? this.dim + t.shape.length : this.dim;
    const others = t.shape.map((_, d) => d).filter((d) => d !== own);
    return vectorNorm(t, this.n === "fro" ? 2 : this.n, others).topk(channels - pruned).indices;
  }
}

/** Prunes what a mask says. */
export class CustomFromMask extends BasePruningMethod {
  readonly pruningType = "global";

  constructor(readonly mask: Tensor) {
    super();
  }

  computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    if (!sameShape(defaultMask.shape, this.mask.shape))
      throw new ShapeError(
        `prune: default_mask shape ${formatShape(defaultMask.shape)} must match self.mask shape ${formatShape(this.mask.shape)}`,
      );
    return defaultMask.mul(this.mask.to(defaultMask.dtype));
  }
}

/** Several ways of pruning one tensor, each applied to what the ones before left. */
export class PruningContainer extends BasePruningMethod {
  readonly pruningType = "global";
  private readonly methods: BasePruningMethod[];

  constructor(...methods: BasePruningMethod[]) {
    super();
    this.methods = methods;
  }

  /** Adds a way of pruning. */
  addPruningMethod(method: BasePruningMethod): void {
    this.methods.push(method);
  }

  /** The number of ways. */
  get length(): number {
    return this.methods.length;
  }

  [Symbol.iterator](): IterableIterator<BasePruningMethod> {
    return this.methods[Symbol.iterator]();
  }

  /** The mask of the last way, for what the mask so far leaves. */
  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const method = this.methods[this.methods.length - 1];
    if (method === undefined) return defaultMask;
    if (method.pruningType === "global") return method.computeMask(t, defaultMask);
    if (method.pruningType === "unstructured") {
      const left = defaultMask.flatten().eq(1).nonzero().squeeze(1);
      const part = method.computeMask(t.flatten().indexSelect(0, left), defaultMask.flatten().indexSelect(0, left));
      return defaultMask.flatten().indexCopy(0, left, part).view(t.shape);
    }
    const given: unknown = Reflect.get(method, "dim");
    if (typeof given !== "number")
      throw new ArgumentError('prune: Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.');
    const dim = given < 0 ? given + t.shape.length : given;
    const others = t.shape.map((_, d) => d).filter((d) => d !== dim);
    const left = defaultMask.sum(others).ne(0).nonzero().squeeze(1);
    const part = method.computeMask(t.indexSelect(dim, left), defaultMask.indexSelect(dim, left));
    return defaultMask.indexCopy(dim, left, part);
  }
}
