/** Plane rotations, as LAPACK's `dlartg` makes them. */

/** The rotation that was made last: `c·f + s·g = r`, `c·g - s·f = 0`. */
export const plane: { c: number; s: number; r: number } = { c: 1, s: 0, r: 0 };

/** `√(f² + g²)`, by `Math.hypot`, which takes ten times as long, only where the squares could overflow. */
export function lengthOf(f: number, g: number): number {
  const sum = f * f + g * g;
  return sum > 1e-280 && sum < 1e300 ? Math.sqrt(sum) : Math.hypot(f, g);
}

/** Makes the rotation that takes `(f, g)` to `(r, 0)`, in `plane`; `r` has the sign of `f`. */
export function makeRotation(f: number, g: number): void {
  if (g === 0) {
    plane.c = 1;
    plane.s = 0;
    plane.r = f;
  } else if (f === 0) {
    plane.c = 0;
    plane.s = Math.sign(g);
    plane.r = Math.abs(g);
  } else {
    const size = lengthOf(f, g);
    plane.c = Math.abs(f) / size;
    plane.r = f < 0 ? -size : size;
    plane.s = g / plane.r;
  }
}

/** As `makeRotation`, in the manner of LAPACK before 3.10, which MKL's symmetric eigensolver keeps: `r` is positive unless `f` is the larger one and negative. */
export function makeOldRotation(f: number, g: number): void {
  if (g === 0) {
    plane.c = 1;
    plane.s = 0;
    plane.r = f;
    return;
  }
  if (f === 0) {
    plane.c = 0;
    plane.s = 1;
    plane.r = g;
    return;
  }
  const size = lengthOf(f, g);
  plane.r = Math.abs(f) > Math.abs(g) && f < 0 ? -size : size;
  plane.c = f / plane.r;
  plane.s = g / plane.r;
}
