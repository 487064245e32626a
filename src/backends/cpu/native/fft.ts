/**
 * Discrete Fourier transforms by the library, which transforms as many lines at a time as a vector has lanes. One long line is a matrix whose
 * columns are transformed, multiplied by roots of unity, and whose rows are transformed (Bailey 1990); lengths with large prime factors
 * become convolutions of another length (`js/fourier/plan.ts`).
 */

import type { KernelTable } from "../../../backend/contract.js";
import { complex64 } from "../../../core/dtype.js";
import { chirps, newLine, type Plan, radicesOf } from "../js/fourier/plan.js";
import { withoutDim } from "../js/loops.js";
import { joinDims, type LoopNest } from "../js/strided.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Fft = KernelTable<CpuStorage>["fft"];

/** A block of lines of this length fills the second-level cache; longer ones are cut. */
const LONGEST_LINE = 4096;

/** Fewer lines than this leave most lanes idle: each is cut if it is not too short. */
const FEW_LINES = 4;
const SHORTEST_CUT = 256;

/** The real or imaginary numbers of lines: where they begin, and the step along a line. */
interface Side {
  readonly re: number;
  readonly im: number;
  readonly step: number;
}

/** Lines side by side: the nest, with steps of output and input in numbers. */
interface Across {
  readonly sizes: readonly number[];
  readonly to: readonly number[];
  readonly from: readonly number[];
}

interface Tables {
  readonly coarse: Float64Array;
  readonly fine: Float64Array;
  readonly size: number;
}

/** The roots `exp(-2πi·k·by/n)` for `count` of k, as pairs; memory outside of the garbage-collected heap. */
function rootsOf(n: number, count: number, by: number): Float64Array {
  const pairs = new Float64Array(Math.max(2 * count, 66));
  for (let k = 0; k < count; k++) {
    pairs[2 * k] = Math.cos((2 * Math.PI * k * by) / n);
    pairs[2 * k + 1] = -Math.sin((2 * Math.PI * k * by) / n);
  }
  return pairs;
}

/** Values by length; those used longest ago are dropped. */
class Recent<V> {
  private readonly kept = new Map<number, V>();

  constructor(
    private readonly make: (n: number) => V,
    private readonly most: number,
  ) {}

  of(n: number): V {
    const value = this.kept.get(n) ?? this.make(n);
    this.kept.delete(n);
    this.kept.set(n, value);
    if (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value as number);
    return value;
  }
}

/** The factors of a length nearest to each other of which both are transformed directly, or null. */
function factorsOf(n: number): readonly [number, number] | null {
  for (let a = Math.floor(Math.sqrt(n)); a > 1; a--) {
    if (n % a === 0 && n / a <= LONGEST_LINE && radicesOf(a) !== null && radicesOf(n / a) !== null) return [a, n / a];
    if (n / a > LONGEST_LINE) return null;
  }
  return null;
}

