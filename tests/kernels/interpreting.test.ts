/** The interpreter of generated kernels, which stands in where JavaScript cannot be compiled: it means what JavaScript means. */

import { expect, test, vi } from "vitest";
import { interpreted } from "../../src/backends/cpu/js/interpreter/index.js";
import { TorchError } from "../../src/core/errors.js";

const library = { twice: (x: number): number => 2 * x };

function both(source: string, ...args: unknown[]): void {
  const compiled = new Function("S", `"use strict"; return ${source};`)(library) as (...args: unknown[]) => unknown;
  expect(interpreted(source, library)(...args)).toEqual(compiled(...args));
}

const expressions = [
  "1 + 2 * 3 - 4 / 8",
  "2 ** 3 ** 2",
  "-(x ** 2) % 7",
  "7 - 3 - 2",
  "x < 3 === true ? 1 : y > 2 ? 2 : 3",
  "x && y || 0",
  "!(x != 0) ? x | 6 : x ^ 6 & 3",
  "~x >> 1",
  "-8 >>> 28",
  "1 << 3 + 1",
  "0x10 + 1.5e3 + .5",
  "10n ** 20n - 7n / 2n",
  "-5n % 3n",
  "BigInt.asIntN(64, 2n ** 63n) < 0n",
  "5n >> 1n & 3n | 8n",
  "0n == 0",
  "1 / -0",
  "(-0)",
  "NaN !== NaN",
  "Math.max(x, y, NaN)",
  "Math.imul(0x7fffffff, 3) + Math.abs(-x)",
  "S.twice(x) + S.twice(S.twice(y))",
  "Number(BigInt(x)) + Infinity",
  "[x, y, x + y]",
  "(x, y)",
  "null",
];

test.each(expressions)("%s", (text) => {
  both(`function value(x, y) { return ${text}; }`, 3, -4);
  both(`function value(x, y) { return ${text}; }`, 0, 5);
});

const functions: readonly (readonly [name: string, source: string, argument: unknown])[] = [
  ["loops", "function f(n) { let s = 0; for (let i = 0, j = n; i < j; i++, j--) { s += i * j; } return s; }", 9],
  [
    "breaks and continues",
    "function f(n) { let s = 0; for (let i = 0; ; i++) { if (i === n) break; if (i % 2) continue; s += i; } return s; }",
    9,
  ],
  ["labels", "function f(n) { let s = 0; found: { for (let i = 0; i < n; i++) { s++; if (i === 3) break found; } s = -1; } return s; }", 9],
  [
    "loops with labels",
    "function f(n) { let s = 0; rows: for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { if (j > i) continue rows; if (i === 5) break rows; s += j; } return s; }",
    9,
  ],
  ["shadowing", "function f(x) { const y = x; { const y = x + 1, x1 = y; if (x1 === y) { let x = 5; x++; return x + y; } } return y; }", 2],
  ["patterns", "function f(list) { const [a, , b] = list, [c] = [7]; return a * 100 + b * 10 + c; }", [1, 2, 3]],
  ["counting", "function f(x) { let y = x++; y += ++x; y -= x--; --x; return [x, y]; }", 4],
  ["counting bigints", "function f(x) { let y = x++; return [x, y]; }", 4n],
  ["operators that assign", "function f(x) { let y = x; y *= 3; y -= 1; y |= 8; y <<= 2; y ^= 5; return y; }", 4],
  ["else", "function f(x) { if (x > 5) { return 1; } else if (x > 3) return 2; else { return 3; } }", 4],
  ["no value", "function (x) { if (x) return; }", 1],
];

test.each(functions)("%s", (_, source, argument) => both(source, argument));

test("members are read, written and called", () => {
  const source = "function f(o, a) { o[1] += a[0]; o.set(a.subarray(1, 3), 2); const p = { }; }";
  expect(() => interpreted(source, library)).toThrow(TorchError);
  const run = interpreted("function f(o, a) { o[1] += a[0]; o.set(a.subarray(1, 3), 2); return o.length; }", library);
  const output = new Float32Array(4);
  expect(run(output, Float32Array.from([5, 6, 7]))).toBe(4);
  expect([...output]).toEqual([0, 5, 6, 7]);
});

test.each([
  "function f() { while (true) {} }",
  "function f() { return window; }",
  "function f() { return 1 +; }",
  "function f() { 1 = 2; }",
  "function f( { }",
  "f",
])("%s is refused", (source) => {
  expect(() => interpreted(source, library)).toThrow(TorchError);
});

test("kernels are interpreted where they cannot be compiled", async () => {
  const { compileFunction } = await import("../../src/backends/cpu/js/compile.js");
  const source = "function f(x) { return S.erf(x); }";
  const expected = compileFunction<(x: number) => number>(source)(0.5);
  vi.resetModules();
  vi.stubGlobal("Function", () => {
    throw new EvalError("Refused to evaluate a string as JavaScript");
  });
  try {
    const strict = await import("../../src/backends/cpu/js/compile.js");
    expect(strict.canCompile()).toBe(false);
    expect(strict.compileFunction<(x: number) => number>(source)(0.5)).toBe(expected);
  } finally {
    vi.unstubAllGlobals();
  }
});
