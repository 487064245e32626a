/** The averages of windows, and the reverse: elements shared by those of their window. */

import type { AverageWindow } from "../../../backend/contract.js";
import type { DType, TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loadText, numberTypeOf, storeText } from "./operands.js";
import { startOf } from "./raw.js";
import { placeLoops, planeSteps, type WindowTable, windowLoops, windowTables } from "./windows.js";

/** `a` holds the image, from `q` on in `steps`; `o` one number for each place. `divisor` is 0 where windows are divided by their number of places. */
type Kernel = (
  samples: number,
  channels: number,
  o: TypedArray,
  w: number,
  a: TypedArray,
  q: number,
  steps: readonly number[],
  tables: readonly WindowTable[],
  divisor: number,
) => void;

/** `g` holds gradients of places, in steps of their own; `a` receives those of the image, from `plane` on; `steps` are those within `sums`. */
type Reverse = (
  samples: number,
  channels: number,
  g: TypedArray,
  r: number,
  gradSteps: readonly number[],
  a: TypedArray,
  plane: number,
  steps: readonly number[],
  tables: readonly WindowTable[],
  divisor: number,
  sums: Float64Array,
) => void;

const kernels = new Map<number, Kernel>();
const reverses = new Map<number, Reverse>();

/** See `KernelTable.avgPool`. */
export function avgPool(output: CpuOperand, input: CpuOperand, window: AverageWindow | null): void {
  if (output.count === 0) return;
  const { dtype } = input;
  kernelFor(kernels, dtype.code, () => source(dtype))(
    input.shape[0] as number,
    input.shape[1] as number,
    output.storage.data,
    startOf(output),
    input.storage.data,
    startOf(input),
    planeSteps(input),
    windowTables(input, output, window),
    window?.divisor ?? 0,
  );
}

/** See `KernelTable.avgPoolBackward`. */
export function avgPoolBackward(output: CpuOperand, grad: CpuOperand, window: AverageWindow | null): void {
  if (output.count === 0) return;
  const { dtype } = output;
  const samples = output.shape[0] as number;
  const channels = output.shape[1] as number;
  kernelFor(reverses, dtype.code, () => reverseSource(dtype))(
    samples,
    channels,
    grad.storage.data,
    startOf(grad),
    planeSteps(grad),
    output.storage.data,
    startOf(output),
    [0, 0, ...planeSteps(output).slice(2)],
    windowTables(output, grad, window),
    window?.divisor ?? 0,
    new Float64Array(output.count / (samples * channels)),
  );
}

const COUNTS = "const c0 = tables[0].count, c1 = tables[1].count, c2 = tables[2].count;";

/** The product of three counts. */
const SIZE = "divisor === 0 ? c0[y0] * c1[y1] * c2[y2] : divisor";

function source(dtype: DType): string {
  const type = numberTypeOf(dtype);
  const exact = type === "int64";
  // Integers are divided without a rest.
  const mean = exact ? `sum / BigInt(${SIZE})` : type === "int" ? `Math.trunc(sum / (${SIZE}))` : `sum / (${SIZE})`;
  const body = `let sum = ${exact ? "0n" : "0"}, any = false;
    ${windowLoops(`sum += ${loadText(dtype, type, "a", "p")}; any = true;`)}
    o[w] = any ? ${storeText(dtype, type, `(${mean})`, false)} : ${exact ? "0n" : "0"};`;
  return `function avgPool_${dtype.name}(samples, channels, o, w, a, q, steps, tables, divisor) { ${COUNTS} ${placeLoops("", body)} }`;
}

/** Sums of a plane in double precision, which are then stored. */
function reverseSource(dtype: DType): string {
  const body = `const y = ${loadText(dtype, "float", "g", "r + n * gn + c * gc + y0 * g0 + y1 * g1 + y2 * g2")} / (${SIZE});
    ${windowLoops("sums[p] += y;")}`;
  const store = `for (let i = 0; i < size; i++) a[plane + i] = ${storeText(dtype, "float", "sums[i]", false)};
      plane += size;`;
  return `function avgPoolBackward_${dtype.name}(samples, channels, g, r, gradSteps, a, plane, steps, tables, divisor, sums) {
    const [gn, gc, g0, g1, g2] = gradSteps, size = sums.length, q = 0;
    let w = 0;
    ${COUNTS} ${placeLoops("sums.fill(0);", body, store)}
  }`;
}
