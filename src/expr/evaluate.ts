/** What the primitives that need no library do to constants: constant folding. */

import type { ScalarOp } from "./node.js";

const truth = (condition: boolean): number => (condition ? 1 : 0);

const folds: { readonly [op in ScalarOp]?: (x: number, y: number) => number } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  sqrt: (x) => Math.sqrt(x),
  exp: (x) => Math.exp(x),
  log: (x) => Math.log(x),
  log2: (x) => Math.log2(x),
  log1p: (x) => Math.log1p(x),
  sin: (x) => Math.sin(x),
  cos: (x) => Math.cos(x),
  tan: (x) => Math.tan(x),
  sinh: (x) => Math.sinh(x),
  cosh: (x) => Math.cosh(x),
  tanh: (x) => Math.tanh(x),
  expm1: (x) => Math.expm1(x),
  pow: (x, y) => x ** y,
  minimum: (x, y) => Math.min(x, y),
  maximum: (x, y) => Math.max(x, y),
  floor: (x) => Math.floor(x),
  ceil: (x) => Math.ceil(x),
  trunc: (x) => Math.trunc(x),
  sign: (x) => Math.sign(x),
  eq: (x, y) => truth(x === y),
  ne: (x, y) => truth(x !== y),
  lt: (x, y) => truth(x < y),
  le: (x, y) => truth(x <= y),
  gt: (x, y) => truth(x > y),
  ge: (x, y) => truth(x >= y),
  not: (x) => truth(x === 0),
  isNan: (x) => truth(Number.isNaN(x)),
  re: (x) => x,
  im: () => 0,
};

/** The value of a primitive at constants, or null where it is left to the device. */
export function fold(op: ScalarOp, values: readonly number[]): number | null {
  const f = folds[op];
  return f === undefined ? null : f(values[0] as number, values[1] as number);
}
