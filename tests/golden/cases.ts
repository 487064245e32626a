/**
 * The cases measured from PyTorch: calls with their results, gradients and errors, packed by `tools/pack-golden.mjs`.
 * Encoded values (`Json`) become tensors in `decode.ts`, names become functions in `resolve.ts`, `close.ts` compares.
 */

import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

/** A value as the files write it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of the files: keyword arguments, or an encoded value such as `{"$tensor": …}`. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A tensor of the files. Complex data alternates real and imaginary parts. */
export interface TensorJson {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly Json[];
  readonly requires_grad?: boolean;
}

/** A call: `args[0]` is the input. */
export interface Call {
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
}

/** A call and what PyTorch computed. */
export interface Case extends Call {
  readonly dtype: string;
  /** The entry of PyTorch's database where an operator has several, such as `binary` of `max`. */
  readonly variant?: string;
  /** The values are random: only shapes and dtypes count. */
  readonly random?: boolean;
  readonly out: Json;
  /** The gradients of the outputs that require grad. */
  readonly grad_outputs?: readonly Json[];
  /** The gradients of every tensor among the arguments that requires grad, in order. */
  readonly grads?: readonly Json[];
}

/** A call that must throw. */
export interface ErrorCase extends Call {
  readonly error: string;
  readonly regex: string;
}

/** All cases of one operator, by PyTorch's name. */
export interface Golden {
  readonly op: string;
  /** Whether PyTorch has an in-place variant. */
  readonly inplace: boolean;
  readonly cases: readonly Case[];
  readonly errors: readonly ErrorCase[];
}

function unpack(name: string): string {
  return brotliDecompressSync(readFileSync(new URL(`./${name}.br`, import.meta.url))).toString("utf8");
}

/** The cases of all operators, in alphabetical order, or those of the file that `CONFORMANCE_CASES` names. */
export function loadOperators(): readonly Golden[] {
  const other = process.env["CONFORMANCE_CASES"];
  return (other === undefined ? unpack("opinfo.jsonl") : readFileSync(other, "utf8"))
    .trim()
    .split("\n")
    .map((line): Golden => JSON.parse(line));
}

/** One of the other files, parsed: what modules, optimisers and seeded calls give, and how tensors print. */
export function loadPart<T>(name: "modules" | "optimizers" | "printing" | "random" | "reprs" | "schedulers" | "sine"): T {
  return JSON.parse(unpack(`${name}.json`));
}
