/** Scaling of losses, so that small gradients survive float16. */

import { noGrad } from "../autograd/modes.js";
import { deviceCount } from "../backend/registry.js";
import { Device } from "../core/device.js";
import { float16, float32, int32 } from "../core/dtype.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { full } from "../ops/create/filled.js";
import { where } from "../ops/elementwise/conditional.js";
import { bind, parseSchema } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";

/** What a scaler must know of an optimiser. */
export interface ScaledOptimizer {
  readonly paramGroups: readonly { readonly params: readonly Tensor[] }[];
  step(closure?: () => unknown): unknown;
}

/** Where an optimiser stands between two calls of `update`. */
interface OptimizerProgress {
  stage: "ready" | "unscaled" | "stepped";
  /** 1 if a gradient was infinite or not a number, else 0; null before it was looked for. */
  foundInf: Tensor | null;
}

/** The options of a scaler. */
export interface GradScalerOptions {
  readonly device?: string;
  readonly initScale?: number;
  readonly growthFactor?: number;
  readonly backoffFactor?: number;
  readonly growthInterval?: number;
  readonly enabled?: boolean;
}

/** What a scaler stores, under PyTorch's names; empty for one that is not enabled. */
export interface GradScalerState {
  scale?: number;
  growth_factor?: number;
  backoff_factor?: number;
  growth_interval?: number;
  _growth_tracker?: number;
}

const stateKeys = ["scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"] as const;

const signature = parseSchema(
  "GradScaler(str device='cuda', float initScale=65536, float growthFactor=2, float backoffFactor=0.5, int growthInterval=2000, bool enabled=true)",
);

const neverScaled = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration.";

/** A tensor, or lists of them within lists. */
export type Scalable = Tensor | readonly Scalable[];

/**
 * Multiplies losses by a factor and divides gradients by it, so that gradients too small for float16 are not lost. Steps with infinite gradients
 * are left out and the factor is reduced; after `growthInterval` steps without it grows. As in PyTorch the device is `"cuda"` unless said
 * otherwise, and a scaler for a device that is absent does nothing.
 * @example
 * ```ts
 * const scaler = new torch.amp.GradScaler("cpu");
 * optimizer.zeroGrad();
 * scaler.scale(lossFn(model(x), y)).backward();
 * scaler.step(optimizer);
 * scaler.update();
 * scaler.getScale(); // 65536
 * ```
 */
export class GradScaler {
  private readonly enabled: boolean;
  private readonly device: string;
  private growthFactor: number;
  private backoffFactor: number;
  private growthInterval: number;
  /** What `factor` and `tracker` start from. */
  private initScale: number;
  private initTracker = 0;
  /** The factor and the number of steps without infinite gradients, on the device of the first loss. */
  private factor: Tensor | null = null;
  private tracker: Tensor | null = null;
  private progress = new Map<ScaledOptimizer, OptimizerProgress>();

  constructor(
    ...args: [options?: GradScalerOptions] | [device: string, options?: Omit<GradScalerOptions, "device">] | [device: string, ...number[]]
  ) {
    const [device, initScale, growthFactor, backoffFactor, growthInterval, enabled] = bind(signature, args) as [
      string,
      number,
      number,
      number,
      number,
      boolean,
    ];
    this.device = Device.of(device).type;
    this.enabled = enabled && deviceCount(this.device) > 0;
    if (this.enabled && growthFactor <= 1) throw new ArgumentError(`GradScaler: The growth factor must be > 1.0, got ${growthFactor}`);
    if (this.enabled && backoffFactor >= 1) throw new ArgumentError(`GradScaler: The backoff factor must be < 1.0, got ${backoffFactor}`);
    this.initScale = initScale;
    this.growthFactor = growthFactor;
    this.backoffFactor = backoffFactor;
    this.growthInterval = growthInterval;
  }

