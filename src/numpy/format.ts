/** The texts of numbers in NumPy's arrays: for each dtype, a function from an element to text of the width that all elements share. */

import { decodeFloat16, encodeFloat16 } from "../core/half.js";

/** An element as `NDArray.iget` gives it. */
export type Element = number | bigint | { readonly re: number; readonly im: number };

/** The text of an element. */
export type Format = (element: Element) => string;

/** Digits behind the point that are shown at most. */
const PRECISION = 8;

type Rounding = (value: number) => number;

const roundings: Readonly<Record<string, Rounding>> = {
  float16: (value) => decodeFloat16(encodeFloat16(value)),
  float32: Math.fround,
  complex64: Math.fround,
};

/** The shortest digits that are read back as the same number of the dtype, in scientific notation. */
function shortest(value: number, round: Rounding | undefined): string {
  if (round === undefined) return value.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (round(Number(text)) === value) return text;
  }
  return value.toExponential();
}

function scientific(value: number, round: Rounding | undefined): { mantissa: string; fraction: string; exponent: string } {
  const full = shortest(value, round);
  const [digits] = full.split("e") as [string];
  const cut = (digits.split(".")[1] ?? "").length > PRECISION ? value.toExponential(PRECISION) : full;
  const [number, power] = cut.split("e") as [string, string];
  const [mantissa, fraction = ""] = number.split(".") as [string, string?];
  return { mantissa, fraction: fraction.replace(/0+$/, ""), exponent: power.replace(/^([+-])(\d)$/, "$10$2") };
}

function positional(value: number, round: Rounding | undefined): { whole: string; fraction: string } {
  const [digits, power] = shortest(value, round).split("e") as [string, string];
  const decimals = Math.max(0, (digits.split(".")[1] ?? "").length - Number(power));
  const text = decimals <= PRECISION ? Number(`${digits}e${power}`).toFixed(decimals) : value.toFixed(PRECISION);
  const [whole, fraction = ""] = text.split(".") as [string, string?];
  return { whole: Object.is(value, -0) ? "-0" : whole, fraction: fraction.replace(/0+$/, "") };
}

function special(value: number, signed: boolean): string {
  if (Number.isNaN(value)) return signed ? "+nan" : "nan";
  return value < 0 ? "-inf" : signed ? "+inf" : "inf";
}

/** NumPy's rule: scientific notation from 10^8 on, below 10^-4, or when magnitudes differ by more than a thousand. */
function needsExponent(finite: readonly number[]): boolean {
  const magnitudes = finite.map(Math.abs).filter((value) => value !== 0);
  if (magnitudes.length === 0) return false;
  const [most, least] = [Math.max(...magnitudes), Math.min(...magnitudes)];
  return most >= 1e8 || least < 1e-4 || most / least > 1000;
}

const widest = (texts: readonly string[]): number => texts.reduce((n, text) => Math.max(n, text.length), 0);

/** The format of floats, as wide as the widest of `values`. With `signed`, positive ones have a sign too. */
function floatFormat(values: readonly number[], round: Rounding | undefined, signed: boolean): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const plus = (value: number, text: string): string => (signed && !(value < 0 || Object.is(value, -0)) ? `+${text}` : text);
  let left: number;
  let right: number;
  let text: (value: number) => string;
  if (needsExponent(finite)) {
    const parts = finite.map((value) => ({ ...scientific(value, round), value }));
    const digits = widest(parts.map((part) => part.fraction));
    const power = widest(parts.map((part) => part.exponent)) - 1;
    left = widest(parts.map((part) => plus(part.value, part.mantissa)));
    right = power + 2 + digits;
    text = (value) => {
      const part = scientific(value, round);
      return `${plus(value, part.mantissa).padStart(left)}.${part.fraction.padEnd(digits, "0")}e${part.exponent.charAt(0)}${part.exponent.slice(1).padStart(power, "0")}`;
    };
  } else {
    const parts = finite.map((value) => ({ ...positional(value, round), value }));
    left = widest(parts.map((part) => plus(part.value, part.whole)));
    right = widest(parts.map((part) => part.fraction));
    text = (value) => {
      const part = positional(value, round);
      return `${plus(value, part.whole).padStart(left)}.${part.fraction.padEnd(right)}`;
    };
  }
  const odd = values.filter((value) => !Number.isFinite(value)).map((value) => special(value, signed));
  left = Math.max(left, widest(odd) - right - 1);
  return (value) => (Number.isFinite(value) ? text(value) : special(value, signed).padStart(left + right + 1));
}

const parts = (element: Element): { re: number; im: number } => (typeof element === "object" ? element : { re: Number(element), im: 0 });

/** The format for the elements that will be shown. */
export function formatFor(dtype: string, shown: readonly Element[], isScalar: boolean): Format {
  const round = roundings[dtype];
  if (dtype === "bool") return (element) => (Number(element) !== 0 ? "True" : "False").padStart(isScalar ? 0 : 5);
  if (dtype.startsWith("complex")) {
    const re = floatFormat(
      shown.map((element) => parts(element).re),
      round,
      false,
    );
    const im = floatFormat(
      shown.map((element) => parts(element).im),
      round,
      true,
    );
    return (element) => {
      const text = im(parts(element).im);
      const digits = text.trimEnd();
      return `${re(parts(element).re)}${digits}j${text.slice(digits.length)}`;
    };
  }
  if (dtype.startsWith("float")) {
    const format = floatFormat(shown.map(Number), round, false);
    return (element) => format(Number(element));
  }
  const width = widest(shown.map(String));
  return (element) => String(element).padStart(width);
}
