/** Settings that hold for a callback or a `using` block, and give way to what was there before. */

import type { ModeGuard } from "./modes.js";

/** A setting that has been entered: what it found, which comes back when it ends. */
interface Entry<S> {
  found: S;
  open: boolean;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** A setting of which the innermost value counts. */
export class Scoped<S> {
  /** Those that were entered, outermost first. */
  private readonly entries: Entry<S>[] = [];

  constructor(
    /** The value that counts now. */
    public current: S,
    /** Called when another value begins to count. */
    private readonly changed: (value: S) => void = () => {},
  ) {}

  /** Sets the value until the guard is disposed of. */
  enter(value: S): ModeGuard {
    const entry: Entry<S> = { found: this.current, open: true };
    this.entries.push(entry);
    this.assign(value);
    return { [Symbol.dispose]: () => this.leave(entry) };
  }

  /** Runs a callback with a value; a promise that it returns keeps the value until it settles. */
  within<R>(value: S, callback: () => R): R {
    const guard = this.enter(value);
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

  /** Sets the value for good, or until the scope around it ends. */
  assign(value: S): void {
    this.current = value;
    this.changed(value);
  }

  /** Asynchronous callbacks end in any order: one that ends while a later one lasts hands on what it found. */
  private leave(entry: Entry<S>): void {
    if (!entry.open) return;
    entry.open = false;
    const at = this.entries.indexOf(entry);
    const above = this.entries[at + 1];
    this.entries.splice(at, 1);
    if (above === undefined) this.assign(entry.found);
    else above.found = entry.found;
  }
}
