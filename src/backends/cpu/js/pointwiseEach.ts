/** A pointwise program over many lists of operands: one generated loop over the lists and their elements. */

import type { KernelTable } from "../../../backend/contract.js";
import type { DType } from "../../../core/dtype.js";
import type { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { compileFunction } from "./compile.js";
import { elementSource, loadElement } from "./pointwise.js";

type Each = NonNullable<KernelTable<CpuStorage>["pointwiseEach"]>;
type Loop = (operands: readonly CpuOperand[], numbers: readonly number[]) => void;

/** What these loops are kept under among the compiled ones of a program: the keys of others are whole or end in a half. */
const keyOf = (compute: DType): number => compute.code + 0.25;

function sourceOf(program: Program, compute: DType, width: number, written: readonly number[]): string {
  const operands = new Set([0, ...program.reads.filter((k) => k < width), ...written]);
  const numbers = program.reads.filter((k) => k >= width).map((k) => `const n${k} = +numbers[${k - width}];`);
  const declared = [...operands].map(
    (k) => `const A${k} = operands[at + ${k}], a${k} = A${k}.storage.data, q${k} = A${k}.storage.base + A${k}.offset;`,
  );
  const body = elementSource(
    program,
    compute,
    written.map((k) => ({ dtype: compute, place: `q${k} + i`, array: `a${k}` })),
    (node) => (node.index < width ? loadElement(compute, compute, node, `a${node.index}`, `q${node.index} + i`) : `n${node.index}`),
    () => false,
  );
  return `function each(operands, numbers) {
${numbers.join("\n")}
for (let at = 0; at < operands.length; at += ${width}) {
${declared.join("\n")}
const n = A0.count;
for (let i = 0; i < n; i++) {
${body}
}
}
}`;
}

/** See `KernelTable.pointwiseEach`. */
export const pointwiseEach: Each = (program, compute, operands, width, written, numbers) => {
  if (!compute.isFloatingPoint) return false;
  const key = keyOf(compute);
  let loop = program.compiled.get(key) as Loop | undefined;
  if (loop === undefined) {
    loop = compileFunction<Loop>(sourceOf(program, compute, width, written));
    program.compiled.set(key, loop);
  }
  loop(operands, numbers);
  return true;
};
