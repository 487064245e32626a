/** The complex Schur form by QR steps with Wilkinson's shift, as LAPACK's `zlahqr` chooses it. */

import { Complex } from "../../../../core/complex.js";
import type { Matrix } from "./matrix.js";
import { conj, elementAt, minus, modulus, over, plus, put, real, root, size, times } from "./scalar.js";
import type { Eigenvalues } from "./schurReal.js";

const SMALLEST = 2 ** -1022;
const SWEEPS = 30;
const EXCEPTIONAL = 10;

/** `p, q ← c·p + s·q, c·q - s̄·p` for elements from places `p` and `q` on. */
function rotate(m: Matrix, p: number, q: number, step: number, n: number, c: number, s: Complex): void {
  const { re, im } = m;
  const { re: x, im: y } = s;
  for (let i = 0, a = p, b = q; i < n; i++, a += step, b += step) {
    const u = re[a] as number;
    const v = im[a] as number;
    const w = re[b] as number;
    const z = im[b] as number;
    re[a] = c * u + x * w - y * z;
    im[a] = c * v + x * z + y * w;
    re[b] = c * w - x * u - y * v;
    im[b] = c * z - x * v + y * u;
  }
}

/** The first row of the block that ends with row `last`; the element before it becomes 0. */
function split(h: Matrix, low: number, high: number, last: number, precision: number): number {
  const smallest = SMALLEST * ((high - low + 1) / precision);
  const sizeAt = (i: number, j: number): number => size(elementAt(h, h.at(i, j)));
  let k = last;
  for (; k > low; k--) {
    const below = sizeAt(k, k - 1);
    if (below <= smallest) break;
    let around = sizeAt(k - 1, k - 1) + sizeAt(k, k);
    if (around === 0) {
      if (k - 2 >= low) around += sizeAt(k - 1, k - 2);
      if (k + 1 <= high) around += sizeAt(k + 1, k);
    }
    if (modulus(elementAt(h, h.at(k, k - 1))) > precision * around) continue;
    const above = sizeAt(k - 1, k);
    const [here, difference] = [sizeAt(k, k), size(minus(elementAt(h, h.at(k - 1, k - 1)), elementAt(h, h.at(k, k))))];
    const [ab, ba, aa, bb] = [Math.max(below, above), Math.min(below, above), Math.max(here, difference), Math.min(here, difference)];
    const s = aa + ab;
    if (ba * (ab / s) <= Math.max(smallest, precision * (bb * (aa / s)))) break;
  }
  if (k > low) put(h, h.at(k, k - 1), real(0));
  return k;
}

/** The eigenvalue of the last two rows that is nearer to the last diagonal element. */
function shiftOf(h: Matrix, first: number, last: number, count: number): Complex {
  const here = elementAt(h, h.at(last, last));
  if (count % (2 * EXCEPTIONAL) === 0) return plus(here, real(0.75 * modulus(elementAt(h, h.at(last, last - 1)))));
  if (count % EXCEPTIONAL === 0) return plus(elementAt(h, h.at(first, first)), real(0.75 * modulus(elementAt(h, h.at(first + 1, first)))));
  const u = times(root(elementAt(h, h.at(last - 1, last))), root(elementAt(h, h.at(last, last - 1))));
  if (size(u) === 0) return here;
  const half = minus(elementAt(h, h.at(last - 1, last - 1)), here);
  const x = new Complex(half.re / 2, half.im / 2);
  const s = real(Math.max(size(u), size(x)));
  const [a, b] = [over(x, s), over(u, s)];
  let y = times(s, root(plus(times(a, a), times(b, b))));
  if (x.re * y.re + x.im * y.im < 0) y = new Complex(-y.re, -y.im);
  return minus(here, times(u, over(u, plus(x, y))));
}

/** One step on rows `first … last`: `H - t = Q·R`, then `R·Q + t`. */
function step(h: Matrix, basis: Matrix | null, first: number, last: number, shift: Complex): void {
  const n = h.rows;
  const turns: { c: number; s: Complex }[] = [];
  for (let i = first; i <= last; i++) put(h, h.at(i, i), minus(elementAt(h, h.at(i, i)), shift));
  for (let k = first; k < last; k++) {
    const [f, g] = [elementAt(h, h.at(k, k)), elementAt(h, h.at(k + 1, k))];
    const [a, b] = [modulus(f), modulus(g)];
    const length = Math.hypot(a, b);
    const phase = a === 0 ? real(1) : new Complex(f.re / a, f.im / a);
    const c = length === 0 ? 1 : a / length;
    const s = length === 0 ? real(0) : times(phase, new Complex(g.re / length, -g.im / length));
    turns.push({ c, s });
    rotate(h, h.at(k, k), h.at(k + 1, k), n, n - k, c, s);
    put(h, h.at(k + 1, k), real(0));
  }
  turns.forEach(({ c, s }, i) => {
    const k = first + i;
    rotate(h, h.at(0, k), h.at(0, k + 1), 1, k + 2, c, conj(s));
    if (basis !== null) rotate(basis, basis.at(0, k), basis.at(0, k + 1), 1, n, c, conj(s));
  });
  for (let i = first; i <= last; i++) put(h, h.at(i, i), plus(elementAt(h, h.at(i, i)), shift));
}

/** Brings a complex Hessenberg matrix to triangular form in place, and its basis along. What is smaller by `precision` than its neighbours counts as 0. */
export function schurComplex(h: Matrix, basis: Matrix | null, low: number, high: number, precision: number): Eigenvalues {
  const most = SWEEPS * Math.max(10, high - low + 1);
  let isDone = true;
  for (let last = high; last >= low && isDone; ) {
    let first = low;
    for (let count = 0; ; count++) {
      first = split(h, first, high, last, precision);
      if (first === last) break;
      if (count > most) {
        isDone = false;
        break;
      }
      step(h, basis, first, last, shiftOf(h, first, last, count + 1));
    }
    last--;
  }
  const n = h.rows;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    re[i] = h.re[h.at(i, i)] as number;
    im[i] = h.im[h.at(i, i)] as number;
  }
  return { re, im, isDone };
}
