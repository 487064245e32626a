/** The operators of JavaScript on values of any type, as far as generated code uses them: numbers, bigints and truth values. */

export type Binary = (x: unknown, y: unknown) => unknown;

const arithmetic =
  (numbers: (x: number, y: number) => number, bigints: (x: bigint, y: bigint) => bigint): Binary =>
  (x, y) =>
    typeof x === "bigint" && typeof y === "bigint" ? bigints(x, y) : numbers(Number(x), Number(y));

const comparison =
  (numbers: (x: number, y: number) => boolean, bigints: (x: bigint, y: bigint) => boolean): Binary =>
  (x, y) =>
    typeof x === "bigint" && typeof y === "bigint" ? bigints(x, y) : numbers(Number(x), Number(y));

/** `==` between numbers, bigints and truth values. */
const equal: Binary = (x, y) => (typeof x === typeof y ? x === y : Number(x) === Number(y));

/** Operators that evaluate both sides, with their precedence. */
export const binary: ReadonlyMap<string, { readonly precedence: number; readonly apply: Binary }> = new Map(
  [
    {
      symbol: "|",
      precedence: 4,
      apply: arithmetic(
        (x, y) => x | y,
        (x, y) => x | y,
      ),
    },
    {
      symbol: "^",
      precedence: 5,
      apply: arithmetic(
        (x, y) => x ^ y,
        (x, y) => x ^ y,
      ),
    },
    {
      symbol: "&",
      precedence: 6,
      apply: arithmetic(
        (x, y) => x & y,
        (x, y) => x & y,
      ),
    },
    { symbol: "===", precedence: 7, apply: (x: unknown, y: unknown) => x === y },
    { symbol: "!==", precedence: 7, apply: (x: unknown, y: unknown) => x !== y },
    { symbol: "==", precedence: 7, apply: equal },
    { symbol: "!=", precedence: 7, apply: (x: unknown, y: unknown) => equal(x, y) !== true },
    {
      symbol: "<",
      precedence: 8,
      apply: comparison(
        (x, y) => x < y,
        (x, y) => x < y,
      ),
    },
    {
      symbol: ">",
      precedence: 8,
      apply: comparison(
        (x, y) => x > y,
        (x, y) => x > y,
      ),
    },
    {
      symbol: "<=",
      precedence: 8,
      apply: comparison(
        (x, y) => x <= y,
        (x, y) => x <= y,
      ),
    },
    {
      symbol: ">=",
      precedence: 8,
      apply: comparison(
        (x, y) => x >= y,
        (x, y) => x >= y,
      ),
    },
    {
      symbol: "<<",
      precedence: 9,
      apply: arithmetic(
        (x, y) => x << y,
        (x, y) => x << y,
      ),
    },
    {
      symbol: ">>",
      precedence: 9,
      apply: arithmetic(
        (x, y) => x >> y,
        (x, y) => x >> y,
      ),
    },
    { symbol: ">>>", precedence: 9, apply: (x: unknown, y: unknown) => Number(x) >>> Number(y) },
    {
      symbol: "+",
      precedence: 10,
      apply: arithmetic(
        (x, y) => x + y,
        (x, y) => x + y,
      ),
    },
    {
      symbol: "-",
      precedence: 10,
      apply: arithmetic(
        (x, y) => x - y,
        (x, y) => x - y,
      ),
    },
    {
      symbol: "*",
      precedence: 11,
      apply: arithmetic(
        (x, y) => x * y,
        (x, y) => x * y,
      ),
    },
    {
      symbol: "/",
      precedence: 11,
      apply: arithmetic(
        (x, y) => x / y,
        (x, y) => x / y,
      ),
    },
    {
      symbol: "%",
      precedence: 11,
      apply: arithmetic(
        (x, y) => x % y,
        (x, y) => x % y,
      ),
    },
    {
      symbol: "**",
      precedence: 12,
      apply: arithmetic(
        (x, y) => x ** y,
        (x, y) => x ** y,
      ),
    },
  ].map(({ symbol, precedence, apply }) => [symbol, { precedence, apply }] as const),
);

export const unary: ReadonlyMap<string, (x: unknown) => unknown> = new Map<string, (x: unknown) => unknown>([
  ["!", (x) => !x],
  ["~", (x) => (typeof x === "bigint" ? ~x : ~Number(x))],
  ["-", (x) => (typeof x === "bigint" ? -x : -Number(x))],
  ["+", (x) => Number(x)],
]);

/** The value behind `++` or `--`. */
export function stepped(x: unknown, by: 1 | -1): unknown {
  return typeof x === "bigint" ? x + BigInt(by) : Number(x) + by;
}
