/** Pointwise programs in the native block interpreter. */

import type { KernelTable } from "../../../backend/contract.js";
import type { DType } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import type { Program } from "../../../expr/program.js";
import { joinDims } from "../js/strided.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { GRAIN_COST } from "../thresholds.js";
import { type Arguments, type CpuInput, MOST_DIMS } from "./arguments.js";
import { type Encoded, encode, type StepTable } from "./encode.js";
import type { NativeLibrary } from "./library.js";

type Pointwise = KernelTable<CpuStorage>["pointwise"];

/** An encoded program and what a call needs of it. */
export interface Plan {
  readonly encoded: Encoded;
  /** The address of the code, whose memory `encoded` keeps. */
  readonly address: number;
  /** How many elements a thread takes at a time. */
  readonly grain: number;
  /** From how many elements on the native kernel is faster. */
  readonly least: number;
}

/** Makes a plan from an encoded program. */
export function planFrom(encoded: Encoded | null, library: NativeLibrary): Plan | null {
  if (encoded === null) return null;
  const blocks = Math.max(1, Math.round(GRAIN_COST / encoded.cost / 1024));
  return { encoded, address: library.address(encoded.code), grain: blocks * 1024, least: library.thresholds.pointwise / encoded.cost };
}

/** A key for the dtypes of a call: a number where that is exact, else a text. */
export function keyOf(compute: DType, outputs: readonly CpuOperand[], inputs: readonly CpuInput[], first: number): number | string {
  if (outputs.length + inputs.length > 11) return longKey(compute, outputs, inputs, first);
  let key = first * 13 + compute.code;
  for (let k = 0; k < outputs.length; k++) key = key * 13 + (outputs[k] as CpuOperand).dtype.code;
  for (let k = 0; k < inputs.length; k++) {
    const input = inputs[k] as CpuInput;
    key = key * 13 + (typeof input === "object" ? input.dtype.code : 12);
  }
  return key;
}

function longKey(compute: DType, outputs: readonly CpuOperand[], inputs: readonly CpuInput[], first: number): string {
  return [
    first,
    compute.code,
    ...outputs.map((output) => output.dtype.code),
    "",
    ...inputs.map((input) => (typeof input === "object" ? input.dtype.code : "n")),
  ].join(" ");
}

/** The native `pointwise`, with `otherwise` for programs and operands that it does not take. */
export function nativePointwise(
  library: NativeLibrary,
  args: Arguments,
  steps: StepTable,
  otherwise: Pointwise,
  always: boolean,
): Pointwise {
  const kernel = library.kernel("pointwise");

  const planOf = (program: Program, compute: DType, outputs: readonly CpuOperand[], inputs: readonly CpuInput[]): Plan | null => {
    const key = keyOf(compute, outputs, inputs, 0);
    const known = program.encoded.get(key) as Plan | null | undefined;
    if (known !== undefined) return known;
    const given = inputs.map((input) => (typeof input === "object" ? input.dtype : null));
    const plan = planFrom(
      encode(
        program,
        steps,
        compute,
        outputs.map((output) => output.dtype),
        given,
      ),
      library,
    );
    program.encoded.set(key, plan);
    return plan;
  };

  return (program, compute, outputs, inputs) => {
    const first = outputs[0] as CpuOperand;
    const n = first.count;
    const plan = planOf(program, compute, outputs, inputs);
    if (plan === null || n === 0 || (n < plan.least && !always)) return otherwise(program, compute, outputs, inputs);
    args.at = 0;
    args.put(plan.address);
    args.put(plan.grain);
    if (!args.flat(plan.encoded, n, outputs, inputs)) {
      args.at = 2;
      if (!nest(plan.encoded, first.shape, outputs, inputs)) return otherwise(program, compute, outputs, inputs);
    }
    kernel();
  };

  /** Writes the loop nest of operands that are not all dense; false where it is too deep. */
  function nest(encoded: Encoded, shape: readonly number[], outputs: readonly CpuOperand[], inputs: readonly CpuInput[]): boolean {
    const strides = outputs.map((output) => output.strides);
    for (const { index } of encoded.leaves) strides.push(stridesOf(inputs[index] as CpuInput, shape));
    const loops = joinDims(shape, strides);
    if (loops.sizes.length > MOST_DIMS) return false;
    args.sizes(loops.sizes);
    args.outputs(encoded, outputs, loops.strides);
    args.leaves(encoded, inputs, loops.strides.slice(outputs.length));
    return true;
  }
}

/** The strides of an input broadcast to a shape; those of a number are 0. */
export function stridesOf(input: CpuInput, shape: readonly number[]): readonly number[] {
  return typeof input === "object" ? broadcastStrides(input.shape, input.strides, shape) : shape.map(() => 0);
}
