/** Pooling. */

import type { Conversion, Converter } from "../conversion.js";
import { combine, type Size } from "../sizes.js";

/** The windows of a pooling, and how far they reach beyond the input. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly before: readonly number[];
  readonly behind: readonly number[];
  readonly dilations: readonly number[];
  /** Whether a window reaches beyond the padding. */
  readonly isCeiled: boolean;
}

/** Runs on the input with a batch and a channel dimension. */
function batched(c: Conversion, rank: number, run: (name: string) => readonly string[]): readonly string[] {
  const { shape } = c.value("input");
  const missing = rank + 2 - shape.length;
  const dims = Array.from({ length: missing }, (_, i) => i);
  return run(c.unsqueeze(c.in("input"), ...dims)).map((name) => c.squeeze(name, ...dims));
}

/** The windows of an operation; those of an adaptive one are all alike or there are none. */
function windowsOf(c: Conversion): Windows | null {
  const rank = (c.arg("size") as readonly unknown[]).length;
  const input = c.value("input").shape.slice(-rank);
  const output = c.out.shape.slice(-rank);
  if (c.ints("kernel").length === 0) {
    const each = input.map((n, d) => combine([n, output[d] as Size], (a, b) => (a % b === 0 ? a / b : -1)));
    if (!each.every((n): n is number => typeof n === "number" && n > 0)) return null;
    const none = each.map(() => 0);
    return { kernel: each, strides: each, before: none, behind: none, dilations: each.map(() => 1), isCeiled: false };
  }
  const [kernel, strides, before] = [c.ints("kernel"), c.ints("stride"), c.ints("padding")];
  const dilations = c.has("dilation") ? c.ints("dilation") : kernel.map(() => 1);
  const behind = kernel.map((k, d) => {
    const [stride, pad, apart] = [strides[d], before[d], dilations[d]] as [number, number, number];
    const needed = combine([input[d] as Size, output[d] as Size], (i, o) => (o - 1) * stride + apart * (k - 1) + 1 - i - pad);
    const isEnough = combine([needed], (n) => Number(pad >= n && pad < n + stride));
    if (isEnough === 1) return pad;
    return typeof needed === "number"
      ? Math.max(needed, 0)
      : c.fail("rounding the number of windows up along a dynamic dimension is not supported");
  });
  return { kernel, strides, before, behind, dilations, isCeiled: behind.some((n, d) => n > (before[d] as number)) };
}

const rankOf = (c: Conversion): number => (c.arg("size") as readonly unknown[]).length;

/** The pieces of a dimension that an adaptive pooling has. */
function piecesOf(c: Conversion, input: Size, output: Size): (readonly [from: number, to: number])[] {
  if (typeof input !== "number" || typeof output !== "number") return c.fail("adaptive pooling of a dynamic size is not supported");
  return Array.from({ length: output }, (_, i) => [Math.floor((i * input) / output), Math.ceil(((i + 1) * input) / output)] as const);
}

/** Adaptive pooling whose pieces are not alike: dimension by dimension, each piece reduced by itself. */
function pieceByPiece(c: Conversion, reduce: string): string {
  const { shape } = c.value("input");
  const rank = rankOf(c);
  let name = c.in("input");
  for (let axis = shape.length - rank; axis < shape.length; axis++) {
    const parts = piecesOf(c, shape[axis] as Size, c.out.shape[axis] as Size).map(([from, to]) => {
      const part = c.emit("Slice", [name, c.graph.ints([from]), c.graph.ints([to]), c.graph.ints([axis])]);
      return c.emit(reduce, [part, c.graph.ints([axis])], { keepdims: 1 });
    });
    name = parts.length === 1 ? (parts[0] as string) : c.emit("Concat", parts, { axis });
  }
  return name;
}

const maxPool: Converter = (c) => {
  c.requireFloat(c.value("input"));
  const windows = windowsOf(c);
  if (windows === null) return [pieceByPiece(c, "ReduceMax"), null];
  const { kernel, strides, before, behind, dilations } = windows;
  const isFlat = !c.isUsed(1);
  const input = c.value("input");
  const [pooled, places] = batched(c, kernel.length, (name) => {
    const attributes = { kernel_shape: kernel, strides, pads: [...before, ...behind], dilations };
    return c.emitAll("MaxPool", [name], attributes, isFlat ? 1 : 2);
  });
  if (isFlat || places === undefined) return [pooled as string, null];
  // ONNX counts places through the whole batch, PyTorch within each plane.
  const plane = input.shape.slice(-kernel.length).map((size) => c.scalarSize(size));
  const size = plane.reduce((a, b) => c.emit("Mul", [a, b]));
  return [pooled as string, c.emit("Mod", [places, size])];
};

const avgPool: Converter = (c) => {
  c.requireFloat(c.value("input"));
  const windows = windowsOf(c);
  if (windows === null) return pieceByPiece(c, "ReduceMean");
  const { kernel, strides, before, behind, isCeiled } = windows;
  const divisor = c.arg("divisor");
  const counts = c.flag("countIncludePad");
  const { dtype } = c.value("input");
  const run = (name: string, pads: readonly number[], includes: boolean): string =>
    c.emit("AveragePool", [name], { kernel_shape: kernel, strides, pads, count_include_pad: includes ? 1 : 0 });
  const [pooled] = batched(c, kernel.length, (name) => {
    if (divisor === null && (!isCeiled || !counts)) return [run(name, [...before, ...behind], counts)];
    // Zeros that count are in the input then; what lies beyond counts only for a divisor that is given.
    const zeros = [0, 0, ...before];
    const padded = c.emit("Pad", [name, c.graph.ints([...zeros, ...zeros]), c.graph.scalar(0, dtype)]);
    const beyond = behind.map((n, d) => Math.max(n - (before[d] as number), 0));
    return [run(padded, [...kernel.map(() => 0), ...beyond], divisor !== null)];
  });
  if (divisor === null) return pooled as string;
  const volume = kernel.reduce((a, b) => a * b, 1);
  return c.emit("Mul", [pooled as string, c.graph.scalar(volume / c.number("divisor"), dtype)]);
};

export const pooling: Readonly<Record<string, Converter>> = { "primitive maxPool": maxPool, "primitive avgPool": avgPool };
