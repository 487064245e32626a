/** The value of an expression at given inputs, through the printer for JavaScript. */

import { scalarLibrary } from "../../src/backends/cpu/js/scalar.js";
import type { Expr } from "../../src/expr/node.js";
import { type NumberType, printJs } from "../../src/expr/print-js.js";

/** Prints an expression and runs it. Parts of complex inputs come in pairs: input `i` has its parts at `2i` and `2i + 1`. */
export function evaluate(expr: Expr, values: readonly number[]): number;
export function evaluate<T extends number | bigint>(expr: Expr, values: readonly T[], type: NumberType): T;
export function evaluate(expr: Expr, values: readonly (number | bigint)[], type: NumberType = "float"): number | bigint {
  const printed = printJs([expr], type, (node) => (node.part === null ? `V[${node.index}]` : `V[${2 * node.index + node.part}]`));
  const body = `${printed.statements.join("\n")}\nreturn ${printed.results[0]};`;
  return new Function("S", "V", body)(scalarLibrary, values);
}
