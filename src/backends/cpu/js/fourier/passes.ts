/**
 * One pass of a mixed-radix transform in Stockham's order (as in FFTPACK): `n = before · radix · after` numbers, of which each pass combines
 * `radix` that are `after` apart, multiplies by roots of unity and writes them `before · after` apart. After all passes the result is in order.
 */

/** A line of complex numbers. */
export interface Line {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The roots of unity `exp(-2πi·k/n)`. */
export type Roots = Line;

type Pass = (from: Line, to: Line, before: number, after: number, roots: Roots) => void;

function pass2({ re, im }: Line, to: Line, before: number, after: number, { re: wr, im: wi }: Roots): void {
  const [tr, ti] = [to.re, to.im];
  const far = before * after;
  for (let k = 0; k < before; k++) {
    for (let i = 0, a = 2 * after * k, o = after * k, w = 0; i < after; i++, a++, o++, w += before) {
      const b = a + after;
      const ar = re[a] as number, ai = im[a] as number, br = re[b] as number, bi = im[b] as number;
      const dr = ar - br, di = ai - bi, cr = wr[w] as number, ci = wi[w] as number;
      tr[o] = ar + br;
      ti[o] = ai + bi;
      tr[o + far] = dr * cr - di * ci;
      ti[o + far] = dr * ci + di * cr;
    }
  }
}

function pass3({ re, im }: Line, to: Line, before: number, after: number, { re: wr, im: wi }: Roots): void {
  const [tr, ti] = [to.re, to.im];
  const far = before * after;
  const half = Math.sqrt(3) / 2;
  for (let k = 0; k < before; k++) {
    for (let i = 0, a = 3 * after * k, o = after * k, w = 0; i < after; i++, a++, o++, w += before) {
      const b = a + after, c = b + after;
      const ar = re[a] as number, ai = im[a] as number;
      const sr = (re[b] as number) + (re[c] as number), si = (im[b] as number) + (im[c] as number);
      const dr = half * ((im[b] as number) - (im[c] as number)), di = half * ((re[c] as number) - (re[b] as number));
      const mr = ar - 0.5 * sr, mi = ai - 0.5 * si;
      const pr = mr + dr, pi = mi + di, qr = mr - dr, qi = mi - di;
      const ur = wr[w] as number, ui = wi[w] as number, vr = wr[2 * w] as number, vi = wi[2 * w] as number;
      tr[o] = ar + sr;
      ti[o] = ai + si;
      tr[o + far] = pr * ur - pi * ui;
      ti[o + far] = pr * ui + pi * ur;
      tr[o + 2 * far] = qr * vr - qi * vi;
      ti[o + 2 * far] = qr * vi + qi * vr;
    }
  }
}

function pass4({ re, im }: Line, to: Line, before: number, after: number, { re: wr, im: wi }: Roots): void {
  const [tr, ti] = [to.re, to.im];
  const far = before * after;
  for (let k = 0; k < before; k++) {
    for (let i = 0, a = 4 * after * k, o = after * k, w = 0; i < after; i++, a++, o++, w += before) {
      const b = a + after, c = b + after, d = c + after;
      const ar = re[a] as number, ai = im[a] as number, br = re[b] as number, bi = im[b] as number;
      const cr = re[c] as number, ci = im[c] as number, dr = re[d] as number, di = im[d] as number;
      const er = ar + cr, ei = ai + ci, fr = ar - cr, fi = ai - ci;
      const gr = br + dr, gi = bi + di, hr = bi - di, hi = dr - br;
      const pr = fr + hr, pi = fi + hi, qr = er - gr, qi = ei - gi, rr = fr - hr, ri = fi - hi;
      const ur = wr[w] as number, ui = wi[w] as number, vr = wr[2 * w] as number, vi = wi[2 * w] as number;
      const xr = wr[3 * w] as number, xi = wi[3 * w] as number;
      tr[o] = er + gr;
      ti[o] = ei + gi;
      tr[o + far] = pr * ur - pi * ui;
      ti[o + far] = pr * ui + pi * ur;
      tr[o + 2 * far] = qr * vr - qi * vi;
      ti[o + 2 * far] = qr * vi + qi * vr;
      tr[o + 3 * far] = rr * xr - ri * xi;
      ti[o + 3 * far] = rr * xi + ri * xr;
    }
  }
}

/** A pass of any radix, which sums `radix²` products for each group. */
function passOf(radix: number): Pass {
  return ({ re, im }, to, before, after, { re: wr, im: wi }) => {
    const [tr, ti] = [to.re, to.im];
    const far = before * after;
    const n = far * radix;
    for (let k = 0; k < before; k++) {
      for (let i = 0; i < after; i++) {
        const a = radix * after * k + i;
        for (let r = 0; r < radix; r++) {
          let sr = 0, si = 0;
          for (let q = 0, w = 0; q < radix; q++, w = (w + r * far) % n) {
            const xr = re[a + q * after] as number, xi = im[a + q * after] as number, cr = wr[w] as number, ci = wi[w] as number;
            sr += xr * cr - xi * ci;
            si += xr * ci + xi * cr;
          }
          const w = (r * i * before) % n, cr = wr[w] as number, ci = wi[w] as number, o = after * k + i + r * far;
          tr[o] = sr * cr - si * ci;
          ti[o] = sr * ci + si * cr;
        }
      }
    }
  };
}

/** The pass that combines `radix` numbers at a time. */
export function passFor(radix: number): Pass {
  if (radix === 4) return pass4;
  return radix === 2 ? pass2 : radix === 3 ? pass3 : passOf(radix);
}
