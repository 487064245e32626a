/** Cells 5 to 16: making tensors, the NumPy bridge, indexing and types. */

import assert from "node:assert/strict";
import * as torch from "flambeau";
import * as np from "numpy-ts";
import { type Section, section } from "./notebook.js";

/**
 * A tensor is a block of numbers with any number of dimensions: a single number, a vector, a matrix, a stack of matrices. There are three ways to
 * make one: call the constructor of a type, call one of the many functions of `torch`, or start from a NumPy array.
 */
export const tensors: Section = section("Tensors", import.meta.url, ({ cell, print, show }) => {
  /** The constructor of a type takes the sizes. The memory is not initialised: fill it before you read it. */
  cell(5);
  let t = torch.FloatTensor(2, 3);
  print(t, t.size());

  /**
   * A trailing underscore means “in place”: `zero_` writes into `t` itself, and returns it. A notebook shows the value of a cell's last line; here
   * `show` does.
   */
  cell(6);
  show(t.zero_());

  /** Given nested arrays instead of sizes, the constructor copies their values. */
  cell(7);
  t = torch.FloatTensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  show(t);

  /**
   * `torch.tensor` finds the type in the values. JavaScript does not tell `1` from `1.0`, so numbers make floats, and integers are written as
   * bigints: `1n`.
   */
  cell(8);
  const tl = torch.tensor([1n, 2n, 3n]);
  t = torch.tensor([1, 2, 3]);
  print(`A 64-bit integer tensor: ${tl}, ${tl.type()}`);
  print(`A 32-bit float tensor: ${t}, ${t.type()}`);

  /** Other functions take the sizes. Those may also be an array: `torch.zeros([2, 3])`. */
  cell(9);
  t = torch.zeros(2, 3);
  print(t);

  /** Some more ways to fill a new tensor. */
  cell(10);
  const tZeros = torch.zerosLike(t); // zeros in the shape of t
  const tOnes = torch.ones(2, 3); // ones
  const tFives = torch.empty(2, 3).fill_(5); // not initialised, then filled with 5
  const tRandom = torch.rand(2, 3); // uniform between 0 and 1
  const tNormal = torch.randn(2, 3); // normally distributed

  print(tZeros);
  print(tOnes);
  print(tFives);
  print(tRandom);
  print(tNormal);

  /**
   * Functions without an underscore give a new tensor and leave the old one alone. A clone still belongs to the graph that gradients flow through;
   * `detach` makes it independent. Python compares `id(t)`; here `===` asks whether two names mean the same object.
   */
  cell(11);
  let t1 = torch.clone(t);
  assert(t !== t1, "a function makes a new tensor");

  t1 = torch.clone(t).detach();

  /** A NumPy array becomes a tensor of the same type. NumPy's floats have 64 bits. */
  cell(12);
  const a = np.array([1, 2, 3]);

  t = torch.tensor(a);

  print(`NumPy array: ${a}, type: ${a.dtype}`);
  print(`Torch tensor: ${t}, type: ${t.dtype}`);

  /** And back again. */
  cell(13);
  show(t.numpy());

  /** TypeScript has no `t[:, 0]`, so indexing is a method. Slices are strings as in Python: all rows, and of each the first element. */
  cell(14);
  t = torch.randn(2, 3);
  show(t.index(":", 0));

  /** Integer tensors pick rows, or, one for each dimension, elements. */
  cell(15);
  t = torch.randn(5, 6);
  print(t);
  const i = torch.tensor([1n, 3n]);
  const j = torch.tensor([4n, 5n]);
  print(t.index(i)); // rows 1 and 3
  print(t.index(i, j)); // the elements (1, 4) and (3, 5)

  /** Methods named after types convert. An unsigned byte cannot hold −1: it wraps round to 255. */
  cell(16);
  t = t.float(); // 32-bit floats
  print(t);
  t = t.double(); // 64-bit floats
  print(t);
  t = t.byte(); // unsigned 8-bit integers
  print(t);
});
