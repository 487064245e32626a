/** Python's values as they stand in a pickle, where JavaScript has no value of its own for them. Tuples are frozen arrays. */

/** A dictionary, as pairs in order. */
export class Dict {
  readonly pairs: (readonly [key: unknown, value: unknown])[] = [];
  /** Attributes of the object itself, as an `OrderedDict` may have: `_metadata`. */
  attributes: unknown = null;

  constructor(
    /** Whether it is an `OrderedDict`. */
    readonly ordered: boolean,
  ) {}
}

/** A set, as its members in order. */
export class PythonSet {
  constructor(readonly members: unknown[]) {}
}

/** A name that the pickle refers to, such as `torch._utils._rebuild_tensor_v2`. It is a name and nothing else: nothing is looked up or called. */
export class GlobalName {
  constructor(
    /** The name with its module. */
    readonly path: string,
  ) {}
}

/** A tuple of values. */
export function tuple(items: unknown[]): readonly unknown[] {
  return Object.freeze(items);
}

/** Whether a value is a tuple. */
export function isTuple(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

/** A value for an error's text, short whatever it is: text of nested arrays can grow exponentially where they share parts. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value).slice(0, 60);
}
