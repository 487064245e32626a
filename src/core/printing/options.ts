/** How tensors are printed: precision, summarisation and line width, for the whole program, as in PyTorch. */

/** The options that shape a tensor's text. */
export interface PrintOptions {
  /** Digits after the point of a floating-point element, 0 to 100. */
  readonly precision: number;
  /** A tensor of more elements than this is summarised; `Infinity` never. */
  readonly threshold: number;
  /** Elements shown at the beginning and at the end of each dimension of a summarised tensor. */
  readonly edgeitems: number;
  /** Characters after which a row is broken. */
  readonly linewidth: number;
  /** Scientific notation: always, never, or as the values need it (null). */
  readonly sciMode: boolean | null;
}

/** Names of the ready-made settings. */
export type PrintProfile = "default" | "short" | "full";

/** What {@link setPrintoptions} accepts; an option left out keeps its value, except `sciMode`, which returns to null. */
export interface PrintOptionsUpdate {
  readonly precision?: number | undefined;
  readonly threshold?: number | undefined;
  readonly edgeitems?: number | undefined;
  readonly linewidth?: number | undefined;
  readonly profile?: PrintProfile | undefined;
  readonly sciMode?: boolean | null | undefined;
}

type ProfileOptions = Omit<PrintOptions, "sciMode">;

const profiles: Readonly<Record<PrintProfile, ProfileOptions>> = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
};

let current: PrintOptions = { ...profiles.default, sciMode: null };

/**
 * Sets how tensors are printed from now on.
 *
 * @param update - the options to change; `profile` is applied first, so the others override it. As in PyTorch, a call
 *   that does not name `sciMode` lets the values decide again.
 * @throws RangeError for a precision outside 0 to 100, a negative or fractional `edgeitems`, a `threshold` or `linewidth`
 *   that is NaN, or an unknown profile; nothing is changed then
 * @example
 * ```ts
 * torch.setPrintoptions({ precision: 2 });
 * String(torch.tensor([1.12345])); // "tensor([1.12])"
 * torch.setPrintoptions({ profile: "default" });
 * ```
 */
export function setPrintoptions(update: PrintOptionsUpdate): void {
  const base = update.profile === undefined ? current : profileOptions(update.profile);
  const next: PrintOptions = {
    precision: update.precision ?? base.precision,
    threshold: update.threshold ?? base.threshold,
    edgeitems: update.edgeitems ?? base.edgeitems,
    linewidth: update.linewidth ?? base.linewidth,
    sciMode: update.sciMode ?? null,
  };
  check(next);
  current = next;
}

/**
 * Gets how tensors are printed, as an object that {@link setPrintoptions} accepts.
 *
 * @example
 * ```ts
 * torch.getPrintoptions().precision; // 4
 * ```
 */
export function getPrintoptions(): PrintOptions {
  return { ...current };
}

function profileOptions(name: PrintProfile): ProfileOptions {
  if (!Object.hasOwn(profiles, name)) {
    throw new RangeError(`setPrintoptions: unknown profile "${name}"; use "default", "short" or "full"`);
  }
  return profiles[name];
}

function check(options: PrintOptions): void {
  const { precision, edgeitems } = options;
  if (!Number.isInteger(precision) || precision < 0 || precision > 100) {
    throw new RangeError(`setPrintoptions: precision must be a whole number from 0 to 100, not ${precision}`);
  }
  if (!Number.isInteger(edgeitems) || edgeitems < 0) {
    throw new RangeError(`setPrintoptions: edgeitems must be a whole number, 0 or more, not ${edgeitems}`);
  }
  for (const name of ["threshold", "linewidth"] as const) {
    if (Number.isNaN(options[name])) throw new RangeError(`setPrintoptions: ${name} must be a number, not NaN`);
  }
}
