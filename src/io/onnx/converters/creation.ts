/** New tensors: of one value, of numbers at equal steps, and in the shape of others. */

import { int64 } from "../../../core/dtype.js";
import type { Conversion, Converter } from "../conversion.js";
import { areKnown, combine, type Size } from "../sizes.js";

const filled =
  (value: (c: Conversion) => string): Converter =>
  (c) =>
    c.expand(value(c), [], c.out.shape);

const number =
  (value: number): ((c: Conversion) => string) =>
  (c) =>
    c.graph.scalar(c.out.dtype === int64 ? BigInt(value) : value, c.out.dtype);

const given = (c: Conversion): string => c.operand("fillValue", c.out.dtype);

const like: Readonly<Record<string, Converter>> = {
  "composite zerosLike": filled(number(0)),
  "composite onesLike": filled(number(1)),
  "composite fullLike": filled(given),
  "composite emptyLike": filled(number(0)),
  "composite newZeros": filled(number(0)),
  "composite newOnes": filled(number(1)),
  "composite newFull": filled(given),
  "composite newEmpty": filled(number(0)),
};

/** The operations that take only the shape of their arguments, whatever these hold. */
export const shapesOnly: ReadonlySet<string> = new Set(Object.keys(like));

const arange: Converter = (c) => {
  const { dtype } = c.out;
  const [first, second] = [c.size("start"), c.arg("end")];
  const [start, end, step]: Size[] = second === null ? [0, first, c.size("step")] : [first, c.size("end"), c.size("step")];
  const inSteps = (size: Size): string => {
    const known = areKnown([size]);
    if (known) return c.graph.scalar(dtype === int64 ? BigInt(Math.trunc(size as number)) : (size as number), dtype);
    if (combine([size], (n) => Number(Number.isInteger(n))) !== 1) return c.fail("its bounds depend on dynamic sizes and are no integers");
    return c.graph.cast(c.scalarSize(size), int64, dtype);
  };
  return c.emit(
    "Range",
    [start, end, step].map((size) => inSteps(size as Size)),
  );
};

const oneHot: Converter = (c) => {
  const classes = c.number("numClasses");
  if (classes < 0) return c.fail("the number of classes must be given");
  const places = c.graph.ints(Array.from({ length: classes }, (_, i) => i));
  const input = c.value("input");
  const hits = c.emit("Equal", [c.unsqueeze(c.in(input), input.shape.length), places]);
  return c.emit("Cast", [hits], { to: 7 });
};

export const creation: Readonly<Record<string, Converter>> = {
  ...like,
  "composite zeros": filled(number(0)),
  "composite ones": filled(number(1)),
  "composite full": filled(given),
  "composite empty": filled(number(0)),
  "composite arange": arange,
  "composite oneHot": oneHot,
  "composite eye": (c) => {
    const n = c.size("n");
    const m = c.arg("m") === null ? n : c.size("m");
    const row = c.emit("Range", [c.graph.scalar(0n, int64), c.scalarSize(n), c.graph.scalar(1n, int64)]);
    const column = c.emit("Range", [c.graph.scalar(0n, int64), c.scalarSize(m), c.graph.scalar(1n, int64)]);
    return c.graph.cast(c.emit("Cast", [c.emit("Equal", [c.unsqueeze(row, 1), column])], { to: 7 }), int64, c.out.dtype);
  },
};
