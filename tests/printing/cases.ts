/** Reads the stored cases of PyTorch's text: tensors as lists of values, repeated to fill the shape, and what PyTorch prints. */

import { readFileSync } from "node:fs";
import {
  type ElementKind,
  type ElementValue,
  formatTensor,
  getPrintoptions,
  type PrintOptionsUpdate,
  setPrintoptions,
  tensorSuffixes,
} from "../../src/core/printing/index.js";

/** A value in JSON: infinities, NaN, −0 and large integers are strings; a complex number is a pair. */
export type StoredValue = number | boolean | string | readonly [StoredValue, StoredValue];

/** One tensor and its text; the short names keep the file small. */
export interface StoredCase {
  /** dtype */
  readonly d: string;
  /** shape */
  readonly s: readonly number[];
  /** values, repeated to fill the shape */
  readonly v: readonly StoredValue[];
  /** print options, by PyTorch's names */
  readonly o?: StoredOptions;
  /** the node that made it, or `leaf` if it requires a gradient */
  readonly g?: string;
  /** the text */
  readonly t: string;
}

interface StoredOptions {
  readonly precision?: number;
  readonly threshold?: number | "inf";
  readonly edgeitems?: number;
  readonly linewidth?: number;
  readonly profile?: "default" | "short" | "full";
  readonly sci_mode?: boolean;
}

/** Reads a JSON file that lies beside this one. */
export function readCases<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** Gives the kind of a dtype. */
export function kindOf(dtype: string): ElementKind {
  if (dtype === "bool") return "bool";
  if (dtype.startsWith("complex")) return "complex";
  return dtype.includes("float") ? "float" : "int";
}

/** Reads a float as Python or JavaScript writes it. */
export function toNumber(value: StoredValue): number {
  if (value === "inf" || value === "-inf") return value === "inf" ? Infinity : -Infinity;
  return Number(value);
}

/** Turns a stored value into what a tensor of that kind holds. */
export function toElement(kind: ElementKind, value: StoredValue): ElementValue {
  if (typeof value === "object") return { re: toNumber(value[0]), im: toNumber(value[1]) };
  if (kind === "int") return BigInt(String(value));
  return kind === "bool" ? value === true : toNumber(value);
}

/** Prints a stored case under its own options, which it puts back. */
export function printCase(stored: StoredCase): string {
  const { sci_mode: sciMode, threshold, ...rest } = stored.o ?? {};
  const update: PrintOptionsUpdate = { ...rest, sciMode, threshold: threshold === "inf" ? Infinity : threshold };
  setPrintoptions({ profile: "default" });
  setPrintoptions(update);
  const kind = kindOf(stored.d);
  try {
    return formatTensor({
      kind,
      shape: stored.s,
      at: (index) => toElement(kind, stored.v[index % stored.v.length] ?? 0),
      suffixes: tensorSuffixes({
        shape: stored.s,
        dtypeName: stored.d,
        edgeitems: getPrintoptions().edgeitems,
        requiresGrad: stored.g !== undefined,
        gradFnName: stored.g === "leaf" ? undefined : stored.g,
      }),
    });
  } finally {
    setPrintoptions({ profile: "default" });
  }
}