  /** The factor and the count of good steps; throws before a loss was scaled. */
  private started(op: string): { factor: Tensor; tracker: Tensor } {
    const { factor, tracker } = this;
    if (factor === null || tracker === null)
      throw new AutogradError(`GradScaler.${op}: Attempted ${op} but _scale is None. ${neverScaled}`);
    return { factor, tracker };
  }

  /** A loss, or each of several, times the factor. */
  scale<T extends Scalable>(outputs: T): T {
    if (!this.enabled) return outputs;
    return this.scaled(outputs) as T;
  }

  private scaled(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one: unknown) => this.scaled(one));
    if (!(value instanceof Tensor)) throw new ArgumentError("GradScaler.scale: outputs must be a Tensor or an array of Tensors");
    const { device } = value;
    this.factor ??= full([], this.initScale, { dtype: float32, device });
    this.tracker ??= full([], this.initTracker, { dtype: int32, device });
    return value.mul(this.factor.to(device));
  }

  /**
   * Divides the gradients of an optimiser's parameters by the factor, so that they can be clipped. `step` does it unless it was done.
   * @throws {AutogradError} if they were divided before since the last `update`.
   * @throws {ArgumentError} for gradients in float16: parameters stay float32 under autocast.
   */
  unscale_(optimizer: ScaledOptimizer): void {
    if (!this.enabled) return;
    const { factor } = this.started("unscale_");
    const progress = this.progressOf(optimizer);
    if (progress.stage === "unscaled")
      throw new AutogradError("GradScaler.unscale_: unscale_() has already been called on this optimizer since the last update().");
    if (progress.stage === "stepped") throw new AutogradError("GradScaler.unscale_: unscale_() is being called after step().");
    progress.foundInf = noGrad(() => {
      const inverse = factor.double().reciprocal().float();
      let found = full([], 0, { dtype: float32, device: factor.device });
      for (const { params } of optimizer.paramGroups) {
        for (const { grad } of params) {
          if (grad === null) continue;
          if (grad.dtype === float16) throw new ArgumentError("GradScaler.unscale_: Attempting to unscale FP16 gradients.");
          found = found.maximum(grad.isfinite().all().logicalNot().to(factor.device, float32));
          grad.mul_(inverse.to(grad.device));
        }
      }
      return found;
    });
    progress.stage = "unscaled";
  }

  private progressOf(optimizer: ScaledOptimizer): OptimizerProgress {
    let progress = this.progress.get(optimizer);
    if (progress === undefined) {
      progress = { stage: "ready", foundInf: null };
      this.progress.set(optimizer, progress);
    }
    return progress;
  }

  /**
   * Takes an optimiser's step unless a gradient is infinite or not a number, and returns what the step returns. Reads one value.
   * @throws {AutogradError} if no loss was scaled, or the step was taken since the last `update`.
   */
  step(optimizer: ScaledOptimizer, closure?: () => unknown): unknown {
    if (!this.enabled) return closure === undefined ? optimizer.step() : optimizer.step(closure);
    if (closure !== undefined) throw new AutogradError("GradScaler.step: Closure use is not currently supported if GradScaler is enabled.");
    this.started("step");
    const progress = this.progressOf(optimizer);
    if (progress.stage === "stepped") throw new AutogradError("GradScaler.step: step() has already been called since the last update().");
    if (progress.stage === "ready") this.unscale_(optimizer);
    if (!optimizer.paramGroups.some(({ params }) => params.some(({ grad }) => grad !== null)))
      throw new AutogradError("GradScaler.step: No inf checks were recorded for this optimizer: no parameter has a gradient.");
    const result = progress.foundInf?.item() === 0 ? optimizer.step() : null;
    progress.stage = "stepped";
    return result;
  }

  /**
   * Adapts the factor, once all optimisers have stepped: reduced if a gradient was infinite, raised after `growthInterval` good steps. Nothing is
   * read. `newScale` sets it instead.
   * @throws {AutogradError} if no loss was scaled, or no optimiser stepped.
   */
  update(newScale: number | Tensor | null = null): void {
    if (!this.enabled) return;
    const { factor, tracker } = this.started("update");
    noGrad(() => {
      if (newScale instanceof Tensor) {
        if (newScale.count !== 1 || newScale.requiresGrad)
          throw new ArgumentError("GradScaler.update: new_scale should be a float or a 1-element float32 Tensor with requires_grad=False.");
        factor.copy_(newScale.reshape([]));
      } else if (newScale !== null) factor.fill_(newScale);
      else this.adapt(factor, tracker);
    });
    this.progress = new Map();
  }

  private adapt(factor: Tensor, tracker: Tensor): void {
    const found = [...this.progress.values()].flatMap(({ foundInf }) => (foundInf === null ? [] : [foundInf]));
    if (found.length === 0) throw new AutogradError("GradScaler.update: No inf checks were recorded prior to update.");
    const isBad = found.reduce((one, other) => one.add(other)).ne(0);
    const good = tracker.add(1);
    const isDue = good.eq(this.growthInterval);
    const grown = factor.double().mul(this.growthFactor).float();
    const raised = where(isDue.logicalAnd(grown.isfinite()), grown, factor);
    factor.copy_(where(isBad, factor.double().mul(this.backoffFactor).float(), raised));
    tracker.copy_(good.maskedFill(isBad.logicalOr(isDue), 0));
  }

  /** The factor. Reads a value. */
  getScale(): number {
    if (!this.enabled) return 1;
    return this.factor === null ? this.initScale : this.factor.item();
  }

  /** What the factor is multiplied by when it grows. */
  getGrowthFactor(): number {
    return this.growthFactor;
  }

  /** Sets what the factor is multiplied by when it grows. */
  setGrowthFactor(newFactor: number): void {
    this.growthFactor = newFactor;
  }

  /** What the factor is multiplied by after an infinite gradient. */
  getBackoffFactor(): number {
    return this.backoffFactor;
  }

  /** Sets what the factor is multiplied by after an infinite gradient. */
  setBackoffFactor(newFactor: number): void {
    this.backoffFactor = newFactor;
  }

  /** The number of good steps after which the factor grows. */
  getGrowthInterval(): number {
    return this.growthInterval;
  }

  /** Sets the number of good steps after which the factor grows. */
  setGrowthInterval(newInterval: number): void {
    this.growthInterval = newInterval;
  }

  /** Whether the scaler does anything. */
  isEnabled(): boolean {
    return this.enabled;
  }

  /** The scaler's state under PyTorch's names. Call it after `update`. */
  stateDict(): GradScalerState {
    if (!this.enabled) return {};
    return {
      scale: this.getScale(),
      growth_factor: this.growthFactor,
      backoff_factor: this.backoffFactor,
      growth_interval: this.growthInterval,
      _growth_tracker: this.tracker === null ? this.initTracker : this.tracker.item(),
    };
  }

  /**
   * Takes over what `stateDict` gave.
   * @throws {ArgumentError} if something is missing, as in the state of a scaler that was not enabled.
   */
  loadStateDict(stateDict: GradScalerState): void {
    if (!this.enabled) return;
    const [scale, growthFactor, backoffFactor, growthInterval, growthTracker] = stateKeys.map((key) => {
      const value = stateDict[key];
      if (typeof value !== "number")
        throw new ArgumentError(
          `GradScaler.loadStateDict: the state has no number '${key}', possibly because it was saved from a disabled instance of GradScaler.`,
        );
      return value;
    }) as [number, number, number, number, number];
    this.initScale = scale;
    this.factor?.fill_(scale);
    this.growthFactor = growthFactor;
    this.backoffFactor = backoffFactor;
    this.growthInterval = growthInterval;
    this.initTracker = growthTracker;
    this.tracker?.fill_(growthTracker);
  }
}
