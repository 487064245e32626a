/** Steps that compute a whole expression at once, where that is faster than its nodes one after another. */

import { add, erf, exp, mul, square, sub } from "../../../expr/build.js";
import { type Expr, input, isBool } from "../../../expr/node.js";

/**
 * What steps compute: expressions of inputs 0 and 1, which may be anything, and 2, which must be a number that is the same for all elements.
 * A step for another expression is one more line here and one in `native/include/steps.h`.
 */
const x = input(0);
const y = input(1);
const NUMBER = 2;
const s = input(NUMBER);
const distribution = (of: Expr): Expr => add(1, erf(mul(of, Math.SQRT1_2)));
const density = (of: Expr): Expr => mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(of))));
const fused: readonly { readonly step: string; readonly pattern: Expr }[] = [
  { step: "gelu", pattern: mul(mul(0.5, x), distribution(x)) },
  { step: "geluBackward", pattern: mul(x, add(mul(0.5, distribution(y)), mul(y, density(y)))) },
  { step: "addScaled", pattern: add(x, mul(s, y)) },
  { step: "addScaled", pattern: add(x, mul(y, s)) },
  { step: "subScaled", pattern: sub(x, mul(s, y)) },
  { step: "subScaled", pattern: sub(x, mul(y, s)) },
];

/** A node as a step and the expressions that it takes. */
export interface Call {
  readonly step: string;
  readonly args: readonly Expr[];
}

/** What the library and the call say: which steps there are, and which expressions are one number for all elements. */
export interface Known {
  readonly has: (step: string) => boolean;
  readonly isNumber: (expr: Expr) => boolean;
}

/** Whether the expression is the pattern with something in the places of its inputs, which goes into `found`. */
function matches(pattern: Expr, expr: Expr, found: Expr[], isNumber: Known["isNumber"]): boolean {
  if (pattern.kind === "const") return pattern === expr;
  if (pattern.kind === "apply")
    return (
      expr.kind === "apply" && expr.op === pattern.op && pattern.args.every((arg, k) => matches(arg, expr.args[k] as Expr, found, isNumber))
    );
  if (pattern.index === NUMBER && !isNumber(expr)) return false;
  found[pattern.index] ??= expr;
  return found[pattern.index] === expr && !isBool(expr);
}

/** Every node that has to be computed for the roots, arguments first, each as the step that computes it; null for inputs and constants. */
export function callsOf(roots: readonly Expr[], known: Known): Map<Expr, Call | null> {
  const calls = new Map<Expr, Call | null>();
  const visit = (node: Expr): void => {
    if (calls.has(node)) return;
    const call = callOf(node, known);
    if (call !== null) for (const arg of call.args) visit(arg);
    calls.set(node, call);
  };
  for (const root of roots) visit(root);
  return calls;
}

function callOf(node: Expr, { has, isNumber }: Known): Call | null {
  if (node.kind !== "apply") return null;
  for (const { step, pattern } of fused) {
    const args: Expr[] = [];
    if (has(step) && matches(pattern, node, args, isNumber)) return { step, args };
  }
  return { step: node.op, args: node.args };
}
