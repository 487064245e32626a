/** L-BFGS. */

import { enableGrad } from "../autograd/modes.js";
import { ArgumentError } from "../core/errors.js";
import { viewAsReal } from "../ops/shape/complexViews.js";
import { cat } from "../ops/shape/joining.js";
import type { Tensor } from "../tensor/tensor.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete } from "./options.js";
import { type LinePoint, strongWolfe } from "./strongWolfe.js";

/** Options of `LBFGS`. */
export interface LBFGSOptions {
  /** The learning rate: the size of a step along its direction. */
  lr?: number;
  /** The largest number of iterations in one step. */
  maxIter?: number;
  /** The largest number of evaluations in one step; by default 5/4 of `maxIter`. */
  maxEval?: number | null;
  /** The gradient (its largest component) at which the search ends. */
  toleranceGrad?: number;
  /** The change of the function or of a parameter at which the search ends. */
  toleranceChange?: number;
  /** The number of updates that are remembered. */
  historySize?: number;
  /** How the size of a step is found: by a line search, or (null) it is `lr`. */
  lineSearchFn?: "strong_wolfe" | null;
}

type Group = Complete<LBFGSOptions>;

/** What is remembered between steps. */
interface History extends ParamState {
  funcEvals?: number;
  nIter?: number;
  d?: Tensor;
  t?: number;
  oldDirs?: Tensor[];
  oldStps?: Tensor[];
  ro?: number[];
  HDiag?: number;
  prevFlatGrad?: Tensor;
  prevLoss?: number;
}

const largest = (vector: Tensor): number => vector.abs().max().item();

/** The approximate inverse Hessian, from the history, times the negative gradient (two-loop recursion). */
function direction(grad: Tensor, steps: readonly Tensor[], changes: readonly Tensor[], ro: readonly number[], scale: number): Tensor {
  let q = grad.neg();
  const alphas: number[] = [];
  for (let i = changes.length - 1; i >= 0; i--) {
    const alpha = (steps[i] as Tensor).dot(q).item() * (ro[i] as number);
    alphas[i] = alpha;
    q = q.sub(changes[i] as Tensor, { alpha });
  }
  q = q.mul(scale);
  for (let i = 0; i < changes.length; i++) {
    const beta = (changes[i] as Tensor).dot(q).item() * (ro[i] as number);
    q = q.add(steps[i] as Tensor, { alpha: (alphas[i] as number) - beta });
  }
  return q;
}

/**
 * L-BFGS: steps along the gradient times an approximate inverse Hessian, known from the last changes of the gradient. It evaluates
 * the loss several times a step, so it needs a closure, and reads values, so it needs a device that the host can wait for.
 *
 * Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989; the order of evaluations is PyTorch's.
 * @example
 * ```ts
 * const optimizer = new torch.optim.LBFGS(model.parameters(), { lineSearchFn: "strong_wolfe" });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = lossFn(model(x), y);
 *   loss.backward();
 *   return loss;
 * });
 * ```
 */
export class LBFGS extends Optimizer<Group> {
  constructor(params: Parameters<LBFGSOptions>, options?: LBFGSOptions);
  constructor(params: Parameters<LBFGSOptions>, lr: number, options?: Omit<LBFGSOptions, "lr">);
  constructor(
    params: Parameters<LBFGSOptions>,
    lr: number,
    maxIter: number,
    maxEval?: number | null,
    toleranceGrad?: number,
    toleranceChange?: number,
    historySize?: number,
  );
  constructor(...args: unknown[]) {
    super(
      "LBFGS(any params, float lr=1, int maxIter=20, int? maxEval=null, float toleranceGrad=1e-7, float toleranceChange=1e-9, int historySize=100, str? lineSearchFn=null)",
      args,
    );
    if (this.paramGroups.length !== 1)
      throw new ArgumentError(`${this.className}: LBFGS doesn't support per-parameter options (parameter groups)`);
    for (const group of this.paramGroups) group.maxEval ??= Math.floor((group.maxIter * 5) / 4);
  }

  protected override get scalarState(): readonly string[] {
    return [];
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    const { lineSearchFn } = options;
    if (lineSearchFn !== null && lineSearchFn !== "strong_wolfe")
      throw new ArgumentError(`${this.className}: only 'strong_wolfe' is supported, not '${String(lineSearchFn)}'`);
  }

  protected override update(): void {
    throw new ArgumentError(`${this.className}: step() needs a closure that computes the loss again and returns it`);
  }

  /** Takes up to `maxIter` iterations. Returns the first loss. */
  override step(): never;
  override step<R>(closure: () => R): R;
  override step<R>(closure?: () => R): R {
    if (closure === undefined)
      throw new ArgumentError(
        `${this.className}: step() missing required argument 'closure', a function that computes the loss again and returns it`,
      );
    return this.hooked(() => this.search(() => enableGrad(closure)));
  }

