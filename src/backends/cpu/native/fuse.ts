/** Steps that compute a whole expression at once, where that is faster than its nodes one after another. */

import { add, erf, mul } from "../../../expr/build.js";
import { type Expr, input } from "../../../expr/node.js";

/** What a step computes: an expression of one input. A step for another expression is one more line here and one in `native/include/steps.h`. */
const fused: readonly { readonly step: string; readonly pattern: Expr }[] = [
  { step: "gelu", pattern: mul(mul(0.5, input(0)), add(1, erf(mul(input(0), Math.SQRT1_2)))) },
];

/** A node as a step and the expressions that it takes. */
export interface Call {
  readonly step: string;
  readonly args: readonly Expr[];
}

/** Whether the expression is the pattern with something in the place of its input, which is added to `found`. */
function matches(pattern: Expr, expr: Expr, found: Set<Expr>): boolean {
  if (pattern.kind === "input") return found.add(expr).size === 1;
  if (pattern.kind === "const") return pattern === expr;
  return expr.kind === "apply" && expr.op === pattern.op && pattern.args.every((arg, k) => matches(arg, expr.args[k] as Expr, found));
}

/** Every node that has to be computed for the roots, arguments first, each as the step that computes it; null for inputs and constants. */
export function callsOf(roots: readonly Expr[], has: (step: string) => boolean): Map<Expr, Call | null> {
  const calls = new Map<Expr, Call | null>();
  const visit = (node: Expr): void => {
    if (calls.has(node)) return;
    const call = callOf(node, has);
    if (call !== null) for (const arg of call.args) visit(arg);
    calls.set(node, call);
  };
  for (const root of roots) visit(root);
  return calls;
}

function callOf(node: Expr, has: (step: string) => boolean): Call | null {
  if (node.kind !== "apply") return null;
  for (const { step, pattern } of fused) {
    if (!has(step)) continue;
    const found = new Set<Expr>();
    if (matches(pattern, node, found)) return { step, args: [...found] };
  }
  return { step: node.op, args: node.args };
}
