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
      const ar = re[a] as number,
        ai = im[a] as number,
        br = re[b] as number,
        bi = im[b] as number;
      const dr = ar - br,
        di = ai - bi,
        cr = wr[w] as number,
        ci = wi[w] as number;
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
      const b = a + after,
        c = b + after;
      const ar = re[a] as number,
        ai = im[a] as number;
      const sr = (re[b] as number) + (re[c] as number),
        si = (im[b] as number) + (im[c] as number);
      const dr = half * ((im[b] as number) - (im[c] as number)),
        di = half * ((re[c] as number) - (re[b] as number));
      const mr = ar - 0.5 * sr,
        mi = ai - 0.5 * si;
      const pr = mr + dr,
        pi = mi + di,
        qr = mr - dr,
        qi = mi - di;
      const ur = wr[w] as number,
        ui = wi[w] as number,
        vr = wr[2 * w] as number,
        vi = wi[2 * w] as number;
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
      const b = a + after,
        c = b + after,
        d = c + after;
      const ar = re[a] as number,
        ai = im[a] as number,
        br = re[b] as number,
        bi = im[b] as number;
      const cr = re[c] as number,
        ci = im[c] as number,
        dr = re[d] as number,
        di = im[d] as number;
      const er = ar + cr,
        ei = ai + ci,
        fr = ar - cr,
        fi = ai - ci;
      const gr = br + dr,
        gi = bi + di,
        hr = bi - di,
        hi = dr - br;
      const pr = fr + hr,
        pi = fi + hi,
        qr = er - gr,
        qi = ei - gi,
        rr = fr - hr,
        ri = fi - hi;
      const ur = wr[w] as number,
        ui = wi[w] as number,
        vr = wr[2 * w] as number,
        vi = wi[2 * w] as number;
      const xr = wr[3 * w] as number,
        xi = wi[3 * w] as number;
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

const [COS1, COS2] = [Math.cos((2 * Math.PI) / 5), Math.cos((4 * Math.PI) / 5)];
const [SIN1, SIN2] = [Math.sin((2 * Math.PI) / 5), Math.sin((4 * Math.PI) / 5)];

function pass5({ re, im }: Line, to: Line, before: number, after: number, { re: wr, im: wi }: Roots): void {
  const [tr, ti] = [to.re, to.im];
  const far = before * after;
  for (let k = 0; k < before; k++) {
    for (let i = 0, a = 5 * after * k, o = after * k, w = 0; i < after; i++, a++, o++, w += before) {
      const b = a + after,
        c = b + after,
        d = c + after,
        e = d + after;
      const ar = re[a] as number,
        ai = im[a] as number;
      const br = (re[b] as number) + (re[e] as number),
        bi = (im[b] as number) + (im[e] as number);
      const cr = (re[c] as number) + (re[d] as number),
        ci = (im[c] as number) + (im[d] as number);
      const er = (re[b] as number) - (re[e] as number),
        ei = (im[b] as number) - (im[e] as number);
      const dr = (re[c] as number) - (re[d] as number),
        di = (im[c] as number) - (im[d] as number);
      const pr = ar + COS1 * br + COS2 * cr,
        pi = ai + COS1 * bi + COS2 * ci;
      const qr = ar + COS2 * br + COS1 * cr,
        qi = ai + COS2 * bi + COS1 * ci;
      const sr = SIN1 * ei + SIN2 * di,
        si = -(SIN1 * er + SIN2 * dr);
      const ur = SIN2 * ei - SIN1 * di,
        ui = SIN1 * dr - SIN2 * er;
      tr[o] = ar + br + cr;
      ti[o] = ai + bi + ci;
      turn(tr, ti, o + far, pr + sr, pi + si, wr[w] as number, wi[w] as number);
      turn(tr, ti, o + 2 * far, qr + ur, qi + ui, wr[2 * w] as number, wi[2 * w] as number);
      turn(tr, ti, o + 3 * far, qr - ur, qi - ui, wr[3 * w] as number, wi[3 * w] as number);
      turn(tr, ti, o + 4 * far, pr - sr, pi - si, wr[4 * w] as number, wi[4 * w] as number);
    }
  }
}

/** Writes `(xr + i·xi)·(cr + i·ci)`. */
function turn(tr: Float64Array, ti: Float64Array, at: number, xr: number, xi: number, cr: number, ci: number): void {
  tr[at] = xr * cr - xi * ci;
  ti[at] = xr * ci + xi * cr;
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
          const skip = r * far;
          let sr = 0,
            si = 0;
          for (let q = 0, w = 0; q < radix; q++, w = w + skip < n ? w + skip : w + skip - n) {
            const xr = re[a + q * after] as number,
              xi = im[a + q * after] as number,
              cr = wr[w] as number,
              ci = wi[w] as number;
            sr += xr * cr - xi * ci;
            si += xr * ci + xi * cr;
          }
          const w = r * i * before,
            cr = wr[w] as number,
            ci = wi[w] as number,
            o = after * k + i + r * far;
          tr[o] = sr * cr - si * ci;
          ti[o] = sr * ci + si * cr;
        }
      }
    }
  };
}

const special: Readonly<Record<number, Pass>> = { 2: pass2, 3: pass3, 4: pass4, 5: pass5 };

/** The pass that combines `radix` numbers at a time. */
export function passFor(radix: number): Pass {
  return special[radix] ?? passOf(radix);
}
