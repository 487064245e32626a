/** `out` as the compiler sees it: an option of functions, beside their own options, and none of methods. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const t = torch.tensor([3, 1, 2]);
const out = (): torch.Tensor => torch.empty(3);

test("functions take out among their options", () => {
  const o = out();
  expect(torch.exp(t, { out: o })).toBe(o);
  expect(torch.add(t, t, { alpha: 2, out: o }).tolist()).toEqual([9, 3, 6]);
  expect(torch.cumsum(t, 0, { out: o }).tolist()).toEqual([3, 4, 6]);
  expect(torch.cumsum(t, { dim: 0, out: o }).tolist()).toEqual([3, 4, 6]);
  expect(torch.sum(t, 0, true, { out: torch.empty(1) }).tolist()).toEqual([6]);
  expect(torch.cat([t, t], 0, { out: torch.empty(6) }).shape).toEqual([6]);
  expect(torch.ones(3, { dtype: torch.float32, out: o }).tolist()).toEqual([1, 1, 1]);
  expect(torch.chainMatmul(...[torch.eye(2), torch.eye(2)]).tolist()).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test("several results go into several tensors", () => {
  const values = out();
  const indices = torch.empty(3, { dtype: torch.int64 });
  torch.sort(t, { out: [values, indices] });
  expect([values.tolist(), indices.tolist()]).toEqual([
    [1, 2, 3],
    [1, 2, 0],
  ]);
  torch.max(t, 0, { out: [values, indices] });
  expect([values.item(), indices.item()]).toEqual([3, 0]);
});

test("what is wrong does not compile", () => {
  // @ts-expect-error: not an option
  expect(() => torch.exp(t, { into: out() })).toThrow(torch.ArgumentError);
  // @ts-expect-error: not a tensor
  expect(() => torch.add(t, t, { out: 3 })).toThrow(torch.ArgumentError);
  // @ts-expect-error: not an argument
  expect(() => torch.exp("t")).toThrow(torch.ArgumentError);
  // @ts-expect-error: methods have no out
  expect(t.exp({ out: out() }).shape).toEqual([3]);
});
