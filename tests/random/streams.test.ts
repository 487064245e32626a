/** Every distribution in every dtype against PyTorch's draws (streams.py), and the state it leaves behind. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Case, replay } from "./replay.js";

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("streams.json", import.meta.url), "utf8"));

/** Calls whose float64 results depend on the C library's functions. */
const transcendental = new Set(["normal_", "exponential_", "cauchy_", "log_normal_", "trunc_normal_", "standard_gamma", "dirichlet"]);

const titled = cases.map((row) => [`${row.dtype} ${row.name}(${row.args.join(", ")}) of ${row.n}`, row] as const);

describe("PyTorch's streams", () => {
  test.each(titled)("%s", (_, row) => {
    const { values, state } = replay(row);
    expect(state).toBe(row.state);
    expect(values.length).toBe(row.out.length);
    const isLoose = row.dtype === "float64" && transcendental.has(row.name);
    values.forEach((value, i) => {
      const wanted = row.out[i];
      if (typeof value === "bigint") expect(value).toBe(BigInt(String(wanted)));
      else if (isLoose) expect(Math.abs(value - Number(wanted))).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(value)));
      else expect(value).toBe(row.dtype === "float32" ? Math.fround(Number(wanted)) : Number(wanted));
    });
  });
});
