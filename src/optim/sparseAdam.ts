/** Adam for tables of which a step touches few rows. */

import { ArgumentError } from "../core/errors.js";
import { cat } from "../ops/shape/joining.js";
import { type SparseRows, sparseRows } from "../tensor/sparseRows.js";
import type { Tensor } from "../tensor/tensor.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";

/** Options of `SparseAdam`. */
export interface SparseAdamOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rates of the running means of the gradient and of its square. */
  betas?: readonly number[];
  /** Added to the denominator. */
  eps?: number;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Required<SparseAdamOptions>;

/** The numbers of the rows, each once and in order. */
function distinct(all: readonly SparseRows[]): Tensor {
  const lists = all.map(({ indices, except }) => {
    const flat = indices.reshape(-1);
    return except < 0 ? flat : flat.maskedSelect(flat.ne(except));
  });
  return cat(lists).unique() as Tensor;
}

/**
 * Adam for embeddings with `sparse: true`: the moments and the parameters of rows that were looked up since the gradient was last set to null are
 * updated, the others stay as they are. `p ← p - lr · √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)` for the rows of the step.
 *
 * Source: PyTorch's `SparseAdam`, "masked" Adam after Kingma and Ba, 2014.
 * @throws {ArgumentError} at a step with a gradient of all rows.
 * @example
 * ```ts
 * const words = new nn.Embedding(1000, 8, { sparse: true });
 * const optimizer = new optim.SparseAdam(words.parameters(), { lr: 0.01 });
 * words(torch.tensor([1n, 2n])).sum().backward();
 * optimizer.step();
 * ```
 */
export class SparseAdam extends Optimizer<Group> {
  constructor(params: Parameters<SparseAdamOptions>, options?: SparseAdamOptions);
  constructor(params: Parameters<SparseAdamOptions>, lr: number, options?: Omit<SparseAdamOptions, "lr">);
  constructor(params: Parameters<SparseAdamOptions>, lr: number, betas: readonly number[], eps?: number, maximize?: boolean);
  constructor(...args: unknown[]) {
    super("SparseAdam(any params, float lr=0.001, float[] betas=[0.9 0.999], float eps=1e-8, bool maximize=false)", args);
  }

  /** The number of steps stays a number, as PyTorch stores it for this optimiser. */
  protected override get scalarState(): readonly string[] {
    return [];
  }

  protected override check({ lr, betas, eps }: Group): void {
    if (!(lr > 0)) throw new ArgumentError(`SparseAdam: Invalid learning rate: ${lr}`);
    if (!(eps > 0)) throw new ArgumentError(`SparseAdam: Invalid epsilon value: ${eps}`);
    this.twoFractions(betas);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const touched = sparseRows(param);
    if (touched === null) {
      throw new ArgumentError(
        "SparseAdam: SparseAdam does not support dense gradients, please consider Adam instead; gradients are sparse in rows for embeddings made with sparse: true",
      );
    }
    const step = (state.step ?? 0) + 1;
    state.step = step;
    const [beta1, beta2] = group.betas as readonly [number, number];
    const expAvg = moment(state, "expAvg", param);
    const expAvgSq = moment(state, "expAvgSq", param);
    const rows = distinct(touched);
    const values = grad.indexSelect(0, rows).mul(group.maximize ? -1 : 1);
    const first = expAvg.indexSelect(0, rows).lerp(values, 1 - beta1);
    const second = expAvgSq.indexSelect(0, rows).lerp(values.square(), 1 - beta2);
    expAvg.indexCopy_(0, rows, first);
    expAvgSq.indexCopy_(0, rows, second);
    const size = (group.lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
    param.indexAdd_(0, rows, first.div(second.sqrt().add(group.eps)).mul(-size));
  }
}
