/** Polynomials and Chebyshev series, from coefficients with the highest degree first. */

/** The polynomial at `x`, by Horner's rule. */
export function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + (coefficients[i] as number);
  return sum;
}

/** The Chebyshev series `Σ c_k T_k(x / 2)`, the constant term halved, by Clenshaw's recurrence. */
export function chebyshev(x: number, coefficients: readonly number[]): number {
  let sum = coefficients[0] as number;
  let last = 0;
  let beforeLast = 0;
  for (let i = 1; i < coefficients.length; i++) {
    beforeLast = last;
    last = sum;
    sum = x * last - beforeLast + (coefficients[i] as number);
  }
  return 0.5 * (sum - beforeLast);
}
