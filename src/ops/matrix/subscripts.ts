/** The subscripts of `einsum`: from an equation to the labels of every dimension. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The labels of the operands' dimensions and of the result's, and the size of each label. */
export interface Subscripts {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** The mark of an ellipsis among labels. */
export const ELLIPSIS = "...";

function fail(what: string): never {
  throw new ArgumentError(`einsum(): ${what}`);
}

/** The labels of one term: letters, and at most one ellipsis. `start` is its place in the equation. */
function readTerm(term: string, where: string, start: number): string[] {
  const labels: string[] = [];
  for (let i = 0; i < term.length; i++) {
    const char = term[i] as string;
    if (char === " ") continue;
    if (char === ".") {
      if (labels.includes(ELLIPSIS)) fail(`found '.' for ${where} for which an ellipsis was already found`);
      if (term.slice(i, i + 3) !== ELLIPSIS) fail(`found '.' for ${where} that is not part of any ellipsis`);
      labels.push(ELLIPSIS);
      i += 2;
    } else if (/[A-Za-z]/.test(char)) labels.push(char);
    else fail(`invalid subscript given at index ${start + i} in the equation string, subscripts must be in [a-zA-Z]`);
  }
  return labels;
}

/** The labels of an equation such as `"ij,jk->ik"`; without an arrow the output is null. */
export function readEquation(equation: string): { operands: string[][]; output: string[] | null } {
  const arrow = equation.indexOf("->");
  const left = arrow < 0 ? equation : equation.slice(0, arrow);
  let start = 0;
  const operands = left.split(",").map((term, i) => {
    const labels = readTerm(term, `operand ${i}`, start);
    start += term.length + 1;
    return labels;
  });
  return { operands, output: arrow < 0 ? null : readTerm(equation.slice(arrow + 2), "the output", arrow + 2) };
}

/** The label of a number in a list of subscripts: PyTorch counts A to Z, then a to z. */
export function labelOf(subscript: unknown): string {
  if (subscript === ELLIPSIS || subscript === null) return ELLIPSIS;
  if (typeof subscript !== "number" || !Number.isInteger(subscript) || subscript < 0 || subscript >= 52) {
    return fail(`subscripts in subscript list are expected to be integers within the range [0, 52) or "...", got ${String(subscript)}`);
  }
  return String.fromCharCode(subscript < 26 ? 65 + subscript : 71 + subscript);
}

/** Every dimension of an ellipsis gets a label of its own, counted from the last so that they align. */
function spellOut(labels: readonly string[], covered: number): string[] {
  return labels.flatMap((label) => (label === ELLIPSIS ? Array.from({ length: covered }, (_, i) => `.${covered - 1 - i}`) : [label]));
}

/**
 * The labels of every dimension of operands and result, checked against the operands.
 * @throws {ArgumentError | ShapeError} where labels and dimensions do not agree.
 */
export function resolveSubscripts(
  given: { operands: readonly (readonly string[])[]; output: readonly string[] | null },
  tensors: readonly Tensor[],
): Subscripts {
  if (given.operands.length > tensors.length) fail("fewer operands were provided than specified in the equation");
  if (given.operands.length < tensors.length) fail("more operands were provided than specified in the equation");
  let widest = 0;
  const operands = given.operands.map((labels, i) => {
    const rank = (tensors[i] as Tensor).shape.length;
    const named = labels.filter((label) => label !== ELLIPSIS).length;
    const open = labels.includes(ELLIPSIS);
    if (open ? named > rank : named !== rank) {
      const detail = open ? "but is more than the number of dimensions" : "does not match the number of dimensions";
      throw new ShapeError(
        `einsum(): the number of subscripts in the equation (${named}) ${detail} (${rank}) for operand ${i}${open ? "" : " and no ellipsis was given"}`,
      );
    }
    widest = Math.max(widest, open ? rank - named : 0);
    return spellOut(labels, rank - named);
  });
  return { operands, output: outputOf(given.output, operands, widest) };
}

function outputOf(output: readonly string[] | null, operands: readonly (readonly string[])[], widest: number): string[] {
  if (output === null) {
    const counts = new Map<string, number>();
    for (const label of operands.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
    const once = [...counts].filter(([label, count]) => count === 1 && !label.startsWith(".")).map(([label]) => label);
    return [...spellOut([ELLIPSIS], widest), ...once.sort()];
  }
  const named = output.filter((label) => label !== ELLIPSIS);
  for (const label of named) {
    if (named.indexOf(label) !== named.lastIndexOf(label)) fail(`output subscript ${label} appears more than once in the output`);
    if (!operands.some((labels) => labels.includes(label)))
      fail(`output subscript ${label} does not appear in the equation for any input operand`);
  }
  return spellOut(output, widest);
}
