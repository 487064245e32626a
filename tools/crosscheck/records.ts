/** What PyTorch wrote down, read back, and the comparison with what flambeau makes. */

import { readFileSync } from "node:fs";
import * as torch from "../../src/index.js";

/** A tensor as `describe.py` writes it. */
interface DescribedTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: string;
  readonly requiresGrad: boolean;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const;

const isTensor = (value: unknown): value is DescribedTensor =>
  typeof value === "object" && value !== null && "data" in value && "shape" in value;

function tensorOf({ shape, dtype, data, requiresGrad }: DescribedTensor): torch.Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  if (dtype === "bool")
    return torch
      .tensor(bytes)
      .to(torch.bool)
      .view([...shape]);
  const array = new arrays[dtype as keyof typeof arrays](bytes.buffer);
  const tensor = torch
    .tensor(array)
    .view([...shape])
    .clone();
  return requiresGrad ? tensor.requiresGrad_() : tensor;
}

const camel = (name: string): string => name.replace(/(?<=[^_])_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The value that `describe.py` wrote; names of options become ours. */
export function valueOf(described: unknown): unknown {
  if (Array.isArray(described)) return described.map(valueOf);
  if (isTensor(described)) return tensorOf(described);
  if (typeof described !== "object" || described === null) return described;
  if ("infinity" in described) return described.infinity === true ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return Object.fromEntries(Object.entries(described).map(([name, value]) => [camel(name), valueOf(value)]));
}

/** Tensors by their names, which are data. */
export function tensorsOf(described: object): Map<string, torch.Tensor> {
  return new Map(Object.entries(described).map(([name, value]) => [name, valueOf(value) as torch.Tensor]));
}

/** The tensors in a result, in order. */
export function flat(value: unknown): torch.Tensor[] {
  if (value instanceof torch.Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(flat);
  return typeof value === "object" && value !== null && !("storage" in value) ? Object.values(value).flatMap(flat) : [];
}

/** The records of a file. */
export function recordsOf<R>(path: string): R[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as R);
}

/** Whole numbers that make a sum of elements in which each counts differently. */
export function weights(tensor: torch.Tensor): torch.Tensor {
  return torch
    .arange(tensor.numel())
    .remainder(7)
    .sub(3)
    .to(tensor.dtype)
    .reshape([...tensor.shape]);
}

/** How a tensor differs from the wanted one, or null. `tolerance` 0 wants the same bits. */
export function difference(
  what: string,
  got: torch.Tensor | null | undefined,
  wanted: torch.Tensor | null,
  tolerance: number,
): string | null {
  if (wanted === null) return got === null || got === undefined ? null : `${what}: there is one, PyTorch has none`;
  if (got === null || got === undefined) return `${what}: missing`;
  if (`${got.shape}` !== `${wanted.shape}`) return `${what}: shape [${got.shape}], PyTorch [${wanted.shape}]`;
  if (got.dtype !== wanted.dtype) return `${what}: ${got.dtype}, PyTorch ${wanted.dtype}`;
  const [a, b] = [got, wanted].map((tensor) => tensor.detach().flatten().tolist() as (number | boolean)[]) as [number[], number[]];
  let largest = 1;
  for (const value of b) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * largest) continue;
    return `${what}: element ${i} of [${got.shape}] is ${x}, PyTorch ${y}`;
  }
  return null;
}

/** Counts and prints what differs. */
export class Report {
  private compared = 0;
  private readonly failures = new Map<string, string[]>();

  /** Runs one comparison, which lists differences or throws. */
  check(name: string, describe: () => string, compare: () => readonly (string | null)[]): void {
    this.compared++;
    let found: readonly (string | null)[];
    try {
      found = compare();
    } catch (error) {
      found = [error instanceof Error ? `${error.message.slice(0, 300)} ${error.stack?.split("\n")[1]?.trim() ?? ""}` : String(error)];
    }
    const differences = found.filter((one) => one !== null);
    if (differences.length === 0) return;
    const list = this.failures.get(name) ?? [];
    this.failures.set(name, list);
    list.push(`${describe()}\n      ${differences.slice(0, 3).join("\n      ")}`);
  }

  /** Prints up to three failures of each kind, and sets the exit code. */
  finish(): void {
    for (const [name, list] of this.failures) {
      console.log(`${name}: ${list.length} failures`);
      for (const one of list.slice(0, 3)) console.log(`    ${one}`);
    }
    const failed = [...this.failures.values()].reduce((sum, list) => sum + list.length, 0);
    console.log(`${this.compared} compared, ${failed} differ`);
    if (failed > 0) process.exitCode = 1;
  }
}
