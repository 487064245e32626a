/** The windows of pooling as tables: for each spatial dimension, where the window of each place begins and ends. */

import type { PoolWindow } from "../../../backend/contract.js";
import type { CpuOperand } from "../storage.js";

/** One dimension. Windows lie inside of the image. */
export interface WindowTable {
  readonly size: number;
  readonly places: number;
  readonly begin: Int32Array;
  readonly end: Int32Array;
  /** The number of elements that each window counts for. */
  readonly count: Int32Array;
  readonly step: number;
}

function regular(
  size: number,
  places: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  countsPadding: boolean,
): WindowTable {
  const [begin, end, count] = [new Int32Array(places), new Int32Array(places), new Int32Array(places)];
  for (let i = 0; i < places; i++) {
    const start = i * stride - padding;
    const stop = start + (kernel - 1) * dilation + 1;
    begin[i] = start >= 0 ? start : start + Math.ceil(-start / dilation) * dilation;
    end[i] = Math.min(stop, size);
    // Of the padding behind the image, as much counts as lies before it.
    count[i] = countsPadding ? Math.min(stop, size + padding) - start : (end[i] as number) - (begin[i] as number);
  }
  return { size, places, begin, end, count, step: dilation };
}

function adaptive(size: number, places: number): WindowTable {
  const [begin, end, count] = [new Int32Array(places), new Int32Array(places), new Int32Array(places)];
  for (let i = 0; i < places; i++) {
    begin[i] = Math.floor((i * size) / places);
    end[i] = Math.ceil(((i + 1) * size) / places);
    count[i] = (end[i] as number) - (begin[i] as number);
  }
  return { size, places, begin, end, count, step: 1 };
}

/** The tables of three dimensions; where there are fewer, the first ones have size 1. Without a window, each dimension is cut into pieces. */
export function windowTables(
  image: CpuOperand,
  places: CpuOperand,
  window: (Omit<PoolWindow, "dilation"> & { readonly dilation?: readonly number[]; readonly countIncludePad?: boolean }) | null,
): [WindowTable, WindowTable, WindowTable] {
  const rank = image.shape.length - 2;
  const table = (axis: number): WindowTable => {
    const d = axis - (3 - rank);
    if (d < 0) return adaptive(1, 1);
    const [size, count] = [image.shape[d + 2] as number, places.shape[d + 2] as number];
    if (window === null) return adaptive(size, count);
    const { kernel, stride, padding, dilation, countIncludePad } = window;
    return regular(
      size,
      count,
      kernel[d] as number,
      stride[d] as number,
      padding[d] as number,
      dilation?.[d] ?? 1,
      countIncludePad === true,
    );
  };
  return [table(0), table(1), table(2)];
}

/** The steps of an operand's samples, its channels and three dimensions. */
export function planeSteps({ strides }: CpuOperand): number[] {
  const spatial = strides.slice(2);
  return [strides[0] as number, strides[1] as number, ...new Array<number>(3 - spatial.length).fill(0), ...spatial];
}

/** The text of loops over samples, channels and places, with `base` at the image's plane and `w` counting places. */
export function placeLoops(start: string, body: string, behind = ""): string {
  return `const [sn, sc, s0, s1, s2] = steps, [t0, t1, t2] = tables;
    const b0 = t0.begin, b1 = t1.begin, b2 = t2.begin, e0 = t0.end, e1 = t1.end, e2 = t2.end;
    const m0 = t0.places, m1 = t1.places, m2 = t2.places, d0 = t0.step, d1 = t1.step, d2 = t2.step;
    for (let n = 0; n < samples; n++) for (let c = 0; c < channels; c++) {
      const base = q + n * sn + c * sc;
      ${start}
      for (let y0 = 0; y0 < m0; y0++) for (let y1 = 0; y1 < m1; y1++) for (let y2 = 0; y2 < m2; y2++, w++) {
        ${body}
      }
      ${behind}
    }`;
}

/** The text of loops over the elements of a window: at `p`, of which the coordinates are `i0`, `i1` and `i2`. */
export function windowLoops(body: string): string {
  return `for (let i0 = b0[y0]; i0 < e0[y0]; i0 += d0) for (let i1 = b1[y1]; i1 < e1[y1]; i1 += d1) {
    for (let i2 = b2[y2], p = base + i0 * s0 + i1 * s1 + i2 * s2; i2 < e2[y2]; i2 += d2, p += d2 * s2) { ${body} }
  }`;
}
