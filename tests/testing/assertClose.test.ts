/** `torch.testing.assertClose`: PyTorch's messages, to the character. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { assertClose, AssertionError } = torch.testing;
const t = torch.tensor;

function messageOf(actual: unknown, expected: unknown, options: Parameters<typeof assertClose>[2] = {}): string {
  try {
    assertClose(actual, expected, options);
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  return "";
}

test("close values pass", () => {
  assertClose(t([1, 2]), t([1, 2.000001]));
  assertClose(t([1, Number.NaN]), t([1, Number.NaN]), { equalNan: true });
  assertClose([t(1), { a: t([2n]) }, 0.1 + 0.2, null, "x"], [t(1), { a: t([2n]) }, 0.3, null, "x"]);
  assertClose(t([1, 2]), t([1n, 2n]), { checkDtype: false });
  assertClose(t([new torch.Complex(1, 1)]), t([new torch.Complex(1, 1)]));
  assertClose(torch.zeros(0), torch.zeros(0));
});

test("what is not close is counted, and the greatest differences are located", () => {
  expect(
    messageOf(
      t([
        [1, 2],
        [3, 4],
      ]),
      t([
        [1, 2.5],
        [3, 5],
      ]),
    ),
  ).toBe(
    "Tensor-likes are not close!\n\nMismatched elements: 2 / 4 (50.0%)\nGreatest absolute difference: 1.0 at index (1, 1) (up to 1e-05 allowed)\nGreatest relative difference: 0.20000000298023224 at index (0, 1) (up to 1.3e-06 allowed)",
  );
  expect(messageOf(t([1n, 2n, 3n]), t([1n, 2n, 5n]))).toBe(
    "Tensor-likes are not equal!\n\nMismatched elements: 1 / 3 (33.3%)\nGreatest absolute difference: 2 at index (2,)\nGreatest relative difference: 0.4000000059604645 at index (2,)",
  );
  expect(messageOf(t([1, Number.NaN]), t([1, Number.NaN]))).toBe(
    "Tensor-likes are not close!\n\nMismatched elements: 1 / 2 (50.0%)\nGreatest absolute difference: nan at index (1,) (up to 1e-05 allowed)\nGreatest relative difference: nan at index (1,) (up to 1.3e-06 allowed)",
  );
  expect(messageOf(t([0]), t([1e-3]), { rtol: 0.1, atol: 0 })).toContain(
    "Greatest absolute difference: 0.0010000000474974513 at index (0,) (up to 0 allowed)",
  );
});

test("numbers are compared as such", () => {
  expect(messageOf(1, 1.1)).toBe(
    "Scalars are not close!\n\nExpected 1.1 but got 1.0.\nAbsolute difference: 0.10000000000000009 (up to 1e-07 allowed)\nRelative difference: 0.09090909090909098 (up to 1e-07 allowed)",
  );
  expect(messageOf([t(1), t(2)], [t(1), t(3)])).toBe(
    "Scalars are not close!\n\nExpected 3.0 but got 2.0.\nAbsolute difference: 1.0 (up to 1e-05 allowed)\nRelative difference: 0.3333333333333333 (up to 1.3e-06 allowed)\n\nThe failure occurred for item [1]",
  );
});

test("shapes, dtypes, devices, strides, lengths and keys must be equal", () => {
  expect(messageOf(t([1, 2, 3]), t([1, 2]))).toBe("The values for attribute 'shape' do not match: torch.Size([3]) != torch.Size([2]).");
  expect(messageOf(t([1]), t([1n]))).toBe("The values for attribute 'dtype' do not match: torch.float32 != torch.int64.");
  expect(messageOf(t([1]), t([1], { device: "meta" }))).toBe("The values for attribute 'device' do not match: cpu != meta.");
  expect(messageOf(torch.ones(2, 3).t(), torch.ones(3, 2), { checkStride: true })).toBe(
    "The values for attribute 'stride()' do not match: (1, 3) != (2, 1).",
  );
  expect(messageOf([t(1)], [t(1), t(2)])).toBe("The length of the sequences mismatch: 1 != 2");
  expect(messageOf({ a: t(1) }, { b: t(1) })).toBe(
    "The keys of the mappings do not match:\nMissing keys in the actual mapping: ['b']\nAdditional keys in the actual mapping: ['a']",
  );
});

test("messages may be replaced, and wrong arguments are other errors", () => {
  expect(messageOf(t([1]), t([2]), { msg: "hello" })).toBe("hello");
  expect(messageOf(t([1]), t([2]), { msg: (text) => `hello ${text}` })).toMatch(/^hello Tensor-likes/);
  expect(() => assertClose(t([1]), t([1]), { rtol: 0.1 })).toThrow(
    "Both 'rtol' and 'atol' must be either specified or omitted, but got no atol.",
  );
  expect(() => assertClose(t([1]), "x")).toThrow("No comparison pair was able to handle inputs");
});
