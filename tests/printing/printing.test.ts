/** Printing against PyTorch 2.13 and Python: random tensors of every kind, numbers, and the print options. */

import { afterEach, describe, expect, test } from "vitest";
import {
  fixed,
  formatTensor,
  getPrintoptions,
  reprFloat,
  reprNumber,
  reprTuple,
  scientific,
  setPrintoptions,
  tensorSuffixes,
} from "../../src/core/printing/index.js";
import { printCase, readCases, type StoredCase, toNumber } from "./cases.js";

afterEach(() => setPrintoptions({ profile: "default" }));

const cases = readCases<StoredCase>("tensors.json");

test.each([...new Set(cases.map((stored) => stored.d))])("%s tensors print as PyTorch prints them", (dtype) => {
  for (const stored of cases.filter(({ d }) => d === dtype)) expect(printCase(stored)).toBe(stored.t);
});

describe("numbers", () => {
  const rows = readCases<readonly [repr: string, precision: number, fixed: string, scientific: string]>("numbers.json");

  test("format and repr as in Python", () => {
    for (const [repr, precision, positional, exponential] of rows) {
      const value = toNumber(repr);
      expect(reprFloat(value)).toBe(repr);
      expect(fixed(value, precision)).toBe(positional);
      expect(scientific(value, precision)).toBe(exponential);
    }
  });

  test("ties go to the even digit", () => {
    expect([0.5, 1.5, 2.5, -2.5].map((value) => fixed(value, 0))).toEqual(["0", "2", "2", "-2"]);
    expect([fixed(0.125, 2), fixed(0.375, 2)]).toEqual(["0.12", "0.38"]);
    expect([scientific(25, 0), scientific(95, 0), scientific(1.25e20, 1)]).toEqual(["2e+01", "1e+02", "1.2e+20"]);
  });

  test("whole numbers of unknown type print as integers", () => {
    expect([2, -0, 0.01, 1e-5, 1e20, 7n].map(reprNumber)).toEqual(["2", "0", "0.01", "1e-05", "100000000000000000000", "7"]);
  });
});

describe("formatTensor", () => {
  test("reads only the elements it shows", () => {
    const seen = new Set<number>();
    const at = (index: number): number => {
      seen.add(index);
      return index;
    };
    formatTensor({ kind: "int", shape: [1000, 1000], at, suffixes: [] });
    expect(seen.size).toBe(36);
  });

  test("shows given contents instead of elements", () => {
    const suffixes = tensorSuffixes({ shape: [2, 3], dtypeName: "int64", deviceName: "meta", hasData: false });
    const at = (): number => expect.fail("read an element");
    const text = formatTensor({ kind: "int", shape: [2, 3], at, suffixes, contents: "..." });
    expect(text).toBe("tensor(..., device='meta', size=(2, 3), dtype=torch.int64)");
  });

  test("indents by the prefix", () => {
    const text = formatTensor({ kind: "int", shape: [2, 1], at: Number, suffixes: [], prefix: "Tagged(" });
    expect(text).toBe("Tagged([[0],\n        [1]])");
  });

  test("takes options for one call", () => {
    const at = (): number => 1 / 3;
    expect(formatTensor({ kind: "float", shape: [1], at, suffixes: [] }, { ...getPrintoptions(), precision: 2 })).toBe("tensor([0.33])");
  });

  test("names an element of the wrong kind", () => {
    const print = (): string => formatTensor({ kind: "float", shape: [1], at: () => true, suffixes: [], dtypeName: "float32" });
    expect(print).toThrow('formatTensor: element 0 of float32 is true, which is not a value of kind "float"');
  });
});

describe("suffixes", () => {
  test("leave out what can be seen", () => {
    const dtypes = ["float32", "complex64", "int64", "bool"];
    for (const dtypeName of dtypes) expect(tensorSuffixes({ shape: [1], dtypeName })).toEqual([]);
    expect(tensorSuffixes({ shape: [1], dtypeName: "float32", defaultDtypeName: "float64" })).toEqual(["dtype=torch.float32"]);
    expect(tensorSuffixes({ shape: [1], dtypeName: "complex128", defaultDtypeName: "float64" })).toEqual([]);
  });

  test("come in PyTorch's order", () => {
    const source = { shape: [0, 2], dtypeName: "float64", deviceName: "cuda:0", gradFnName: "MulBackward0", requiresGrad: true };
    expect(tensorSuffixes(source)).toEqual(["device='cuda:0'", "size=(0, 2)", "dtype=torch.float64", "grad_fn=<MulBackward0>"]);
  });

  test("write tuples as Python does", () => {
    expect([[], [8], [2, 3]].map(reprTuple)).toEqual(["()", "(8,)", "(2, 3)"]);
  });
});

describe("setPrintoptions", () => {
  test("applies the profile first and forgets sciMode unless it is named", () => {
    setPrintoptions({ profile: "short", linewidth: 100, sciMode: true });
    expect(getPrintoptions()).toEqual({ precision: 2, threshold: 1000, edgeitems: 2, linewidth: 100, sciMode: true });
    setPrintoptions({ precision: 3 });
    expect(getPrintoptions()).toEqual({ precision: 3, threshold: 1000, edgeitems: 2, linewidth: 100, sciMode: null });
    setPrintoptions({ profile: "full" });
    expect(getPrintoptions()).toEqual({ precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80, sciMode: null });
  });

  test("accepts what getPrintoptions gave", () => {
    const before = getPrintoptions();
    setPrintoptions({ precision: 1, sciMode: false });
    setPrintoptions(before);
    expect(getPrintoptions()).toEqual(before);
  });

  test.each([
    [{ precision: 101 }, "precision must be a whole number from 0 to 100, not 101"],
    [{ edgeitems: -1 }, "edgeitems must be a whole number, 0 or more, not -1"],
    [{ threshold: Number.NaN }, "threshold must be a number, not NaN"],
  ])("rejects %o and changes nothing", (update, message) => {
    const before = getPrintoptions();
    expect(() => setPrintoptions(update)).toThrow(message);
    expect(getPrintoptions()).toEqual(before);
  });
});
