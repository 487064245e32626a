/** Matrix products with any strides, computed row by row. */

import type { MatmulOptions } from "../../../backend/contract.js";
import { type DType, int64 } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { compileFunction } from "./compile.js";
import { loadText, numberTypeOf, storeText } from "./operands.js";

interface Walk {
  readonly data: CpuStorage["data"];
  readonly start: number;
  readonly batch: number;
  readonly row: number;
  readonly column: number;
}

type Kernel = (
  batches: number, m: number, n: number, k: number,
  o: CpuStorage["data"], o0: number, ob: number, om: number, on: number,
  a: CpuStorage["data"], a0: number, ab: number, am: number, ak: number,
  b: CpuStorage["data"], b0: number, bb: number, bk: number, bn: number,
  c: CpuStorage["data"] | null, c0: number, cb: number, cm: number, cn: number,
  alpha: number | bigint, beta: number | bigint,
) => void;

const kernels = new Map<number, Kernel>();

function walk(operand: CpuOperand, strides: readonly number[]): Walk {
  const batched = strides.length === 3;
  const first = batched ? 1 : 0;
  return {
    data: operand.storage.data,
    start: operand.storage.base + operand.offset,
    batch: batched ? (strides[0] as number) : 0,
    row: strides[first] as number,
    column: strides[first + 1] as number,
  };
}

/** See `KernelTable.matmul`. */
export function matmul(output: CpuOperand, a: CpuOperand, b: CpuOperand, options: MatmulOptions<CpuStorage>): void {
  if (output.count === 0) return;
  const rank = output.shape.length;
  const bias = options.bias ?? null;
  const batches = rank === 3 ? (output.shape[0] as number) : 1;
  const [m, n] = [output.shape[rank - 2] as number, output.shape[rank - 1] as number];
  const k = a.shape[rank - 1] as number;
  const o = walk(output, output.strides);
  const x = walk(a, a.strides);
  const y = walk(b, b.strides);
  const z = bias === null ? null : walk(bias, broadcastStrides(bias.shape, bias.strides, output.shape));
  const alpha = options.alpha ?? 1;
  const beta = options.beta ?? 1;
  const scaled = alpha !== 1 || beta !== 1;
  const key = (output.dtype.code * 13 + (bias === null ? 12 : bias.dtype.code)) * 2 + (scaled ? 1 : 0);
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = compileFunction<Kernel>(source(output.dtype, bias?.dtype ?? null, scaled));
    kernels.set(key, kernel);
  }
  const exact = output.dtype === int64;
  kernel(
    batches, m, n, k,
    o.data, o.start, o.batch, o.row, o.column,
    x.data, x.start, x.batch, x.row, x.column,
    y.data, y.start, y.batch, y.row, y.column,
    z?.data ?? null, z?.start ?? 0, z?.batch ?? 0, z?.row ?? 0, z?.column ?? 0,
    exact ? BigInt(alpha) : alpha, exact ? BigInt(beta) : beta,
  );
}

/** A kernel for one dtype: four columns at a time, so that each element of `a` is read once for four products. */
function source(dtype: DType, bias: DType | null, scaled: boolean): string {
  const type = numberTypeOf(dtype);
  const complex = dtype.isComplex;
  const zero = type === "int64" ? "0n" : "0";
  const product = (x: string, y: string): string => (type === "int" ? `Math.imul(${x}, ${y})` : `${x} * ${y}`);
  const load = (array: string, place: string): string => loadText(dtype, type, array, place);
  const finish = (sum: string, column: string, part: string): string => {
    let value = scaled ? `alpha * ${sum}` : sum;
    const place = complex ? `2 * (ci + ${column} * cn)${part}` : `ci + ${column} * cn`;
    if (bias !== null) value = `${value} + ${scaled ? "beta * " : ""}${loadText(bias, type, "c", place)}`;
    const target = complex ? `2 * (oi + ${column} * on)${part}` : `oi + ${column} * on`;
    return `o[${target}] = ${storeText(dtype, type, `(${value})`, false)};`;
  };
  const columns = (count: number): string => {
    const which = Array.from({ length: count }, (_, c) => c);
    if (complex) {
      return `let sr = 0, si = 0; let p = ai, q = bj;
        for (let l = 0; l < k; l++) {
          const xr = a[2 * p], xi = a[2 * p + 1], yr = b[2 * q], yi = b[2 * q + 1];
          sr += xr * yr - xi * yi; si += xr * yi + xi * yr; p += ak; q += bk;
        }
        ${finish("sr", "j", "")} ${finish("si", "j", " + 1")}`;
    }
    return `let ${which.map((c) => `s${c} = ${zero}`).join(", ")}; let p = ai, q = bj;
      for (let l = 0; l < k; l++) {
        const x = ${load("a", "p")};
        ${which.map((c) => `s${c} += ${product("x", load("b", c === 0 ? "q" : `q + ${c === 1 ? "bn" : `${c} * bn`}`))};`).join(" ")}
        p += ak; q += bk;
      }
      ${which.map((c) => finish(`s${c}`, c === 0 ? "j" : `(j + ${c})`, "")).join(" ")}`;
  };
  const wide = complex ? "" : `for (; j + 3 < n; j += 4) { ${columns(4)} bj += 4 * bn; }`;
  return `function matmul(batches, m, n, k, o, o0, ob, om, on, a, a0, ab, am, ak, b, b0, bb, bk, bn, c, c0, cb, cm, cn, alpha, beta) {
    for (let h = 0; h < batches; h++) {
      for (let i = 0; i < m; i++) {
        const ai = a0 + h * ab + i * am, oi = o0 + h * ob + i * om, ci = c0 + h * cb + i * cm;
        let j = 0, bj = b0 + h * bb;
        ${wide}
        for (; j < n; j++) { ${columns(1)} bj += bn; }
      }
    }
  }`;
}
