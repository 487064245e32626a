/** Reading and writing through indices by the library. */

import type { KernelTable, ScatterMode } from "../../../backend/contract.js";
import { broadcastStrides } from "../../../core/shape.js";
import { stridesAcross } from "../js/loops.js";
import { numberOperand } from "../js/scatter.js";
import { joinDims, type LoopNest } from "../js/strided.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import { ordered } from "./copy.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;
type Indexing = Pick<Kernels, "gather" | "scatter" | "indexGet" | "indexPut"> & Pick<Required<Kernels>, "indexRange">;

/** Kernels take so many indices for each element. */
const MOST_INDICES = 4;

/** Fewer elements than this are not shared by threads. */
const SHARED = 32768;

const modes: { readonly [mode in ScatterMode]: number } = { write: 0, add: 1, mul: 2, max: 3, min: 4 };

/**
 * A table whose elements are addressed by strides and indices: element `i` of the nest lies at `Σ i[d]·table[d] + Σ index[k][i]·steps[k]`.
 * The first list of the nest's strides is that of what is read or written one after the other (`rows`), then the table, then the indices.
 */
interface Addressed {
  readonly table: CpuOperand;
  readonly rows: CpuOperand;
  readonly indices: readonly CpuOperand[];
  readonly steps: readonly number[];
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** An index for each element, along one dimension. */
function byElement(rows: CpuOperand, table: CpuOperand, dim: number, index: CpuOperand): Addressed {
  const rank = index.shape.length;
  return {
    table,
    rows,
    indices: [index],
    steps: [table.strides[dim] ?? 0],
    shape: index.shape,
    strides: [stridesAcross(rows.strides, -1, rank), stridesAcross(table.strides, dim, rank), index.strides],
  };
}

/** Index operands for some dimensions of the table, in front of the others. */
function byDims(rows: CpuOperand, table: CpuOperand, given: readonly (CpuOperand | null)[]): Addressed {
  const indices: CpuOperand[] = [];
  const steps: number[] = [];
  const whole: number[] = [];
  table.strides.forEach((stride, d) => {
    const index = given[d] ?? null;
    if (index === null) whole.push(stride);
    else {
      indices.push(index);
      steps.push(stride);
    }
  });
  const depth = rows.shape.length - whole.length;
  const shape = rows.shape.slice(0, depth);
  const none = whole.map(() => 0);
  return {
    table,
    rows,
    indices,
    steps,
    shape: rows.shape,
    strides: [
      rows.strides,
      [...shape.map(() => 0), ...whole],
      ...indices.map((index) => [...broadcastStrides(index.shape, index.strides, shape), ...none]),
    ],
  };
}

/** The nest of a scatter: the table's strides descend, those of indexed dimensions by what a step of an index is; these stay in their order. */
function scatterNest({ shape, strides, steps }: Addressed): LoopNest {
  const step = Math.max(0, ...steps.map(Math.abs));
  const across = strides[1] as readonly number[];
  return ordered(
    shape,
    strides,
    across.map((stride) => (stride === 0 ? step : stride)),
  );
}

/** The longest loop in which every turn writes to other places, or -1. */
function sharedLoop({ sizes, strides }: LoopNest): number {
  let longest = -1;
  sizes.forEach((size, d) => {
    if (strides[1]?.[d] !== 0 && size > (sizes[longest] ?? 1)) longest = d;
  });
  return longest;
}

/** The indexing kernels over those of the js engine, which keep complex numbers that are combined, and many dimensions. */
export function nativeIndexing(library: NativeLibrary, args: Arguments, js: Kernels): Indexing {
  const gatherKernel = library.kernel("gather");
  const scatterKernel = library.kernel("scatter");
  const rangeKernel = library.kernel("index_range");

  /** Writes a nest and its operands, of which `output` is written. */
  const put = (nest: LoopNest, operands: readonly CpuOperand[], output: CpuOperand | null): void => {
    args.sizes(nest.sizes);
    operands.forEach((operand, k) => {
      args.put(operand === output ? args.update(operand) : args.address(operand));
      args.strides(nest.strides[k] as readonly number[], 1);
    });
  };

  /** Reads elements of the table into rows; false for what the kernel does not take. */
  const read = (addressed: Addressed): boolean => {
    const { table, rows, indices, steps, shape, strides } = addressed;
    const nest = ordered(shape, strides, strides[0] as readonly number[]);
    if (indices.length > MOST_INDICES || nest.sizes.length > MOST_DIMS) return false;
    args.at = 0;
    args.put(table.dtype.itemsize);
    args.put(indices.length);
    for (const step of steps) args.put(step);
    put(nest, [rows, table, ...indices], rows);
    gatherKernel();
    return true;
  };

  /** Writes rows to elements of the table; false for what the kernel does not take. */
  const write = (addressed: Addressed, mode: ScatterMode): boolean => {
    const { table, rows, indices, steps } = addressed;
    const nest = scatterNest(addressed);
    if (indices.length > MOST_INDICES || nest.sizes.length > MOST_DIMS || (table.dtype.isComplex && mode !== "write")) return false;
    const [first, second, ...others] = nest.strides as readonly [readonly number[], readonly number[], ...(readonly number[])[]];
    args.at = 0;
    args.put(table.dtype.code);
    args.put(table.dtype.itemsize);
    args.put(modes[mode] + 8 * indices.length);
    args.put(rows.count >= SHARED ? sharedLoop(nest) : -1);
    for (const step of steps) args.put(step);
    put({ sizes: nest.sizes, strides: [second, first, ...others] }, [table, rows, ...indices], table);
    scatterKernel();
    return true;
  };

  return {
    gather(output, input, dim, index) {
      if (index.count === 0 || !read(byElement(output, input, dim, index))) js.gather(output, input, dim, index);
    },
    indexGet(output, input, indices) {
      if (output.count === 0 || !read(byDims(output, input, indices))) js.indexGet(output, input, indices);
    },
    scatter(output, dim, index, source, mode) {
      const rows = typeof source === "object" ? source : numberOperand(output.dtype, source);
      if (index.count === 0 || !write(byElement(rows, output, dim, index), mode)) js.scatter(output, dim, index, source, mode);
    },
    indexPut(output, indices, source, accumulate) {
      if (source.count === 0 || !write(byDims(source, output, indices), accumulate ? "add" : "write"))
        js.indexPut(output, indices, source, accumulate);
    },
    indexRange(index) {
      const nest = joinDims(index.shape, [index.strides]);
      if (index.count === 0 || nest.sizes.length > MOST_DIMS) return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      args.at = 0;
      put(nest, [index], null);
      rangeKernel();
      return [library.block[0] as number, library.block[1] as number];
    },
  };
}
