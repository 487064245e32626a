/** The dtypes of results under autocast against PyTorch's (`dtypes.py`). */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

interface Described {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly kind: "ones" | "zeros" | "fours" | "spd";
}

interface Case {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly named: object;
  readonly autocast: string;
  readonly result: unknown;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("dtypes.json", import.meta.url), "utf8"));
const dtypes: Readonly<Record<string, torch.DType>> = {
  bool: torch.bool,
  int64: torch.int64,
  bfloat16: torch.bfloat16,
  float16: torch.float16,
  float32: torch.float32,
  float64: torch.float64,
};
const fills = { ones: 1, zeros: 0, fours: 4 };

const isDescribed = (value: unknown): value is Described => typeof value === "object" && value !== null && "kind" in value;

function tensorOf({ shape, dtype, kind }: Described): torch.Tensor {
  const made = kind === "spd" ? torch.eye(shape[0] as number).add(0.25) : torch.full(shape, fills[kind]);
  return made.to(dtypes[dtype] as torch.DType);
}

function valueOf(arg: unknown): unknown {
  if (Array.isArray(arg)) return arg.map(valueOf);
  return isDescribed(arg) ? tensorOf(arg) : arg;
}

/** The function of a path such as `linalg.inv`. */
function functionAt(path: string): (...args: unknown[]) => unknown {
  let at: unknown = torch;
  for (const part of path.split(".")) at = (at as Readonly<Record<string, unknown>>)[part];
  if (typeof at !== "function") throw new TypeError(`there is no torch.${path}`);
  return at as (...args: unknown[]) => unknown;
}

const dtypesOf = (result: unknown): unknown =>
  result instanceof torch.Tensor ? String(result.dtype).replace("torch.", "") : (result as readonly unknown[]).map(dtypesOf);

for (const name of new Set(cases.map((one) => one.name))) {
  test(name, () => {
    for (const { args, named, autocast, result } of cases.filter((one) => one.name === name)) {
      const call = (): unknown => functionAt(name)(...args.map(valueOf), ...(Object.keys(named).length > 0 ? [named] : []));
      const got = torch.autocast("cpu", dtypes[autocast] as torch.DType, {}, call);
      expect({ args: JSON.stringify(args), autocast, result: dtypesOf(got) }).toEqual({ args: JSON.stringify(args), autocast, result });
    }
  });
}
