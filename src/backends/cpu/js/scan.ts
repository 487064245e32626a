/** Running reductions along a dimension. */

import type { Scanner } from "../../../backend/contract.js";
import { bfloat16, type DType, float16, type TypedArray } from "../../../core/dtype.js";
import type { NumberType } from "../../../expr/print-js.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, withoutDim } from "./loops.js";
import { loadText, numberTypeOf, storeText } from "./operands.js";
import { moveText, rawOf, startOf, storeIndexText, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

/** `c` and `b` are the arrays of values and input; for extremes, `v` and `a` hold the same as raw numbers. */
type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  v: TypedArray,
  p: number,
  pStep: number,
  x: Int32Array | null,
  w: number,
  wStep: number,
  a: TypedArray,
  b: TypedArray,
  q: number,
  qStep: number,
  n: number,
) => void;

const kernels = new Map<number, Kernel>();

const kinds: readonly Scanner[] = ["sum", "prod", "max", "min", "logsumexp"];

/** See `KernelTable.scan`. */
export function scan(kind: Scanner, values: CpuOperand, indices: CpuOperand | null, input: CpuOperand, dim: number): void {
  if (input.count === 0) return;
  const across = withoutDim(input.strides, dim);
  const places = indices ?? values;
  const nest = joinDims(withoutDim(input.shape, dim), [withoutDim(values.strides, dim), withoutDim(places.strides, dim), across]);
  const rank = nest.sizes.length;
  const extreme = kind === "max" || kind === "min";
  const hasIndices = indices !== null;
  const key = (((kinds.indexOf(kind) * 2 + (hasIndices ? 1 : 0)) * 12 + values.dtype.code) * 12 + input.dtype.code) * 65 + rank;
  const kernel = kernelFor(kernels, key, () => source(kind, values.dtype, input.dtype, rank, hasIndices));
  kernel(
    nest.sizes,
    nest.strides,
    extreme ? rawOf(values) : values.storage.data,
    startOf(values),
    values.strides[dim] ?? 0,
    indices === null ? null : wordsOf(indices.storage.data),
    startOf(places),
    places.strides[dim] ?? 0,
    input.storage.data,
    extreme ? rawOf(input) : input.storage.data,
    startOf(input),
    input.strides[dim] ?? 0,
    input.shape[dim] ?? 1,
  );
}

function source(kind: Scanner, output: DType, input: DType, rank: number, hasIndices: boolean): string {
  const body =
    kind === "max" || kind === "min"
      ? extremeText(kind, input, hasIndices)
      : output.isComplex
        ? complexText(kind, input)
        : foldText(kind, output, input);
  const loops = loopText(rank, ["p", "w", "q"], body);
  return `function scan_${kind}_${output.name}_${input.name}(sizes, strides, v, p, pStep, x, w, wStep, a, b, q, qStep, n) {\n${loops}\n}`;
}

const along = (body: string, indices = ""): string =>
  `for (let i = 0, d = p, s = q${indices === "" ? "" : ", e = w"}; i < n; i++, d += pStep, s += qStep${indices === "" ? "" : ", e += wStep"}) {\n${body}\n${indices}}`;

/** Of equal values the last counts, and NaN stays. */
function extremeText(kind: "max" | "min", dtype: DType, hasIndices: boolean): string {
  const type = numberTypeOf(dtype);
  const symbol = kind === "max" ? ">=" : "<=";
  const better = type === "float" ? `y !== y || y ${symbol} best` : `y ${symbol} best`;
  const step = `const y = ${loadText(dtype, type, "a", "s")};
    if (${better}) { best = y; at = i; }
    ${moveText(dtype, "v", "d", "b", "q + at * qStep")}`;
  return `let best = ${loadText(dtype, type, "a", "q")}, at = 0;\n${along(step, hasIndices ? storeIndexText("x", "e", "at") : "")}`;
}

/** Sums accumulate in float64; those of half floats in float32, as in PyTorch. */
function foldText(kind: "sum" | "prod" | "logsumexp", output: DType, input: DType): string {
  const type = numberTypeOf(output);
  const half = output === float16 || output === bfloat16;
  const round = (value: string): string => (half ? `Math.fround(${value})` : value);
  const y = input.isComplex ? `a[2 * s]` : loadText(input, type, "a", "s");
  const first: { readonly [type in NumberType]: readonly [zero: string, one: string] } = {
    float: ["0", "1"],
    int: ["0", "1"],
    int64: ["0n", "1n"],
  };
  const store = `v[d] = ${storeText(output, type, "r", false)};`;
  if (kind === "logsumexp") {
    const step = `const y = ${y}, lo = Math.min(r, y), hi = Math.max(r, y);
      r = lo !== hi || (lo > -Infinity && lo < Infinity) ? ${round("Math.log1p(Math.exp(lo - hi)) + hi")} : y;`;
    return `let r = -Infinity;\n${along(`${step} ${store}`)}`;
  }
  const combined = kind === "sum" ? `r + ${y}` : type === "int" ? `Math.imul(r, ${y})` : `r * ${y}`;
  const kept = type === "int64" ? `BigInt.asIntN(64, ${combined})` : type === "int" ? `(${combined}) | 0` : round(combined);
  return `let r = ${first[type][kind === "sum" ? 0 : 1]};\n${along(`r = ${kept}; ${store}`)}`;
}

/** log(e^r + e^y) by way of the larger real part: h + log1p(e^(l - h)). Where both are infinite, the direction is lost. */
const complexLogSumExp = `
  const first = rr <= yr, lr = first ? rr : yr, li = first ? ri : yi, hr = first ? yr : rr, hi = first ? yi : ri;
  if (yr !== yr || yi !== yi || rr !== rr || ri !== ri) { rr = NaN; ri = NaN; }
  else if (lr === hr && (lr === Infinity || lr === -Infinity)) { rr = lr; ri = li; }
  else {
    const e = Math.exp(lr - hr), zr = e * Math.cos(li - hi), zi = e * Math.sin(li - hi);
    rr = hr + 0.5 * Math.log1p(zr * (2 + zr) + zi * zi); ri = hi + Math.atan2(zi, 1 + zr);
  }`;

function complexText(kind: "sum" | "prod" | "logsumexp", input: DType): string {
  const parts = input.isComplex ? "const yr = a[2 * s], yi = a[2 * s + 1];" : `const yr = ${loadText(input, "float", "a", "s")}, yi = 0;`;
  const steps = {
    sum: "rr += yr; ri += yi;",
    prod: "const zr = rr * yr - ri * yi; ri = rr * yi + ri * yr; rr = zr;",
    logsumexp: complexLogSumExp,
  };
  const first = { sum: "0", prod: "1", logsumexp: "-Infinity" };
  return `let rr = ${first[kind]}, ri = 0;\n${along(`${parts} ${steps[kind]} v[2 * d] = rr; v[2 * d + 1] = ri;`)}`;
}
