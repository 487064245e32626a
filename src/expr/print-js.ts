/** Prints real expressions as JavaScript. `S` in the printed text is the scalar library of the host (`ScalarLibrary`). */

import { DTypeError } from "../core/errors.js";
import { type Expr, type Input, isBool, type ScalarOp, type SpecialOp, topological } from "./node.js";

/** How numbers are represented while an expression is computed: doubles, integers of up to 32 bits, or bigints. */
export type NumberType = "float" | "int" | "int64";

type Text = (args: readonly string[]) => string;

/** The text of one primitive for doubles; `int` and `int64` say where integers differ (null: not defined for them). */
interface Template {
  readonly float: Text | null;
  readonly int?: Text | null;
  readonly int64?: Text | null;
}

const infix =
  (symbol: string): Text =>
  ([x, y]) =>
    `(${x} ${symbol} ${y})`;
const math =
  (name: string): Text =>
  (args) =>
    `Math.${name}(${args.join(", ")})`;
const library =
  (name: string): Text =>
  (args) =>
    `S.${name}(${args.join(", ")})`;
const same: Text = ([x]) => x as string;

/** Integers wrap around in every step, not only where they are stored. V8 compiles these forms to plain 64-bit and 32-bit arithmetic. */
const wrapped32 =
  (text: Text): Text =>
  (args) =>
    `(${text(args)} | 0)`;
const wrapped64 =
  (text: Text): Text =>
  (args) =>
    `BigInt.asIntN(64, ${text(args)})`;
const wrapping = (text: Text): Template => ({ float: text, int: wrapped32(text), int64: wrapped64(text) });

const everywhere = (text: Text): Template => ({ float: text, int: text, int64: text });
const floatOnly = (text: Text): Template => ({ float: text, int: null, int64: null });
const integerOnly = (int: Text, int64: Text): Template => ({ float: null, int, int64 });
const rounding = (name: string): Template => ({ float: math(name), int: same, int64: same });

const lesser: Text = ([x, y]) => `(${x} < ${y} ? ${x} : ${y})`;
const greater: Text = ([x, y]) => `(${x} > ${y} ? ${x} : ${y})`;

/** Functions that the host's library has under the same names. */
const special = <K extends SpecialOp>(...names: readonly K[]): { readonly [name in K]: Template } =>
  Object.fromEntries(names.map((name) => [name, floatOnly(library(name))])) as { [name in K]: Template };

const templates: { readonly [op in ScalarOp]: Template } = {
  add: wrapping(infix("+")),
  sub: wrapping(infix("-")),
  mul: { float: infix("*"), int: math("imul"), int64: wrapped64(infix("*")) },
  div: floatOnly(infix("/")),
  neg: wrapping(([x]) => `(-${x})`),
  abs: { float: math("abs"), int: wrapped32(math("abs")), int64: wrapped64(([x]) => `(${x} < 0n ? -${x} : ${x})`) },
  sign: {
    float: ([x]) => `(${x} > 0 ? 1 : ${x} < 0 ? -1 : 0)`,
    int: math("sign"),
    int64: ([x]) => `(${x} > 0n ? 1n : ${x} < 0n ? -1n : 0n)`,
  },
  minimum: { float: math("min"), int: lesser, int64: lesser },
  maximum: { float: math("max"), int: greater, int64: greater },
  fmin: { float: library("fmin"), int: lesser, int64: lesser },
  fmax: { float: library("fmax"), int: greater, int64: greater },
  fmod: { float: infix("%"), int: library("intFmod"), int64: library("int64Fmod") },
  remainder: { float: library("remainder"), int: library("intRemainder"), int64: library("int64Remainder") },
  floorDivide: { float: library("floorDivide"), int: library("intFloorDivide"), int64: library("int64FloorDivide") },
  truncDivide: { float: ([x, y]) => `Math.trunc(${x} / ${y})`, int: library("intTruncDivide"), int64: library("int64TruncDivide") },
  pow: { float: library("pow"), int: library("intPow"), int64: library("int64Pow") },
  sqrt: floatOnly(math("sqrt")),
  exp: floatOnly(math("exp")),
  expm1: floatOnly(math("expm1")),
  exp2: floatOnly(([x]) => `(2 ** ${x})`),
  log: floatOnly(math("log")),
  log2: floatOnly(math("log2")),
  log10: floatOnly(math("log10")),
  log1p: floatOnly(math("log1p")),
  sin: floatOnly(math("sin")),
  cos: floatOnly(math("cos")),
  tan: floatOnly(math("tan")),
  asin: floatOnly(math("asin")),
  acos: floatOnly(math("acos")),
  atan: floatOnly(math("atan")),
  atan2: floatOnly(math("atan2")),
  sinh: floatOnly(math("sinh")),
  cosh: floatOnly(math("cosh")),
  tanh: floatOnly(math("tanh")),
  asinh: floatOnly(math("asinh")),
  acosh: floatOnly(math("acosh")),
  atanh: floatOnly(math("atanh")),
  sigmoid: floatOnly(([x]) => `(1 / (1 + Math.exp(-${x})))`),
  hypot: floatOnly(math("hypot")),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  trunc: rounding("trunc"),
  round: { float: library("roundEven"), int: same, int64: same },
  copysign: floatOnly(library("copysign")),
  nextafter: floatOnly(library("nextafter")),
  gcd: integerOnly(library("intGcd"), library("int64Gcd")),
  lcm: integerOnly(library("intLcm"), library("int64Lcm")),
  bitAnd: integerOnly(infix("&"), infix("&")),
  bitOr: integerOnly(infix("|"), infix("|")),
  bitXor: integerOnly(infix("^"), infix("^")),
  bitNot: integerOnly(
    ([x]) => `(~${x})`,
    ([x]) => `(~${x})`,
  ),
  shiftLeft: integerOnly(library("intShiftLeft"), library("int64ShiftLeft")),
  shiftRight: integerOnly(library("intShiftRight"), library("int64ShiftRight")),
  conj: everywhere(same),
  re: everywhere(same),
  im: { float: () => "0", int: () => "0", int64: () => "0n" },
  complex: { float: null },
  select: everywhere(([c, x, y]) => `(${c} ? ${x} : ${y})`),
  ...special(
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "ndtri",
    "lgamma",
    "digamma",
    "polygamma",
    "zeta",
    "gammainc",
    "gammaincc",
    "besselJ0",
    "besselJ1",
    "besselY0",
    "besselY1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "airyAi",
    "chebyshevT",
    "chebyshevU",
    "chebyshevV",
    "chebyshevW",
    "hermiteH",
    "hermiteHe",
    "laguerreL",
    "legendreP",
  ),
  eq: everywhere(infix("===")),
  ne: everywhere(infix("!==")),
  lt: everywhere(infix("<")),
  le: everywhere(infix("<=")),
  gt: everywhere(infix(">")),
  ge: everywhere(infix(">=")),
  and: everywhere(infix("&&")),
  or: everywhere(infix("||")),
  not: everywhere(([x]) => `(!${x})`),
  isNan: { float: ([x]) => `(${x} !== ${x})`, int: () => "false", int64: () => "false" },
  signbit: { float: ([x]) => `(${x} < 0 || (${x} === 0 && 1 / ${x} < 0))`, int: ([x]) => `(${x} < 0)`, int64: ([x]) => `(${x} < 0n)` },
};

