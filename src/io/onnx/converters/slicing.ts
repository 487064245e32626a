/** Parts of tensors: integers, slices and windows; and writing into them. */

import { int64 } from "../../../core/dtype.js";
import { isOptions, parseSchema } from "../../../tensor/schema.js";
import { Conversion, type Converter } from "../conversion.js";
import { makeValue, type Value } from "../program.js";
import { combine, Dim, productOf, type Size } from "../sizes.js";
import type { CallRecord, Placement } from "../trace.js";
import { range, strided } from "./strided.js";

/** An end beyond every dimension. */
const ALL = Number.MAX_SAFE_INTEGER;

/** A position in a dimension of some size: counted from the end where it depends on that size. */
function position(at: Size, size: Size, atEnd: boolean): Size {
  if (typeof at === "number") return at;
  const fromEnd = combine([at, size], (i, n) => i - n);
  if (fromEnd === 0 && atEnd) return ALL;
  return typeof fromEnd === "number" && fromEnd < 0 ? fromEnd : at;
}

function select(c: Conversion, name: string, size: Size, axis: number, index: Size): string {
  const at = position(index, size, false);
  return c.emit("Gather", [name, c.scalarSize(at)], { axis });
}

function slice(c: Conversion, name: string, size: Size, axis: number, start: Size, end: Size, step = 1): string {
  const [from, to] = [position(start, size, false), position(end, size, true)];
  if (from === 0 && to === ALL && step === 1) return name;
  return c.emit("Slice", [name, c.shape([from]), c.shape([to]), c.graph.ints([axis]), c.graph.ints([step])]);
}

/** Pieces of the given sizes along an axis. */
function split(c: Conversion, sizes: readonly Size[], axis: number): readonly string[] {
  if (sizes.length === 1) return [c.in("input")];
  return c.emitAll("Split", [c.in("input"), c.shape(sizes)], { axis }, sizes.length);
}

const pieces: Converter = (c) => {
  const axis = c.axis("dim", c.value("input").shape.length);
  return split(
    c,
    c.call.outs.map((out) => (out as Value).shape[axis] as Size),
    axis,
  );
};

/** A bound of a slice that may be absent. */
const bound = (c: Conversion, name: string, otherwise: Size): Size => (c.arg(name) === null ? otherwise : c.size(name));

/** The integers, slices and new dimensions of an index, one after the other. */
function basicIndex(c: Conversion): string {
  const { basic } = c.arg("place") as { readonly basic: readonly unknown[] };
  const { shape } = c.value("input");
  let name = c.in("input");
  let axis = 0;
  let dim = 0;
  for (const item of basic) {
    if (item === null) name = c.unsqueeze(name, axis++);
    else if (typeof item === "number" || item instanceof Dim) name = select(c, name, shape[dim++] as Size, axis, item);
    else if (isOptions(item)) {
      const [start, stop, step] = [item["start"] ?? 0, item["stop"] ?? ALL, item["step"] ?? 1] as [Size, Size, number];
      name = slice(c, name, shape[dim++] as Size, axis++, start, stop, step);
    } else {
      axis++;
      dim++;
    }
  }
  return name;
}

/** All windows along a dimension: gathered by their places. */
const unfold: Converter = (c) => {
  const { shape } = c.value("input");
  if (shape.length === 0) return c.fail("a 0-d tensor has no windows in ONNX");
  const axis = c.axis("dimension", shape.length);
  const [size, step] = [c.number("size"), c.number("step")];
  const count = c.out.shape[axis] as Size;
  if (typeof count !== "number") return c.fail("windows along a dynamic dimension are not supported; make the dimension fixed");
  const places = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + (i % size));
  const indices = c.emit("Reshape", [c.graph.ints(places), c.graph.ints([count, size])]);
  const gathered = c.emit("Gather", [c.in("input"), indices], { axis });
  const order = Array.from({ length: shape.length + 1 }, (_, d) => d).filter((d) => d !== axis + 1);
  return c.transpose(gathered, [...order, axis + 1]);
};

/** A diagonal: of the two dimensions as one, every element that lies on it. */
const diagonal: Converter = (c) => {
  const { shape } = c.value("input");
  const [a, b] = [c.axis("dim1", shape.length), c.axis("dim2", shape.length)];
  const [rows, columns] = [shape[a], shape[b]] as [Size, Size];
  const offset = c.number("offset");
  const rest = shape.map((_, d) => d).filter((d) => d !== a && d !== b);
  const turned = c.transpose(c.in("input"), [...rest, a, b]);
  const sizes = rest.map((d) => shape[d] as Size);
  const flat = c.reshape(turned, [...sizes, rows, columns], [...sizes, productOf([rows, columns])]);
  const first = offset >= 0 ? offset : combine([columns], (n) => -offset * n);
  const places = range(
    c,
    first,
    c.out.shape.at(-1) as Size,
    combine([columns], (n) => n + 1),
  );
  return c.emit("Gather", [flat, places], { axis: rest.length });
};

/** The places of all elements of a tensor in row-major order, as a value of its shape. */
function placesOf(c: Conversion, base: Value): Value {
  const places = makeValue(int64, base.shape);
  c.graph.bind(places, c.emit("Reshape", [range(c, 0, productOf(base.shape)), c.shape(base.shape)]));
  return places;
}

