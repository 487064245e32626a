/** Patches of a sample as the columns of a matrix, and back: what makes a convolution of a matrix product. */

import type { Convolution } from "../../../backend/contract.js";
import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { startOf } from "./raw.js";

/** `cols` is from `w` on the matrix `[channels·taps, to - from]`, `a` from `base` on the image; `steps` walk its channels and dimensions. */
type Kernel = (
  cols: TypedArray,
  w: number,
  a: TypedArray,
  base: number,
  channels: number,
  steps: readonly number[],
  sizes: readonly number[],
  from: number,
  to: number,
) => void;

const gatherers = new Map<number, Kernel>();
const scatterers = new Map<number, Kernel>();

/** How a kernel meets an image in three dimensions; where there are fewer, the first ones have size 1. */
export interface Meeting {
  /** Image, kernel, places of the kernel, strides, paddings, dilations: three numbers each. */
  readonly sizes: readonly number[];
  /** The number of elements of the kernel, and of its places. */
  readonly taps: number;
  readonly places: number;
  /** Whether the image is its own matrix: the kernel has one element and visits each of the image's in turn. */
  readonly isPlain: boolean;
}

const lead = (list: readonly number[], fill: number): number[] => [...new Array<number>(3 - list.length).fill(fill), ...list];

/** The sizes of a convolution's operands, as the kernels below take them. */
export function meet(image: CpuOperand, weight: CpuOperand, places: CpuOperand, { stride, padding, dilation }: Convolution): Meeting {
  const spatial = (operand: CpuOperand): number[] => lead(operand.shape.slice(2), 1);
  const [size, kernel, place] = [spatial(image), spatial(weight), spatial(places)];
  const product = (list: readonly number[]): number => list.reduce((n, k) => n * k, 1);
  const taps = product(kernel);
  const isPlain = taps === 1 && stride.every((s) => s === 1) && padding.every((p) => p === 0) && size.every((n, d) => n === place[d]);
  return {
    sizes: [...size, ...kernel, ...place, ...lead(stride, 1), ...lead(padding, 0), ...lead(dilation, 1)],
    taps,
    places: product(place),
    isPlain,
  };
}

/** The steps of an image's channels and of its three dimensions. */
const stepsOf = ({ strides }: CpuOperand): number[] => [strides[1] as number, ...lead(strides.slice(2), 0)];

function run(kernel: Kernel, cols: CpuOperand, image: CpuOperand, sample: number, { sizes }: Meeting, from: number, to: number): void {
  const base = startOf(image) + sample * (image.strides[0] as number);
  kernel(cols.storage.data, startOf(cols), image.storage.data, base, image.shape[1] as number, stepsOf(image), sizes, from, to);
}

/** Writes into the dense `cols` what each tap of the kernel meets at the places `from` to `to` of a sample, 0 outside of the image. */
export function gatherPatches(cols: CpuOperand, image: CpuOperand, sample: number, meeting: Meeting, from: number, to: number): void {
  run(
    kernelFor(gatherers, image.dtype.code, () => source(image.dtype, true)),
    cols,
    image,
    sample,
    meeting,
    from,
    to,
  );
}

/** Adds the dense `cols` to a sample, each element where `gatherPatches` would take it from. */
export function scatterPatches(cols: CpuOperand, image: CpuOperand, sample: number, meeting: Meeting, from: number, to: number): void {
  run(
    kernelFor(scatterers, image.dtype.code, () => source(image.dtype, false)),
    cols,
    image,
    sample,
    meeting,
    from,
    to,
  );
}

/** The statements that move one element between the columns at `w` and the image at `s`. */
function stepText(dtype: DType, gathers: boolean): string {
  if (dtype.isComplex)
    return gathers
      ? "cols[2 * w] = a[2 * s]; cols[2 * w + 1] = a[2 * s + 1];"
      : "a[2 * s] += cols[2 * w]; a[2 * s + 1] += cols[2 * w + 1];";
  return gathers ? "cols[w] = a[s];" : "a[s] += cols[w];";
}

/** Loops over the rows of the matrix, and for each over rows of places; of those, a range without gaps falls inside of the image. */
function source(dtype: DType, gathers: boolean): string {
  const zero = dtype === int64 ? "0n" : "0";
  const clear = dtype.isComplex ? "cols[2 * w] = 0; cols[2 * w + 1] = 0;" : `cols[w] = ${zero};`;
  const outside = (end: string): string =>
    gathers ? `for (; o < ${end}; o++, w++) { ${clear} }` : `w += Math.max(${end} - o, 0); o = Math.max(o, ${end});`;
  return `function ${gathers ? "gather" : "scatter"}Patches_${dtype.name}(cols, w, a, base, channels, steps, sizes, from, to) {
    const [sc, s0, s1, s2] = steps, [n0, n1, n2, k0, k1, k2, , m1, m2, t0, t1, t2, p0, p1, p2, d0, d1, d2] = sizes;
    const first = Math.floor(from / m2), last = Math.ceil(to / m2), step = t2 * s2;
    for (let c = 0; c < channels; c++) for (let x0 = 0; x0 < k0; x0++) for (let x1 = 0; x1 < k1; x1++) for (let x2 = 0; x2 < k2; x2++) {
      const shift = x2 * d2 - p2, lo = shift >= 0 ? 0 : Math.ceil(-shift / t2), hi = Math.floor((n2 - 1 - shift) / t2) + 1;
      let y0 = Math.floor(first / m1), y1 = first - y0 * m1;
      for (let r = first; r < last; r++) {
        const i0 = y0 * t0 - p0 + x0 * d0, i1 = y1 * t1 - p1 + x1 * d1;
        const start = r * m2, end = Math.min(to - start, m2);
        let o = Math.max(from - start, 0);
        if (i0 >= 0 && i0 < n0 && i1 >= 0 && i1 < n1) {
          const l = Math.min(lo, end), h = Math.min(hi, end);
          ${outside("l")}
          let s = base + c * sc + i0 * s0 + i1 * s1 + (o * t2 + shift) * s2;
          for (; o < h; o++, w++, s += step) { ${stepText(dtype, gathers)} }
        }
        ${outside("end")}
        if (++y1 === m1) { y1 = 0; y0++; }
      }
    }
  }`;
}
