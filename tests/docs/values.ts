/** What comments in documentation say about values. */

import { Tensor } from "../../src/index.js";

/** Comments that begin so give the value; others are prose. */
const value = /^(?:tensor\(|torch\.|\[|\{|-?\d|-?Infinity\b|NaN\b|true\b|false\b|null\b|undefined\b|"|[A-Z]\w*Array\b)/;

function text(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} [${[...(value as Uint8Array)].join(", ")}]`;
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) return `[${value.map(text).join(", ")}]`;
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map(([key, one]) => `${key}: ${text(one)}`);
    return `{ ${entries.join(", ")} }`;
  }
  return String(value);
}

const squeezed = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/([[(]) | (?=[\])])/g, "$1")
    .trim();

/**
 * Checks that a value is what the comment behind it says: all of the comment, or its beginning up to a comma, a colon or a semicolon.
 * @throws {Error} with both texts.
 */
export async function check(given: unknown, comment: string): Promise<void> {
  const actual = await given;
  if (!value.test(comment)) return;
  const [is, says] = [squeezed(text(actual)), squeezed(comment)];
  if (is === says || (says.startsWith(is) && /^[,:;] [a-z]/.test(says.slice(is.length)))) return;
  // Tensors are also written as what `tolist` gives.
  if (actual instanceof Tensor && squeezed(text(actual.tolist())) === says) return;
  throw new Error(`the comment says ${says}\n       but it is ${is}`);
}

/**
 * Checks that a call throws; behind `throws`, the comment gives the error's class or a part of its message.
 * @throws {Error} if it does not.
 */
export async function checkThrows(call: () => Promise<unknown>, comment: string): Promise<void> {
  const expected = comment.replace(/^throws:?\s*/, "");
  const error: unknown = await call().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`the comment says it throws, but it gives a value`);
  if (!`${error.name}: ${error.message}`.includes(expected))
    throw new Error(`the comment says ${expected}\n       but it throws ${error.name}: ${error.message}`);
}