/** One view: its converter, and the arguments behind the first. */
interface Step {
  readonly converter: Converter;
  readonly record: CallRecord;
  readonly rest: readonly unknown[];
  /** The shape that it shows, and which of several results it is. */
  readonly shape: readonly Size[];
  readonly result: number;
  readonly viewed: Placement<Size> | null;
}

/** A write through views: the same views of the places of all elements say where the source goes. */
function writeThrough(c: Conversion, base: Value, source: string, steps: readonly Step[]): string {
  let places = placesOf(c, base);
  for (const { converter, record, rest, shape, result, viewed } of steps) {
    const shown = makeValue(int64, shape);
    const outs = Array.from({ length: result + 1 }, (_, i) => (i === result ? shown : makeValue(int64, shape)));
    const call = { record, args: [places, ...rest], outs, path: c.call.path, compute: null, viewed };
    const names = converter(new Conversion(c.graph, call, c.users));
    c.graph.bind(shown, (Array.isArray(names) ? names[result] : names) as string);
    places = shown;
  }
  const flat = (name: string): string => c.emit("Reshape", [name, c.graph.ints([-1])]);
  const scattered = c.emit("ScatterElements", [flat(c.in(base)), flat(c.in(places)), flat(source)], { axis: 0 });
  return c.emit("Reshape", [scattered, c.shape(base.shape)]);
}

/** A write that tracing saw: through views that the program made. */
const viewScatter =
  (converterOf: (record: CallRecord) => Converter | undefined): Converter =>
  (c) => {
    const views = c.arg("views") as readonly (readonly [CallRecord, readonly unknown[], Value, number, Placement<Size> | null])[];
    const steps = views.map(([record, rest, { shape }, result, viewed]) => {
      const converter = converterOf(record) ?? c.fail(`writing through ${record.name} has no counterpart`);
      return { converter, record, rest, shape, result, viewed };
    });
    return writeThrough(c, c.value("base"), c.in("source"), steps);
  };

/** A copy of a tensor in which the part that a view shows is replaced. */
const scattered =
  (key: string, signature: string): Converter =>
  (c) => {
    const schema = parseSchema(signature);
    const rest = schema.parameters.slice(1).map(({ name }) => c.arg(name));
    const source = c.value("src");
    const step: Step = {
      converter: parts[key] as Converter,
      record: { kind: "view", name: schema.name, schema },
      rest,
      shape: source.shape,
      result: 0,
      viewed: null,
    };
    return writeThrough(c, c.value("input"), c.as(source, c.out.dtype), [step]);
  };

/** Matrices with a diagonal: it is written into zeros. */
const diagEmbed: Converter = (c) => {
  const { dtype, shape } = c.out;
  const zeros = makeValue(dtype, shape);
  c.graph.bind(zeros, c.expand(c.graph.scalar(dtype === int64 ? 0n : 0, dtype), [], shape));
  const source = c.value("input");
  const schema = parseSchema("diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)");
  const rest = ["offset", "dim1", "dim2"].map((name) => c.arg(name));
  const record: CallRecord = { kind: "view", name: schema.name, schema };
  return writeThrough(c, zeros, c.in(source), [{ converter: diagonal, record, rest, shape: source.shape, result: 0, viewed: null }]);
};

const parts: Readonly<Record<string, Converter>> = {
  "view select": (c) => {
    const { shape } = c.value("input");
    const axis = c.axis("dim", shape.length);
    return select(c, c.in("input"), shape[axis] as Size, axis, c.size("index"));
  },
  "view slice": (c) => {
    const { shape } = c.value("input");
    const axis = c.axis("dim", shape.length);
    return slice(c, c.in("input"), shape[axis] as Size, axis, bound(c, "start", 0), bound(c, "end", ALL), c.number("step"));
  },
  "view narrow": (c) => {
    const { shape } = c.value("input");
    const axis = c.axis("dim", shape.length);
    const size = shape[axis] as Size;
    const start = combine([c.size("start"), size], (i, n) => (i < 0 ? i + n : i));
    const end = combine([start, c.size("length")], (i, n) => i + n);
    return slice(c, c.in("input"), size, axis, start, sameEnd(end, size) ? ALL : end);
  },
  "view split": pieces,
  "view splitWithSizes": pieces,
  "view unbind": (c) => {
    const axis = c.axis("dim", c.value("input").shape.length);
    return split(
      c,
      c.call.outs.map(() => 1),
      axis,
    ).map((name) => c.squeeze(name, axis));
  },
  "view index": basicIndex,
  "view unfold": unfold,
  "view diagonal": diagonal,
  "view asStrided": strided,
};

export const slicing = (converterOf: (record: CallRecord) => Converter | undefined): Readonly<Record<string, Converter>> => ({
  ...parts,
  "primitive viewScatter": viewScatter(converterOf),
  "primitive diagEmbed": diagEmbed,
  "primitive selectScatter": scattered("view select", "select(Tensor input, int dim, int index)"),
  "primitive sliceScatter": scattered("view slice", "slice(Tensor input, int dim=0, int? start=null, int? end=null, int step=1)"),
  "primitive diagonalScatter": scattered("view diagonal", "diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)"),
});

const sameEnd = (end: Size, size: Size): boolean => combine([end, size], (a, b) => a - b) === 0;
