/** The text of loop nests that walk several operands at once. */

/**
 * A nest of `rank` loops around `body`. The generated function has arrays `sizes` and `strides` (with `suffix` at the end of
 * their names) as `joinDims` gives them; `strides[k]` are the steps of the variable `pointers[k]`, which ends where it began.
 */
export function loopText(rank: number, pointers: readonly string[], body: string, suffix: string = ""): string {
  const lines: string[] = [];
  const size = (d: number): string => `n${suffix}_${d}`;
  const step = (pointer: string, d: number): string => `${pointer}${suffix}_${d}`;
  for (let d = rank - 1; d >= 0; d--) {
    lines.push(`const ${size(d)} = sizes${suffix}[${d}];`);
    pointers.forEach((pointer, k) => {
      lines.push(`const ${step(pointer, d)} = strides${suffix}[${k}][${d}];`);
    });
  }
  for (let d = 0; d < rank; d++) lines.push(`for (let i${suffix}_${d} = 0; i${suffix}_${d} < ${size(d)}; i${suffix}_${d}++) {`);
  lines.push(body);
  for (let d = rank - 1; d >= 0; d--) {
    lines.push(`${pointers.map((pointer) => `${pointer} += ${step(pointer, d)};`).join(" ")} }`);
    // Back to the start of the row, for the loop around to step from.
    lines.push(pointers.map((pointer) => `${pointer} -= ${step(pointer, d)} * ${size(d)};`).join(" "));
  }
  return lines.join("\n");
}

/** Strides with that of `dim` replaced by 0, in a space of `rank` dimensions: for what is reached through an index there. */
export function stridesAcross(strides: readonly number[], dim: number, rank: number): number[] {
  const across: number[] = [];
  for (let d = 0; d < rank; d++) across.push(d === dim ? 0 : (strides[d] ?? 0));
  return across;
}

/** A list without its entry for `dim`. */
export function withoutDim(list: readonly number[], dim: number): number[] {
  const rest: number[] = [];
  for (let d = 0; d < list.length; d++) if (d !== dim) rest.push(list[d] as number);
  return rest;
}
