/** Python's `repr` of numbers, as module and optimiser reprs show them: `eps=1e-05`, `lr: 0.01`, `p=0.3`. */

import { padExponent } from "./decimal.js";

/**
 * Gives Python's `repr` of a float: the shortest digits that read back as the same double, with a point or an exponent.
 *
 * Python leaves positional notation below 1e-4 and from 1e16 on; JavaScript below 1e-6 and from 1e21 on.
 *
 * @param value - any double
 * @example
 * reprFloat(0.00001); // "1e-05"
 * reprFloat(1); // "1.0"
 */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits = "", power = "+0"] = value.toExponential().split("e");
    return `${digits}e${padExponent(power)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/**
 * Gives Python's `repr` of a number whose type only its value tells: a whole one prints as an integer, any other as a float.
 *
 * @param value - a number, or a bigint, which always prints as an integer
 * @example
 * reprNumber(2); // "2"
 * reprNumber(0.01); // "0.01"
 */
export function reprNumber(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  return Number.isInteger(value) ? BigInt(value).toString() : reprFloat(value);
}
