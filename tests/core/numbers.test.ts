/** Dtypes, promotion and half floats against tables from PyTorch (`tests/core/*.json`). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Complex } from "../../src/core/complex.js";
import {
  bool,
  complex64,
  complex128,
  type DType,
  dtypes,
  float16,
  float32,
  float64,
  getDefaultDtype,
  int64,
  setDefaultDtype,
  toComplexType,
  toRealType,
} from "../../src/core/dtype.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../src/core/half.js";
import { canCast, promoteTypes, ResultType, toFloating } from "../../src/core/promotion.js";

interface Promotion {
  readonly dtypes: readonly string[];
  readonly tensors: readonly (readonly number[])[];
  readonly zeroDim: readonly (readonly number[])[];
  readonly scalars: readonly (readonly number[])[];
  readonly zeroDimScalars: readonly (readonly number[])[];
  readonly canCast: readonly (readonly number[])[];
}

interface Halves {
  readonly float32: readonly number[];
  readonly float16: readonly number[];
  readonly bfloat16: readonly number[];
}

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

describe("promotion", () => {
  const table = load<Promotion>("promotion.json");
  const named = table.dtypes.map((name) => dtypes.find((dtype) => dtype.name === name) as DType);
  const scalars = [true, 3, 2.5, new Complex(1, 2)];

  /** Compares a table; where PyTorch answers complex32, which there is not here (-1), the answer is complex64. */
  function compare(expected: readonly (readonly number[])[], columns: number, result: (a: DType, column: number) => DType): void {
    named.forEach((a, i) => {
      for (let j = 0; j < columns; j++) {
        const index = expected[i]?.[j] as number;
        const wanted = index < 0 ? complex64 : (named[index] as DType);
        expect(`${a.name}, ${j}: ${result(a, j).name}`).toBe(`${a.name}, ${j}: ${wanted.name}`);
      }
    });
  }

  test("of two tensors with dimensions", () => {
    compare(table.tensors, named.length, (a, j) => new ResultType().tensor(a, 1).tensor(named[j] as DType, 2).dtype);
    compare(table.tensors, named.length, (a, j) => promoteTypes(a, named[j] as DType));
    compare(table.tensors, named.length, (a, j) => promoteTypes(named[j] as DType, a));
  });

  test("of a tensor with dimensions and a 0-d one", () => {
    compare(table.zeroDim, named.length, (a, j) => new ResultType().tensor(a, 1).tensor(named[j] as DType, 0).dtype);
  });

  test("of tensors and plain numbers", () => {
    compare(table.scalars, scalars.length, (a, j) => new ResultType().tensor(a, 1).scalar(scalars[j]).dtype);
    compare(table.zeroDimScalars, scalars.length, (a, j) => new ResultType().tensor(a, 0).scalar(scalars[j]).dtype);
  });

  test("is a semilattice", () => {
    for (const a of dtypes)
      for (const b of dtypes) {
        const joined = promoteTypes(a, b);
        expect([promoteTypes(joined, a), promoteTypes(joined, b)]).toEqual([joined, joined]);
      }
  });

  test("says what can be cast", () => {
    named.forEach((a, i) => {
      named.forEach((b, j) => {
        expect(`${a} to ${b}: ${canCast(a, b)}`).toBe(`${a} to ${b}: ${table.canCast[i]?.[j] === 1}`);
      });
    });
  });

  test("follows the default dtype", () => {
    try {
      setDefaultDtype(float64);
      expect([getDefaultDtype(), toFloating(int64), new ResultType().scalar(2.5).tensor(bool, 1).dtype]).toEqual([
        float64,
        float64,
        float64,
      ]);
    } finally {
      setDefaultDtype(float32);
    }
    expect(() => setDefaultDtype(int64)).toThrow();
    expect(getDefaultDtype()).toBe(float32);
  });
});

describe("dtypes", () => {
  test("know their sizes and kinds", () => {
    expect(dtypes.map(({ name, itemsize }) => [name, itemsize])).toEqual([
      ["bool", 1],
      ["uint8", 1],
      ["int8", 1],
      ["int16", 2],
      ["int32", 4],
      ["int64", 8],
      ["float16", 2],
      ["bfloat16", 2],
      ["float32", 4],
      ["float64", 8],
      ["complex64", 8],
      ["complex128", 16],
    ]);
    expect(dtypes.filter((dtype) => !dtype.isSigned).map(String)).toEqual(["torch.bool", "torch.uint8"]);
    expect(dtypes.map((dtype) => dtype.code)).toEqual(dtypes.map((_, i) => i));
  });

  test("have real and complex counterparts", () => {
    expect([toComplexType(float32), toComplexType(float64), toRealType(complex64), toRealType(complex128)]).toEqual([
      complex64,
      complex128,
      float32,
      float64,
    ]);
    for (const dtype of [float32, float64]) expect(toRealType(toComplexType(dtype))).toBe(dtype);
  });
});

describe("half floats", () => {
  const formats = [
    { name: "float16", encode: encodeFloat16, decode: decodeFloat16, exponent: 0x7c00, fraction: 0x3ff },
    { name: "bfloat16", encode: encodeBfloat16, decode: decodeBfloat16, exponent: 0x7f80, fraction: 0x7f },
  ] as const;

  test.each(formats)("all 65,536 patterns of $name survive", ({ encode, decode, exponent, fraction }) => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = decode(bits);
      const isNaN = (bits & exponent) === exponent && (bits & fraction) !== 0;
      if (Number.isNaN(value) !== isNaN) expect.fail(`${bits}: ${value}`);
      if (isNaN) {
        if (!Number.isNaN(decode(encode(value)))) expect.fail(`NaN ${bits} was lost`);
      } else if (encode(value) !== bits) expect.fail(`${bits} became ${encode(value)}`);
    }
  });

  test.each(formats)("patterns of $name are in order", ({ decode, exponent }) => {
    for (let bits = 1; bits <= exponent; bits++) if (!(decode(bits) > decode(bits - 1))) expect.fail(String(bits));
  });

  test.each(formats)("$name rounds as PyTorch does", ({ name, encode }) => {
    const halves = load<Halves>("half.json");
    const bits = new Uint32Array(halves.float32);
    const values = new Float32Array(bits.buffer);
    const found = Array.from(values, encode);
    expect(found).toEqual(halves[name]);
  });

  test("numbers with more digits are rounded to float32 first, as in PyTorch", () => {
    const values = [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -9 + 2 ** -40, 2049.0000001, 1 + 2 ** -8 + 2 ** -40];
    expect(values.map((value) => decodeFloat16(encodeFloat16(value)))).toEqual([1, 1.001953125, 2048, 1.00390625]);
    expect(values.map((value) => decodeBfloat16(encodeBfloat16(value)))).toEqual([1, 1, 2048, 1]);
  });

  test("beyond the largest numbers lies infinity", () => {
    expect([65519, 65520, -65520, 1e300].map((value) => decodeFloat16(encodeFloat16(value)))).toEqual([
      65504,
      Infinity,
      -Infinity,
      Infinity,
    ]);
    expect(decodeBfloat16(encodeBfloat16(3.4e38))).toBe(Infinity);
    expect(Object.is(decodeFloat16(encodeFloat16(-0)), -0)).toBe(true);
    expect(float16.itemsize).toBe(2);
  });
});
