/** PyTorch's text of modules, and Python's text of the values in it. */

import { reprFloat, reprNumber, reprTuple } from "../core/printing/index.js";

/** A float as Python writes it: 1 is `1.0`. */
export const float: (value: number) => string = reprFloat;
/** Sizes as a Python tuple: `(3,)`. */
export const tuple: (sizes: readonly number[]) => string = reprTuple;

/** A value as Python writes it; a whole number is an integer. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return reprNumber(value);
  if (Array.isArray(value)) return value.length === 1 ? `(${python(value[0])},)` : `(${value.map(python).join(", ")})`;
  if (typeof value === "string") return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
  return String(value);
}

/** Indents all lines but the first. */
export function indented(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/** The text of a module: its name, what it says of itself, and its children by name. */
export function moduleText(name: string, extra: string, children: readonly (readonly [string, string])[]): string {
  const own = extra === "" ? [] : extra.split("\n");
  if (own.length === 0 && children.length === 0) return `${name}()`;
  if (own.length === 1 && children.length === 0) return `${name}(${extra})`;
  const lines = [...own, ...children.map(([key, text]) => `(${key}): ${indented(text, 2)}`)];
  return `${name}(\n  ${lines.join("\n  ")}\n)`;
}

/** The text of a list of modules, in which equal neighbours share a line: `(0-2): 3 x ReLU()`. */
export function moduleListText(name: string, texts: readonly string[]): string {
  if (texts.length === 0) return `${name}()`;
  const lines: string[] = [];
  for (let start = 0; start < texts.length; ) {
    let end = start + 1;
    while (end < texts.length && texts[end] === texts[start]) end++;
    const text = texts[start] as string;
    lines.push(indented(end - start === 1 ? `(${start}): ${text}` : `(${start}-${end - 1}): ${end - start} x ${text}`, 2));
    start = end;
  }
  return `${name}(\n  ${lines.join("\n  ")}\n)`;
}
