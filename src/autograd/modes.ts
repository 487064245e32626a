/** Gradient modes: whether operations are recorded. */

/** The switches of automatic differentiation, as they stand now. */
interface Modes {
  grad: boolean;
  inference: boolean;
  anomaly: boolean;
}

/** Read on every operation; written only by the functions below. */
export const modes: Modes = { grad: true, inference: false, anomaly: false };

/** A mode that ends with the block of a `using` declaration, or when `dispose` is called. */
export interface ModeGuard {
  [Symbol.dispose](): void;
}

type Callback<R> = () => R;

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

// Node 20 has no Symbol.dispose of its own; compiled `using` declarations look for this one.
if (Symbol.dispose === undefined) Object.defineProperty(Symbol, "dispose", { value: Symbol.for("Symbol.dispose") });

/** Sets switches. Nothing is recorded in inference mode, whatever else is asked for. */
function apply(change: Partial<Modes>): void {
  modes.inference = change.inference ?? modes.inference;
  modes.grad = (change.grad ?? modes.grad) && !modes.inference;
  modes.anomaly = change.anomaly ?? modes.anomaly;
}

/** Sets switches for good, unless the guard is disposed of. */
function assign(change: Partial<Modes>): ModeGuard {
  const before = { ...modes };
  apply(change);
  return { [Symbol.dispose]: () => void Object.assign(modes, before) };
}

/** A mode that has been entered: what it found, which is restored when it ends, and the mode entered after it. */
class Scope implements ModeGuard {
  private static top: Scope | null = null;
  private grad = modes.grad;
  private inference = modes.inference;
  private anomaly = modes.anomaly;
  private readonly below: Scope | null = Scope.top;
  private open = true;

  constructor(change: Partial<Modes>) {
    apply(change);
    Scope.top = this;
  }

  /**
   * Asynchronous callbacks end in any order. One that ends while a later one lasts leaves the modes as they are, and the later
   * one will restore what this one found.
   */
  [Symbol.dispose](): void {
    if (!this.open) return;
    this.open = false;
    if (Scope.top === this) {
      this.restore();
      return;
    }
    let above: Scope | null = null;
    for (let scope = Scope.top; scope !== null && scope !== this; scope = scope.below) if (scope.open) above = scope;
    if (above === null) return;
    above.grad = this.grad;
    above.inference = this.inference;
    above.anomaly = this.anomaly;
  }

  private restore(): void {
    modes.grad = this.grad;
    modes.inference = this.inference;
    modes.anomaly = this.anomaly;
    let top = this.below;
    while (top !== null && !top.open) top = top.below;
    Scope.top = top;
  }
}

/** Runs a callback in a mode; a promise that it returns keeps the mode until it settles. */
function within<R>(change: Partial<Modes>, callback: Callback<R>): R {
  const scope = new Scope(change);
  let held = false;
  try {
    const result = callback();
    if (isPromise(result)) {
      held = true;
      const done = (): void => scope[Symbol.dispose]();
      result.then(done, done);
    }
    return result;
  } finally {
    if (!held) scope[Symbol.dispose]();
  }
}

/** A mode as users enter it: with a callback, whose value is returned, or with `using`. */
export interface Mode {
  <R>(callback: () => R): R;
  (): ModeGuard;
}

function mode(change: Partial<Modes>): Mode {
  function run<R>(callback: () => R): R;
  function run(): ModeGuard;
  function run<R>(callback?: () => R): R | ModeGuard {
    return callback === undefined ? new Scope(change) : within(change, callback);
  }
  return run;
}

/**
 * Runs a callback without recording operations for differentiation.
 * @example
 * ```ts
 * const y = torch.noGrad(() => model(x));
 * ```
 */
export const noGrad: Mode = mode({ grad: false });

/** Runs a callback with recording on, inside `noGrad`. In inference mode it changes nothing. */
export const enableGrad: Mode = mode({ grad: true });

/** Runs a callback without recording anything about operations, views included. */
export const inferenceMode: Mode = mode({ grad: false, inference: true });

/** Runs a callback in which errors of the backward pass tell where the forward operation was called, and NaN gradients are errors. */
export const detectAnomaly: Mode = mode({ anomaly: true });

/** Whether operations are recorded for differentiation now. */
export function isGradEnabled(): boolean {
  return modes.grad;
}

/** Whether inference mode is on. */
export function isInferenceModeEnabled(): boolean {
  return modes.inference;
}

/** Switches recording on or off: for good, or for a callback or `using` block. */
export function setGradEnabled(enabled: boolean): ModeGuard;
export function setGradEnabled<R>(enabled: boolean, callback: () => R): R;
export function setGradEnabled<R>(enabled: boolean, callback?: () => R): R | ModeGuard {
  return callback === undefined ? assign({ grad: enabled }) : within({ grad: enabled }, callback);
}

/** Switches anomaly detection on or off. */
export function setDetectAnomaly(enabled: boolean): ModeGuard {
  return assign({ anomaly: enabled });
}
