/** Iteration spaces of several operands: dimensions that can be walked as one are joined, and size-1 dimensions dropped. */

/** A loop nest: the sizes of its loops, outermost first, and for each operand the step of each loop. */
export interface LoopNest {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Joins neighbouring dimensions wherever every operand can walk both as one. */
export function joinDims(shape: readonly number[], strides: readonly (readonly number[])[]): LoopNest {
  const sizes: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d] as number;
    if (size === 1) continue;
    const last = sizes.length - 1;
    const joins = last >= 0 && strides.every((s, k) => (steps[k] as number[])[last] === (s[d] as number) * size);
    if (joins) {
      sizes[last] = (sizes[last] as number) * size;
      strides.forEach((s, k) => {
        (steps[k] as number[])[last] = s[d] as number;
      });
    } else {
      sizes.push(size);
      strides.forEach((s, k) => {
        (steps[k] as number[]).push(s[d] as number);
      });
    }
  }
  return { sizes, strides: steps };
}
