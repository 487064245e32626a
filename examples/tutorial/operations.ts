/** Cells 17 to 22: operations. */

import * as torch from "flambeau";
import { type Section, section } from "./notebook.js";

/** Operations are methods of tensors, and nearly all of them are functions of `torch` too. TypeScript has no operators for objects, so `u + b` is `u.add(b)`. */
export const operations: Section = section("Operations on tensors", import.meta.url, ({ cell, print, show }) => {
  /** A tensor of order zero is a single number. The `n` makes it an integer. */
  cell(17);
  let s = torch.tensor(42n);
  print(s);

  /** `item` gives the number itself, an ordinary JavaScript number. */
  cell(18);
  show(s.item());

  /** A row vector, a column vector and a matrix. `size` tells them apart. */
  cell(19);
  const x = torch.randn(1, 3);
  print(`Row vector ${x} with size ${x.size()}`);

  const v = torch.randn(3, 1);
  print(`Column vector ${v} with size ${v.size()}`);

  const A = torch.randn(3, 3);
  print(`Matrix ${A} with size ${A.size()}`);

  /** The affine map **Av** + **b**: a matrix product and a sum. */
  cell(20);
  const u = torch.matmul(A, v);
  print(u);
  const b = torch.randn(3, 1);
  const y = u.add(b); // or torch.add(u, b)
  print(y);

  /** Operations compose: row times matrix times column is one number. */
  cell(21);
  s = torch.matmul(x, torch.matmul(A, v));
  print(s.item());

  /** Some of the most common ones. What Python gives by keyword goes into an options object. As in the notebook, the last line is what is shown. */
  cell(22);
  let t = torch.randn(2, 3);
  t.sum({ dim: 0 });
  t.t(); // transposed
  t.numel(); // the number of elements
  t.nonzero(); // where elements are not zero
  t.view(-1, 2); // the same elements in other dimensions
  t.squeeze(); // without dimensions of size 1
  t.unsqueeze(0); // with one more

  torch.arange(0, 10); // tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  torch.eye(3, 3); // the identity matrix
  t = torch.arange(0, 3);
  torch.cat([t, t]); // tensor([0, 1, 2, 0, 1, 2])
  show(torch.stack([t, t]));
});
