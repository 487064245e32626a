/** The fused multiply-add: `x * y + z` with one rounding, as the processors that run PyTorch do it. */

const SPLIT = 2 ** 27 + 1;

/**
 * `x * y + z` for float64 numbers well inside the range. The errors of the product and of the sum are computed exactly (Dekker,
 * Knuth) and added at the end; that last sum can differ from a single rounding only next to a tie.
 */
export function fmaFloat64(x: number, y: number, z: number): number {
  const product = x * y;
  const sum = product + z;
  if (!Number.isFinite(sum)) return sum;
  const xScaled = SPLIT * x;
  const xHigh = xScaled - (xScaled - x);
  const xLow = x - xHigh;
  const yScaled = SPLIT * y;
  const yHigh = yScaled - (yScaled - y);
  const yLow = y - yHigh;
  const productError = xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
  const back = sum - product;
  const sumError = product - (sum - back) + (z - back);
  const result = sum + (productError + sumError);
  return Number.isNaN(result) ? sum : result;
}