/** The native `fft`, with `otherwise` for what it does not take. */
export function nativeFft(library: NativeLibrary, args: Arguments, otherwise: Fft): Fft {
  const kernels = { float32: library.kernel("fft_float32"), float64: library.kernel("fft_float64") };
  const roots = new Recent((n) => rootsOf(n, n, 1), 16);
  const factors = new Recent(factorsOf, 64);
  const tables = new Recent<Tables>((n) => {
    const size = 2 ** Math.ceil(Math.log2(n) / 2);
    return { coarse: rootsOf(n, Math.ceil(n / size), size), fine: rootsOf(n, size, 1), size };
  }, 4);

  /** Transforms lines of a length that is not too long. */
  const direct = (isSingle: boolean, n: number, scale: number, from: Side, to: Side, across: Across, twiddle: Tables | null): void => {
    args.at = 0;
    for (const value of [isSingle ? 8 : 9, n, scale, library.address(roots.of(n))]) args.put(value);
    const radices = radicesOf(n) ?? [];
    for (const value of [radices.length, ...radices, from.step, to.step]) args.put(value);
    args.put(twiddle === null ? 0 : library.address(twiddle.coarse));
    args.put(twiddle === null ? 0 : library.address(twiddle.fine));
    args.put(twiddle?.size ?? 1);
    args.sizes(across.sizes);
    for (const [address, steps] of [
      [to.re, across.to],
      [to.im, across.to],
      [from.re, across.from],
      [from.im, across.from],
    ] as const) {
      args.put(address);
      args.strides(steps, 1);
    }
    (isSingle ? kernels.float32 : kernels.float64)();
  };

  /** Transforms one line as a matrix, by way of memory of its own. */
  const cut = (isSingle: boolean, [a, b]: readonly [number, number], scale: number, from: Side, to: Side): void => {
    const between = isSingle ? new Float32Array(2 * a * b) : new Float64Array(2 * a * b);
    const bytes = between.BYTES_PER_ELEMENT;
    const start = library.address(between);
    const side = { re: start, im: start + a * b * bytes };
    direct(
      isSingle,
      a,
      1,
      { ...from, step: from.step * b },
      { ...side, step: b },
      { sizes: [b], to: [1], from: [from.step] },
      tables.of(a * b),
    );
    direct(isSingle, b, scale, { ...side, step: 1 }, { ...to, step: to.step * a }, { sizes: [a], to: [to.step], from: [b] }, null);
  };

  /** A plan of the js engine for lines in double precision. */
  const planOf = (length: number): Plan => ({
    length,
    transform({ re, im }) {
      const side = { re: library.address(re), im: library.address(im), step: 1 };
      const [a, b] = factors.of(length) ?? [1, length];
      if (a === 1) direct(false, length, 1, side, side, { sizes: [], to: [], from: [] }, null);
      else cut(false, [a, b], 1, side, side);
    },
  });
  const convolved = new Recent((n) => chirps(n, planOf), 4);

  /** Calls `run` with the offsets of every line. */
  const eachLine = (nest: LoopNest, run: (to: number, from: number) => void): void => {
    const visit = (d: number, to: number, from: number): void => {
      if (d === nest.sizes.length) return run(to, from);
      for (let i = 0; i < (nest.sizes[d] as number); i++)
        visit(d + 1, to + i * (nest.strides[0]?.[d] as number), from + i * (nest.strides[1]?.[d] as number));
    };
    visit(0, 0, 0);
  };

  const byChirps = (
    plan: Plan,
    output: CpuOperand,
    input: CpuOperand,
    dim: number,
    nest: LoopNest,
    inverse: boolean,
    scale: number,
  ): void => {
    const line = newLine(plan.length);
    const [first, second] = inverse ? [line.im, line.re] : [line.re, line.im];
    const [a, o] = [input.storage.data as Float64Array, output.storage.data as Float64Array];
    const [step, outStep] = [2 * (input.strides[dim] as number), 2 * (output.strides[dim] as number)];
    eachLine(nest, (to, from) => {
      for (let i = 0, p = 2 * (input.storage.base + input.offset + from); i < plan.length; i++, p += step) {
        first[i] = a[p] as number;
        second[i] = a[p + 1] as number;
      }
      plan.transform(line);
      for (let i = 0, p = 2 * (output.storage.base + output.offset + to); i < plan.length; i++, p += outStep) {
        o[p] = (first[i] as number) * scale;
        o[p + 1] = (second[i] as number) * scale;
      }
    });
  };

  return (output, input, dim, inverse, scale) => {
    const n = input.shape[dim] as number;
    const nest = joinDims(withoutDim(input.shape, dim), [withoutDim(output.strides, dim), withoutDim(input.strides, dim)]);
    if (output.count === 0 || n < 2 || nest.sizes.length > MOST_DIMS) return otherwise(output, input, dim, inverse, scale);
    const isSingle = input.dtype === complex64;
    const half = input.dtype.itemsize / 2;
    // The inverse transform is the transform with real and imaginary parts swapped.
    const sideOf = (operand: CpuOperand): Side => {
      const start = args.address(operand);
      const [re, im] = inverse ? [start + half, start] : [start, start + half];
      return { re, im, step: 2 * (operand.strides[dim] as number) };
    };
    const [from, to] = [sideOf(input), sideOf(output)];
    const lines = input.count / n;
    const isDirect = n <= LONGEST_LINE && radicesOf(n) !== null;
    const cuts = !isDirect || (lines < FEW_LINES && n >= SHORTEST_CUT) ? factors.of(n) : null;
    if (cuts !== null) {
      eachLine(nest, (t, f) =>
        cut(
          isSingle,
          cuts,
          scale,
          { ...from, re: from.re + 2 * half * f, im: from.im + 2 * half * f },
          { ...to, re: to.re + 2 * half * t, im: to.im + 2 * half * t },
        ),
      );
    } else if (isDirect) {
      const twice = (strides: readonly number[] | undefined): number[] => (strides ?? []).map((stride) => 2 * stride);
      direct(isSingle, n, scale, from, to, { sizes: nest.sizes, to: twice(nest.strides[0]), from: twice(nest.strides[1]) }, null);
    } else if (radicesOf(n) === null && n <= LONGEST_LINE ** 2 / 4) byChirps(convolved.of(n), output, input, dim, nest, inverse, scale);
    else otherwise(output, input, dim, inverse, scale);
  };
}
