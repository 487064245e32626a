/** Plane rotations, as LAPACK's `dlartg` makes them. */

/** The rotation that was made last: `c·f + s·g = r`, `c·g - s·f = 0`. */
export const plane: { c: number; s: number; r: number } = { c: 1, s: 0, r: 0 };

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
    const size = Math.hypot(f, g);
    plane.c = Math.abs(f) / size;
    plane.r = f < 0 ? -size : size;
    plane.s = g / plane.r;
  }
}