  private search<R>(closure: () => R): R {
    const group = this.paramGroups[0] as ParamGroup<Group>;
    const { maxIter, toleranceGrad, toleranceChange } = group;
    const maxEval = group.maxEval as number;
    const state: History = this.stateOf(group.params[0] as Tensor);
    const original = closure();
    let loss = valueOf(original);
    let evaluations = 1;
    state.funcEvals = (state.funcEvals ?? 0) + 1;
    state.nIter ??= 0;
    let grad = this.gradient();
    if (largest(grad) <= toleranceGrad) return original;
    for (let n = 1; n <= maxIter; n++) {
      state.nIter++;
      const d = this.next(state, grad, group.historySize);
      const lossBefore = loss;
      state.prevFlatGrad = grad;
      state.prevLoss = loss;
      let t = state.nIter === 1 ? Math.min(1, 1 / grad.abs().sum().item()) * group.lr : group.lr;
      state.d = d;
      state.t = t;
      const slope = grad.dot(d).item();
      if (slope > -toleranceChange) break;
      let used = 0;
      if (group.lineSearchFn !== null) {
        const found = this.lineSearch(closure, d, { t: 0, value: loss, grad, slope }, t, maxEval - evaluations);
        ({ t, value: loss, grad } = found.point);
        used = found.evaluations;
        this.move(t, d);
      } else {
        this.move(t, d);
        if (n !== maxIter) {
          loss = valueOf(closure());
          grad = this.gradient();
          used = 1;
        }
      }
      state.t = t;
      evaluations += used;
      state.funcEvals += used;
      if (n === maxIter || evaluations >= maxEval || largest(grad) <= toleranceGrad) break;
      if (largest(d) * t <= toleranceChange || Math.abs(loss - lossBefore) < toleranceChange) break;
    }
    return original;
  }

  /** The direction of the next iteration; the last change of the gradient enters the history. */
  private next(state: History, grad: Tensor, historySize: number): Tensor {
    const { d, t, prevFlatGrad } = state;
    if (state.nIter === 1 || d === undefined || t === undefined || prevFlatGrad === undefined) {
      Object.assign(state, { oldDirs: [], oldStps: [], ro: [], HDiag: 1 });
      return grad.neg();
    }
    const { oldDirs = [], oldStps = [], ro = [] } = state;
    const change = grad.sub(prevFlatGrad);
    const step = d.mul(t);
    const curvature = change.dot(step).item();
    if (curvature > 1e-10) {
      if (oldDirs.length === historySize) for (const list of [oldDirs, oldStps, ro]) list.shift();
      oldDirs.push(change);
      oldStps.push(step);
      ro.push(1 / curvature);
      state.HDiag = curvature / change.dot(change).item();
    }
    Object.assign(state, { oldDirs, oldStps, ro });
    return direction(grad, oldStps, oldDirs, ro, state.HDiag ?? 1);
  }

  private lineSearch(
    closure: () => unknown,
    d: Tensor,
    start: LinePoint<Tensor>,
    first: number,
    maxIterations: number,
  ): ReturnType<typeof strongWolfe<Tensor>> {
    const params = this.paramGroups[0]?.params ?? [];
    const from = params.map((param) => param.detach().clone());
    const at = (t: number): LinePoint<Tensor> => {
      this.move(t, d);
      const value = valueOf(closure());
      const grad = this.gradient();
      params.forEach((param, i) => void param.copy_(from[i] as Tensor));
      return { t, value, grad, slope: grad.dot(d).item() };
    };
    return strongWolfe(at, start, first, largest(d), maxIterations);
  }

  /** The gradients of all parameters as one vector. */
  private gradient(): Tensor {
    const params = this.paramGroups[0]?.params ?? [];
    return cat(
      params.map((param) => {
        const grad = (param.grad ?? param.detach().newZeros([...param.shape])).detach();
        return (grad.dtype.isComplex ? viewAsReal(grad) : grad).reshape([-1]);
      }),
    );
  }

  /** Moves all parameters by `t` along a vector. */
  private move(t: number, vector: Tensor): void {
    let offset = 0;
    for (const param of this.paramGroups[0]?.params ?? []) {
      const target = param.dtype.isComplex ? viewAsReal(param.detach()) : param.detach();
      target.add_(vector.narrow(0, offset, target.numel()).view([...target.shape]), { alpha: t });
      offset += target.numel();
    }
  }
}

/** The loss that a closure returned, as a number. */
function valueOf(loss: unknown): number {
  if (typeof loss === "object" && loss !== null && "item" in loss && typeof loss.item === "function") return Number(loss.item());
  if (typeof loss === "number") return loss;
  throw new ArgumentError(`LBFGS: the closure must return the loss, got ${loss === null ? "null" : typeof loss}`);
}
