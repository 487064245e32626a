/** Several items as one. */

/** A list of items that prints as Python's lists do. */
export class DataChunk<T> implements Iterable<T> {
  readonly items: readonly T[];

  constructor(items: Iterable<T>) {
    this.items = [...items];
  }

  /** The number of items. */
  get length(): number {
    return this.items.length;
  }

  /** The items as text, behind an indent. */
  asStr(indent = ""): string {
    return `${indent}[${this.items.map(String).join(", ")}]`;
  }

  /** The items in their order. A subclass may change this. */
  [Symbol.iterator](): Iterator<T> {
    return this.rawIterator();
  }

  /** The items in their order. */
  *rawIterator(): Iterator<T> {
    yield* this.items;
  }
}
