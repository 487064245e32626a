/** Plans of discrete Fourier transforms: mixed radix for lengths with small prime factors, Bluestein's chirps for others. */

import { type Line, passFor, type Roots } from "./passes.js";

/** Transforms lines of one length in place: `X[k] = Σ x[j]·exp(-2πi·j·k/n)`. */
export interface Plan {
  readonly length: number;
  transform(line: Line): void;
}

/** Up to this prime, summing its square of products is faster than a convolution of more than twice the length. */
const LARGEST_RADIX = 31;

export function newLine(n: number): Line {
  return { re: new Float64Array(n), im: new Float64Array(n) };
}

function rootsOf(n: number): Roots {
  const roots = newLine(n);
  for (let k = 0; k < n; k++) {
    roots.re[k] = Math.cos((2 * Math.PI * k) / n);
    roots.im[k] = -Math.sin((2 * Math.PI * k) / n);
  }
  return roots;
}

/** The radices of the passes, fours first, or null if a prime factor is too large. */
export function radicesOf(n: number): number[] | null {
  const radices: number[] = [];
  let rest = n;
  for (const radix of [4, 2]) for (; rest % radix === 0; rest /= radix) radices.push(radix);
  for (let radix = 3; rest > 1; radix += 2) {
    if (radix > LARGEST_RADIX) return null;
    for (; rest % radix === 0; rest /= radix) radices.push(radix);
  }
  return radices;
}

function mixedRadix(length: number, radices: readonly number[]): Plan {
  const roots = rootsOf(length);
  const passes = radices.map((radix) => ({ radix, run: passFor(radix) }));
  const other = newLine(length);
  return {
    length,
    transform(line) {
      let [from, to] = [line, other];
      let before = 1;
      for (const { radix, run } of passes) {
        run(from, to, before, length / (before * radix), roots);
        before *= radix;
        [from, to] = [to, from];
      }
      if (from === line) return;
      line.re.set(from.re);
      line.im.set(from.im);
    },
  };
}

/** `j·k = (j² + k² - (k - j)²)/2` makes the transform a convolution with a chirp (Bluestein 1970), done in a length that is a power of two, by the plan that `planOf` gives. */
export function chirps(length: number, planOf: (length: number) => Plan): Plan {
  let padded = 1;
  while (padded < 2 * length - 1) padded *= 2;
  const inner = planOf(padded);
  const chirp = newLine(length);
  for (let k = 0, square = 0; k < length; square = (square + 2 * k + 1) % (2 * length), k++) {
    chirp.re[k] = Math.cos((Math.PI * square) / length);
    chirp.im[k] = -Math.sin((Math.PI * square) / length);
  }
  const filter = newLine(padded);
  for (let k = 0; k < length; k++) {
    for (const at of [k, (padded - k) % padded]) {
      filter.re[at] = chirp.re[k] as number;
      filter.im[at] = -(chirp.im[k] as number);
    }
  }
  inner.transform(filter);
  const work = newLine(padded);
  const multiply = ({ re, im }: Line, by: Line, n: number): void => {
    for (let k = 0; k < n; k++) {
      const ar = re[k] as number,
        ai = im[k] as number,
        br = by.re[k] as number,
        bi = by.im[k] as number;
      re[k] = ar * br - ai * bi;
      im[k] = ar * bi + ai * br;
    }
  };
  return {
    length,
    transform(line) {
      work.re.fill(0).set(line.re);
      work.im.fill(0).set(line.im);
      multiply(work, chirp, length);
      inner.transform(work);
      multiply(work, filter, padded);
      // The inverse transform is the transform with real and imaginary parts swapped.
      inner.transform({ re: work.im, im: work.re });
      for (let k = 0; k < length; k++) {
        line.re[k] = (work.re[k] as number) / padded;
        line.im[k] = (work.im[k] as number) / padded;
      }
      multiply(line, chirp, length);
    },
  };
}

/** Plans keep tables as long as their lines; the most recent ones are kept. */
const MOST_PLANS = 16;
const plans = new Map<number, Plan>();

/** The plan for a length. */
export function planFor(length: number): Plan {
  const known = plans.get(length);
  if (known !== undefined) return known;
  const radices = radicesOf(length);
  const plan = radices === null ? chirps(length, planFor) : mixedRadix(length, radices);
  if (plans.size >= MOST_PLANS) plans.delete(plans.keys().next().value as number);
  plans.set(length, plan);
  return plan;
}
