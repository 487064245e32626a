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
  batches: number,
  m: number,
  n: number,
  k: number,
  o: CpuStorage["data"],
  o0: number,
  ob: number,
  om: number,
  on: number,
  a: CpuStorage["data"],
  a0: number,
  ab: number,
  am: number,
  ak: number,
  b: CpuStorage["data"],
  b0: number,
  bb: number,
  bk: number,
  bn: number,
  c: CpuStorage["data"] | null,
  c0: number,
  cb: number,
  cm: number,
  cn: number,
  alpha: number | bigint,
  beta: number | bigint,
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
    batches,
    m,
    n,
    k,
    o.data,
    o.start,
    o.batch,
    o.row,
    o.column,
    x.data,
    x.start,
    x.batch,
    x.row,
    x.column,
    y.data,
    y.start,
    y.batch,
    y.row,
    y.column,
    z?.data ?? null,
    z?.start ?? 0,
    z?.batch ?? 0,
    z?.row ?? 0,
    z?.column ?? 0,
    exact ? BigInt(alpha) : alpha,
    exact ? BigInt(beta) : beta,
  );
}

/** The product of two complex columns at a time would need more registers than there are: one element at a time. */
function complexSource(finish: (sum: string, row: string, column: string, part: string) => string): string {
  return `function matmul_complex(${PARAMETERS}) {
    for (let h = 0; h < batches; h++) for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
      let sr = 0, si = 0, p = a0 + h * ab + i * am, q = b0 + h * bb + j * bn;
      for (let l = 0; l < k; l++) {
        const xr = a[2 * p], xi = a[2 * p + 1], yr = b[2 * q], yi = b[2 * q + 1];
        sr += xr * yr - xi * yi; si += xr * yi + xi * yr; p += ak; q += bk;
      }
      const oi = o0 + h * ob, ci = c0 + h * cb;
      ${finish("sr", "i", "j", "")} ${finish("si", "i", "j", " + 1")}
    }
  }`;
}

const PARAMETERS = "batches, m, n, k, o, o0, ob, om, on, a, a0, ab, am, ak, b, b0, bb, bk, bn, c, c0, cb, cm, cn, alpha, beta";

/**
 * A kernel for one dtype: blocks of two rows and four columns, whose eight sums stay in registers; each element of `a` that is read serves
 * four products, each of `b` two.
 */
function source(dtype: DType, bias: DType | null, scaled: boolean): string {
  const type = numberTypeOf(dtype);
  const complex = dtype.isComplex;
  const zero = type === "int64" ? "0n" : "0";
  const product = (x: string, y: string): string => (type === "int" ? `Math.imul(${x}, ${y})` : `${x} * ${y}`);
  const load = (array: string, place: string): string => loadText(dtype, type, array, place);
  const finish = (sum: string, row: string, column: string, part: string): string => {
    let value = scaled ? `alpha * ${sum}` : sum;
    const place = (start: string, rows: string, columns: string): string =>
      complex
        ? `2 * (${start} + ${row} * ${rows} + ${column} * ${columns})${part}`
        : `${start} + ${row} * ${rows} + ${column} * ${columns}`;
    if (bias !== null) value = `${value} + ${scaled ? "beta * " : ""}${loadText(bias, type, "c", place("ci", "cm", "cn"))}`;
    return `o[${place("oi", "om", "on")}] = ${storeText(dtype, type, `(${value})`, false)};`;
  };
  if (complex) return complexSource(finish);
  const block = (rows: number, columns: number): string => {
    const r = Array.from({ length: rows }, (_, x) => x);
    const c = Array.from({ length: columns }, (_, x) => x);
    const shift = (name: string, times: number): string => (times === 0 ? "" : ` + ${name}${times === 1 ? "" : times}`);
    return `{ let ${r.flatMap((x) => c.map((y) => `s${x}${y} = ${zero}`)).join(", ")}, p = ah + i * am, q = bh + j * bn;
      for (let l = 0; l < k; l++) {
        const ${r.map((x) => `x${x} = ${load("a", `p${shift("am", x)}`)}`).join(", ")}, ${c.map((y) => `y${y} = ${load("b", `q${shift("bn", y)}`)}`).join(", ")};
        ${r.flatMap((x) => c.map((y) => `s${x}${y} += ${product(`x${x}`, `y${y}`)};`)).join(" ")}
        p += ak; q += bk;
      }
      ${r.flatMap((x) => c.map((y) => finish(`s${x}${y}`, x === 0 ? "i" : `(i + ${x})`, y === 0 ? "j" : `(j + ${y})`, ""))).join("\n")} }`;
  };
  // Columns go by four; what is left over goes in one or two blocks, since a block of one column reads as much of `a` as one of four.
  const rows = (count: number): string => `let j = 0, left = n;
    for (; left > 7 || left === 4; left -= 4, j += 4) ${block(count, 4)}
    if (left === 5) ${block(count, 5)}
    else {
      if (left > 3) { ${block(count, 3)} j += 3; left -= 3; }
      if (left > 3) { ${block(count, 4)} j += 4; left -= 4; }
      if (left === 3) ${block(count, 3)}
      else if (left === 2) ${block(count, 2)}
      else if (left === 1) ${block(count, 1)}
    }`;
  return `function matmul_${dtype.name}(${PARAMETERS}) {
    const bn2 = 2 * bn, bn3 = 3 * bn, bn4 = 4 * bn;
    for (let h = 0; h < batches; h++) {
      const ah = a0 + h * ab, bh = b0 + h * bb, oi = o0 + h * ob, ci = c0 + h * cb;
      let i = 0;
      for (; i + 1 < m; i += 2) { ${rows(2)} }
      for (; i < m; i++) { ${rows(1)} }
    }
  }`;
}
