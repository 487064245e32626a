/**
 * The scalar expression language: what one element of a result is, in terms of the elements at the same place of the
 * inputs. Expressions are immutable graphs without loops or indexing; equal expressions are the same object.
 */

/** The scalar primitives that give a number. */
export type ValueOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "abs"
  | "sign"
  | "minimum"
  | "maximum"
  | "fmin"
  | "fmax"
  | "fmod"
  | "remainder"
  | "floorDivide"
  | "truncDivide"
  | "pow"
  | "sqrt"
  | "exp"
  | "expm1"
  | "exp2"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "atan2"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "sigmoid"
  | "hypot"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "copysign"
  | "nextafter"
  | "gcd"
  | "lcm"
  | "bitAnd"
  | "bitOr"
  | "bitXor"
  | "bitNot"
  | "shiftLeft"
  | "shiftRight"
  | "conj"
  | "re"
  | "im"
  | "complex"
  | "select"
  | SpecialOp;

/** Special functions, which devices take from a library. */
export type SpecialOp =
  | "erf"
  | "erfc"
  | "erfcx"
  | "erfinv"
  | "ndtri"
  | "lgamma"
  | "digamma"
  | "polygamma"
  | "zeta"
  | "gammainc"
  | "gammaincc"
  | "besselJ0"
  | "besselJ1"
  | "besselY0"
  | "besselY1"
  | "i0"
  | "i0e"
  | "i1"
  | "i1e"
  | "k0"
  | "k0e"
  | "k1"
  | "k1e"
  | "airyAi"
  | PolynomialOp;

/** Orthogonal polynomials in `x` of degree `n`. */
export type PolynomialOp = "chebyshevT" | "chebyshevU" | "chebyshevV" | "chebyshevW" | "hermiteH" | "hermiteHe" | "laguerreL" | "legendreP";

/** The scalar primitives that give a truth value. */
export type BoolOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "and" | "or" | "not" | "isNan" | "signbit";

export type ScalarOp = ValueOp | BoolOp;

const boolOps: ReadonlySet<ScalarOp> = new Set<ScalarOp>(["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "isNan", "signbit"]);

/** One element of an input. `mask` inputs are read as truth values; a `part` is the real (0) or imaginary (1) one. */
export interface Input {
  readonly kind: "input";
  readonly id: number;
  readonly index: number;
  readonly part: 0 | 1 | null;
  readonly mask: boolean;
}

/** A number known when the expression is written. */
export interface Const {
  readonly kind: "const";
  readonly id: number;
  readonly value: number;
}

/** A primitive applied to arguments. */
export interface Apply {
  readonly kind: "apply";
  readonly id: number;
  readonly op: ScalarOp;
  readonly args: readonly Expr[];
}

export type Expr = Input | Const | Apply;

/** What the constructors accept: numbers stand for constants. */
export type Term = Expr | number;

const interned = new Map<string, Expr>();

function intern(key: string, make: (id: number) => Expr): Expr {
  const found = interned.get(key);
  if (found !== undefined) return found;
  const made = make(interned.size);
  interned.set(key, made);
  return made;
}

/** The element of the input at `index`. */
export function input(index: number): Expr {
  return intern(`i${index}`, (id) => ({ kind: "input", id, index, part: null, mask: false }));
}

/** The element of the input at `index` as a truth value. */
export function mask(index: number): Expr {
  return intern(`m${index}`, (id) => ({ kind: "input", id, index, part: null, mask: true }));
}

/** The real or imaginary part of a complex input. */
export function inputPart(index: number, part: 0 | 1): Expr {
  return intern(`p${index}.${part}`, (id) => ({ kind: "input", id, index, part, mask: false }));
}

/** A constant. */
export function constant(value: number): Expr {
  const key = Object.is(value, -0) ? "c-0" : `c${value}`;
  return intern(key, (id) => ({ kind: "const", id, value }));
}

/** An expression for a term. */
export function lift(term: Term): Expr {
  return typeof term === "number" ? constant(term) : term;
}

/** A primitive applied to arguments, as it stands: the constructors in `build.ts` simplify first. */
export function apply(op: ScalarOp, args: readonly Expr[]): Expr {
  return intern(`${op}(${args.map((arg) => arg.id).join()})`, (id) => ({ kind: "apply", id, op, args }));
}

/** Whether an expression gives a truth value. */
export function isBool(expr: Expr): boolean {
  return expr.kind === "apply" ? boolOps.has(expr.op) : expr.kind === "input" && expr.mask;
}

/** The indices of the inputs that an expression reads, ascending. */
export function inputsOf(expr: Expr): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const stack: Expr[] = [expr];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    if (node.kind === "input") found.add(node.index);
    else if (node.kind === "apply") stack.push(...node.args);
  }
  return [...found].sort((a, b) => a - b);
}

/** The nodes of expressions, arguments before what uses them. */
export function topological(roots: readonly Expr[]): Expr[] {
  const order: Expr[] = [];
  const seen = new Set<number>();
  const visit = (node: Expr): void => {
    if (seen.has(node.id)) return;
    seen.add(node.id);
    if (node.kind === "apply") for (const arg of node.args) visit(arg);
    order.push(node);
  };
  for (const root of roots) visit(root);
  return order;
}

/** The expression with its inputs replaced. */
export function substitute(expr: Expr, replace: (node: Input) => Expr): Expr {
  const done = new Map<number, Expr>();
  for (const node of topological([expr])) {
    if (node.kind === "input") done.set(node.id, replace(node));
    else if (node.kind === "const") done.set(node.id, node);
    else
      done.set(
        node.id,
        apply(
          node.op,
          node.args.map((arg) => done.get(arg.id) as Expr),
        ),
      );
  }
  return done.get(expr.id) as Expr;
}
