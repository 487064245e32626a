/**
 * Decimal text of a double as Python's format specifications `.pf` and `.pe` give it.
 *
 * JavaScript's `toFixed` and `toExponential` work on the exact value too, and differ in three places: a tie goes away from
 * zero where Python rounds to even, `toFixed` gives up at 1e21, and an exponent is not padded to two digits.
 */

/** The text Python gives for a value that is not finite, or undefined for a finite one. */
function nonfinite(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return undefined;
}

/**
 * Whether a positive value lies exactly halfway between two multiples of 10^exponent.
 *
 * With exponent −p, the value is n·2^−j for an odd n, and value·10^p ends in exactly one half only if j = p + 1.
 */
function isTie(magnitude: number, exponent: number): boolean {
  if (exponent <= 0) return Math.abs((magnitude * 2 ** (1 - exponent)) % 2) === 1;
  if (!Number.isInteger(magnitude)) return false;
  const unit = 10n ** BigInt(exponent);
  return (BigInt(magnitude) % unit) * 2n === unit;
}

/** Takes a tie that was rounded up to an odd last digit down to the even one; an odd digit never borrows. */
function lowerOddDigit(digits: string): string {
  const last = Number(digits.slice(-1));
  return last % 2 === 0 ? digits : digits.slice(0, -1) + String(last - 1);
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/**
 * Formats a number with a fixed count of decimals, as Python's `f"{value:.{precision}f}"`.
 *
 * @param value - any double, also infinite or NaN
 * @param precision - digits after the point, 0 to 100
 * @throws RangeError if `precision` is outside 0 to 100
 * @example
 * fixed(0.125, 2); // "0.12"
 * fixed(-0, 0); // "-0"
 */
export function fixed(value: number, precision: number): string {
  const special = nonfinite(value);
  if (special !== undefined) return special;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e21) {
    const zeros = precision > 0 ? `.${"0".repeat(precision)}` : "";
    return sign(value) + BigInt(magnitude).toString() + zeros;
  }
  const digits = magnitude.toFixed(precision);
  return sign(value) + (isTie(magnitude, -precision) ? lowerOddDigit(digits) : digits);
}

/**
 * Formats a number in scientific notation, as Python's `f"{value:.{precision}e}"`.
 *
 * @param value - any double, also infinite or NaN
 * @param precision - digits after the point, 0 to 100
 * @throws RangeError if `precision` is outside 0 to 100
 * @example
 * scientific(68556.1328, 4); // "6.8556e+04"
 */
export function scientific(value: number, precision: number): string {
  const special = nonfinite(value);
  if (special !== undefined) return special;
  const magnitude = Math.abs(value);
  const [digits = "", power = "+0"] = magnitude.toExponential(precision).split("e");
  const mantissa = isTie(magnitude, Number(power) - precision) ? lowerOddDigit(digits) : digits;
  return `${sign(value)}${mantissa}e${padExponent(power)}`;
}

/** Writes the exponent of JavaScript's notation, such as `-8`, with the two digits that Python gives it. */
export function padExponent(power: string): string {
  return power.charAt(0) + power.slice(1).padStart(2, "0");
}
