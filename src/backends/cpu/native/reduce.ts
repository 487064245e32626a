/** Reductions of programs by the native interpreter. */

import type { KernelTable, Reducer } from "../../../backend/contract.js";
import { numelOf } from "../../../core/shape.js";
import { joinDims } from "../js/strided.js";
import type { CpuStorage } from "../storage.js";
import { type Arguments, type CpuInput, MOST_DIMS } from "./arguments.js";
import { encode, type StepTable } from "./encode.js";
import type { NativeLibrary } from "./library.js";
import { keyOf, type Plan, planFrom, stridesOf } from "./pointwise.js";

type Reduce = KernelTable<CpuStorage>["reduce"];

/** The numbers of the reducers; those that give truth values come last. */
const codes: { readonly [reducer in Reducer]: number } = { sum: 0, prod: 1, max: 2, min: 3, any: 4, all: 5 };

/** The native `reduce`, with `otherwise` for what it does not take. */
export function nativeReduce(library: NativeLibrary, args: Arguments, steps: StepTable, otherwise: Reduce, always: boolean): Reduce {
  const kernel = library.kernel("reduce");

  return (reducer, program, compute, output, inputs, shape, dims, scale) => {
    const plan = planOf();
    const count = numelOf(shape);
    // The fold costs about as much as an addition.
    if (plan === null || count === 0 || (count < plan.least && !always))
      return otherwise(reducer, program, compute, output, inputs, shape, dims, scale);
    const isWhole = output.count === 1 && inputs.every((input) => isFlat(input, count));
    const order = isWhole ? null : orderOf(shape, dims);
    const permuted = order === null ? [count] : order.dims.map((d) => shape[d] as number);
    const outputLoops = joinDims(output.shape, [output.strides]);
    const loops =
      order === null
        ? { sizes: permuted, strides: plan.encoded.leaves.map(({ index }) => flatStrides(inputs[index] as CpuInput)) }
        : joinDims(
            permuted,
            plan.encoded.leaves.map(({ index }) => permutedStrides(inputs[index] as CpuInput, shape, order.dims)),
          );
    if (loops.sizes.length > MOST_DIMS || outputLoops.sizes.length > MOST_DIMS)
      return otherwise(reducer, program, compute, output, inputs, shape, dims, scale);
    args.at = 0;
    args.put(plan.address);
    args.put(plan.grain);
    args.put(codes[reducer]);
    args.put(scale);
    const columns = order === null ? 1 : numelOf(permuted.slice(order.columns));
    args.put(output.count / columns);
    args.put(count / output.count);
    args.put(columns);
    args.put(output.dtype.code);
    args.sizes(outputLoops.sizes);
    args.put(args.target(output));
    args.strides(outputLoops.strides[0] as readonly number[], 1);
    args.sizes(loops.sizes);
    args.leaves(plan.encoded, inputs, loops.strides);
    kernel();

    function planOf(): Plan | null {
      const truth = codes[reducer] >= 4;
      const key = keyOf(compute, [output], inputs, truth ? 2 : 1);
      const known = program.encoded.get(key) as Plan | null | undefined;
      if (known !== undefined) return known;
      const given = inputs.map((input) => (typeof input === "object" ? input.dtype : null));
      const made = output.dtype.isComplex ? null : planFrom(encode(program, steps, compute, [output.dtype], given, truth), library);
      program.encoded.set(key, made);
      return made;
    }
  };
}

const ALONG: readonly number[] = [1];
const STILL: readonly number[] = [0];

/** Whether one loop over `count` elements reads an input: it lies in order, or is one number. */
const isFlat = (input: CpuInput, count: number): boolean =>
  typeof input !== "object" || input.count === 1 || (input.dense && input.count === count);

/** The strides of such an input. */
const flatStrides = (input: CpuInput): readonly number[] => (typeof input === "object" && input.count > 1 ? ALONG : STILL);

/** The dimensions with those that are reduced behind others; what is kept at the end stays there, as columns, from place `columns` on. */
function orderOf(shape: readonly number[], dims: readonly number[]): { readonly dims: readonly number[]; readonly columns: number } {
  const reduced = new Set(dims);
  let end = shape.length;
  while (end > 0 && (!reduced.has(end - 1) || shape[end - 1] === 1)) end--;
  const all = shape.map((_, d) => d);
  const before = all.slice(0, end);
  const behind = all.slice(end);
  const kept = before.filter((d) => !reduced.has(d));
  // Of size 1, wherever it stands.
  const single = behind.filter((d) => reduced.has(d));
  return {
    dims: [...kept, ...single, ...before.filter((d) => reduced.has(d)), ...behind.filter((d) => !reduced.has(d))],
    columns: end + single.length,
  };
}

function permutedStrides(input: CpuInput, shape: readonly number[], order: readonly number[]): readonly number[] {
  const strides = stridesOf(input, shape);
  return order.map((d) => strides[d] as number);
}