/** Primitives whose arguments are truth values. `select` has one only as its first. */
const logical: ReadonlySet<ScalarOp> = new Set<ScalarOp>(["and", "or", "not"]);

function numberText(value: number, type: NumberType): string {
  if (type === "int64") return `${BigInt(Math.trunc(value))}n`;
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : String(value);
}

/** Statements that compute shared parts, and the text of each result. */
export interface Printed {
  readonly statements: readonly string[];
  readonly results: readonly string[];
}

/**
 * Prints the computation of `outputs`; `load` gives the text that reads an input as a number of the given type
 * (or as a truth value, for masks).
 * @throws {DTypeError} if a primitive is not defined for the number type.
 */
export function printJs(outputs: readonly Expr[], type: NumberType, load: (node: Input) => string): Printed {
  const order = topological(outputs);
  const uses = new Map<number, number>();
  for (const node of order) if (node.kind === "apply") for (const arg of node.args) uses.set(arg.id, (uses.get(arg.id) ?? 0) + 1);
  for (const node of outputs) uses.set(node.id, (uses.get(node.id) ?? 0) + 1);

  const text = new Map<number, string>();
  const statements: string[] = [];
  const one = type === "int64" ? "1n" : "1";
  const zero = type === "int64" ? "0n" : "0";
  const argument = (node: Expr, asBool: boolean): string => {
    const t = text.get(node.id) as string;
    if (asBool === isBool(node)) return t;
    return asBool ? `(${t} !== ${zero})` : `(${t} ? ${one} : ${zero})`;
  };
  for (const node of order) {
    let printed: string;
    if (node.kind === "const") printed = numberText(node.value, type);
    else if (node.kind === "input") printed = load(node);
    else {
      const template = templates[node.op];
      const format = type === "float" ? template.float : template[type];
      if (format === null || format === undefined) throw new DTypeError(`${node.op}: not implemented for this dtype`);
      // Numbers compared with each other, or truth values compared as numbers.
      const args = node.args.map((arg, k) => argument(arg, logical.has(node.op) || (node.op === "select" && k === 0)));
      printed = format(args);
    }
    const shared = node.kind !== "const" && (uses.get(node.id) ?? 0) > 1;
    if (shared) {
      statements.push(`const t${node.id} = ${printed};`);
      printed = `t${node.id}`;
    }
    text.set(node.id, printed);
  }
  return { statements, results: outputs.map((node) => text.get(node.id) as string) };
}
