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

function enter(change: Partial<Modes>): ModeGuard {
  const { grad, inference, anomaly } = modes;
  modes.grad = change.grad ?? grad;
  modes.inference = change.inference ?? inference;
  modes.anomaly = change.anomaly ?? anomaly;
  return {
    [Symbol.dispose]: () => {
      modes.grad = grad;
      modes.inference = inference;
      modes.anomaly = anomaly;
    },
  };
}

/** Runs a callback in a mode; a promise that it returns keeps the mode until it settles. */
function within<R>(change: Partial<Modes>, callback: Callback<R>): R {
  const guard = enter(change);
  let held = false;
  try {
    const result = callback();
    if (isPromise(result)) {
      held = true;
      const done = (): void => guard[Symbol.dispose]();
      result.then(done, done);
    }
    return result;
  } finally {
    if (!held) guard[Symbol.dispose]();
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
    return callback === undefined ? enter(change) : within(change, callback);
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

/** Runs a callback with recording on, inside `noGrad`. */
export const enableGrad: Mode = mode({ grad: true, inference: false });

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
  return callback === undefined ? enter({ grad: enabled }) : within({ grad: enabled }, callback);
}

/** Switches anomaly detection on or off. */
export function setDetectAnomaly(enabled: boolean): ModeGuard {
  return enter({ anomaly: enabled });
}
