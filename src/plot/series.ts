/** Reading series: whatever holds numbers becomes a flat array of them. */

/**
 * Numbers to draw: an array or typed array, also nested; a tensor or a NumPy array (anything with `tolist` or `toArray`);
 * any iterable of numbers; or one number.
 */
export type SeriesLike = number | Iterable<unknown> | { tolist(): unknown } | { toArray(): unknown };

/** Whether a value can be read as a series; a string cannot, although it is iterable. */
export function isSeries(value: unknown): value is SeriesLike {
  if (typeof value === "number") return true;
  if (typeof value !== "object" || value === null) return false;
  return hasMethod(value, "tolist") || hasMethod(value, "toArray") || isIterable(value);
}

/**
 * Reads a series as plain numbers, flattened in row-major order; booleans count as 0 and 1.
 *
 * @param series - what to read
 * @param name - what to call it in an error, such as `scatter: x`
 * @throws TypeError if something in it is not a number
 */
export function toNumbers(series: unknown, name: string): number[] {
  const numbers: number[] = [];
  collect(series, name, numbers);
  return numbers;
}

/**
 * Reads a series of one dimension; shapes [n, 1] and [1, n] count as such.
 *
 * @param series - what to read
 * @param name - what to call it in an error, such as `plot: y`
 * @throws TypeError if it holds something else than numbers, or several rows and columns
 */
export function toVector(series: unknown, name: string): number[] {
  const rows = toRows(series, name);
  const columns = rows.reduce((widest, row) => Math.max(widest, row.length), 1);
  if (rows.length > 1 && columns > 1) {
    throw new TypeError(`${name} has ${rows.length} rows of ${columns} numbers; draw its columns one by one`);
  }
  return rows.flat();
}

/**
 * Reads a series as rows of numbers; a flat one has rows of one number.
 *
 * @param series - what to read
 * @param name - what to call it in an error, such as `imshow: image`
 * @throws TypeError if something in it is not a number
 */
export function toRows(series: unknown, name: string): number[][] {
  const elements = open(series);
  return elements === undefined ? [toNumbers(series, name)] : Array.from(elements, (row) => toNumbers(row, name));
}

/** Throws unless two series have equally many values. */
export function checkLengths(op: string, first: Named, second: Named): void {
  if (first.values.length === second.values.length) return;
  throw new RangeError(
    `${op}: ${first.name} and ${second.name} must have the same length, but ${first.name} has ${first.values.length} values ` +
      `and ${second.name} has ${second.values.length}`,
  );
}

interface Named {
  readonly name: string;
  readonly values: readonly unknown[];
}

function collect(value: unknown, name: string, into: number[]): void {
  if (typeof value === "number") {
    into.push(value);
    return;
  }
  if (typeof value === "bigint" || typeof value === "boolean") {
    into.push(Number(value));
    return;
  }
  const elements = open(value);
  if (elements === undefined) throw new TypeError(`${name} must be numbers, but holds ${describe(value)}`);
  for (const element of elements) collect(element, name, into);
}

/** The elements of a container, or undefined for anything else; a scalar tensor opens to its one number. */
function open(value: unknown): Iterable<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return value;
  if (hasMethod(value, "tolist")) return asIterable(value.tolist());
  if (hasMethod(value, "toArray")) return asIterable(value.toArray());
  return isIterable(value) ? value : undefined;
}

function asIterable(value: unknown): Iterable<unknown> {
  return typeof value === "object" && value !== null && isIterable(value) ? value : [value];
}

function isIterable(value: object): value is Iterable<unknown> {
  return hasMethod(value, Symbol.iterator);
}

function hasMethod<Name extends PropertyKey>(value: object, name: Name): value is Record<Name, () => unknown> {
  return typeof Reflect.get(value, name) === "function";
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return `an object of class ${value.constructor?.name ?? "Object"}`;
  return String(value);
}
