/** Complex scalars. */

/** A complex number `re + im·i`, as `item()` gives it for complex tensors. */
export class Complex {
  constructor(
    readonly re: number,
    readonly im: number,
  ) {}

  /** Python's text of a complex number: `(1+2j)`. */
  toString(): string {
    const sign = this.im < 0 || Object.is(this.im, -0) ? "-" : "+";
    return `(${this.re}${sign}${Math.abs(this.im)}j)`;
  }
}

/** What stands for a complex number wherever one is accepted. */
export interface ComplexLike {
  readonly re: number;
  readonly im: number;
}

/** Whether `x` has a real and an imaginary part. */
export function isComplexLike(x: unknown): x is ComplexLike {
  return typeof x === "object" && x !== null && "re" in x && "im" in x && typeof x.re === "number" && typeof x.im === "number";
}
