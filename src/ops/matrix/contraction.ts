/** Sums of products over chosen dimensions. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, numelOf, wrapDim, wrapDims } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

/** How many last and first dimensions are contracted, or which of each tensor. */
export type ContractedDims = number | readonly [readonly number[], readonly number[]];

function listsOf(dims: unknown, a: Tensor, b: Tensor): [number[], number[]] {
  const given = dims instanceof Tensor ? (dims.tolist() as unknown) : dims;
  if (typeof given === "number" || typeof given === "bigint") {
    const count = Number(given);
    if (count < 0) throw new ArgumentError(`tensordot: tensordot expects dims >= 0, but got dims=${count}`);
    if (count > Math.min(a.shape.length, b.shape.length))
      throw new ArgumentError(`tensordot: tensordot expects dims < ndim_a or ndim_b, but got dims=${count}`);
    return [Array.from({ length: count }, (_, i) => a.shape.length - count + i), Array.from({ length: count }, (_, i) => i)];
  }
  const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every((d) => Number.isInteger(d));
  if (!Array.isArray(given) || given.length !== 2 || !isList(given[0]) || !isList(given[1])) {
    throw new ArgumentError("tensordot: tensordot expects dims to be a number or two lists of dimensions, such as [[1, 0], [0, 1]]");
  }
  return [given[0], given[1]];
}

/**
 * The sum of the products of two tensors over pairs of dimensions; the result has the other dimensions of `a`, then those of `b`.
 * @param dims how many of the last dimensions of `a` are paired with the first of `b`, or the dimensions of each.
 * @throws {ShapeError} if the sizes of paired dimensions differ.
 * @example
 * ```ts
 * torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3, 5), [[1, 2], [1, 0]]).shape; // [2, 5]
 * ```
 */
export const tensordot: Op<(a: Tensor, b: Tensor, ...args: Args<[dims: ContractedDims], { dims?: ContractedDims }>) => Tensor> = composite(
  "tensordot(Tensor a, Tensor b, any dims=2)",
  (a, b, dims) => {
    if (a.dtype !== b.dtype) throw new DTypeError(`tensordot: both inputs should have same dtype, got ${a.dtype} and ${b.dtype}`);
    const [first, second] = listsOf(dims, a, b);
    if (first.length !== second.length) throw new ArgumentError("tensordot: both dimension lists should have same length");
    let [left, right] = [a, b];
    wrapDims("tensordot", first, a.shape.length);
    wrapDims("tensordot", second, b.shape.length);
    const [overA, overB] = [
      first.map((d) => wrapDim("tensordot", d, a.shape.length)),
      second.map((d) => wrapDim("tensordot", d, b.shape.length)),
    ];
    overA.forEach((d, i) => {
      const [n, m] = [a.shape[d] as number, b.shape[overB[i] as number] as number];
      // A size of 1 stretches: the other side is summed.
      if (n === 1 && m !== 1) right = right.sum(overB[i] as number, { keepdim: true, dtype: b.dtype });
      else if (m === 1 && n !== 1) left = left.sum(d, { keepdim: true, dtype: a.dtype });
      else if (n !== m) {
        throw new ShapeError(
          `tensordot: contracted dimensions need to match, but first has size ${n} in dim ${first[i]} and second has size ${m} in dim ${second[i]}`,
        );
      }
    });
    const keptA = left.shape.map((_, d) => d).filter((d) => !overA.includes(d));
    const keptB = right.shape.map((_, d) => d).filter((d) => !overB.includes(d));
    const [rows, columns] = [keptA.map((d) => left.shape[d] as number), keptB.map((d) => right.shape[d] as number)];
    const inner = overA.reduce((n, d) => n * (left.shape[d] as number), 1);
    const x = left.permute([...keptA, ...overA]).reshape([numelOf(rows), inner]);
    const y = right.permute([...overB, ...keptB]).reshape([inner, numelOf(columns)]);
    return x.mm(y).reshape([...rows, ...columns]);
  },
);

/** For each range of factors, where to split it so that the fewest multiplications are needed (Cormen et al., ch. 15). */
function bestSplits(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1;
  const costs = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const splits = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let length = 2; length <= n; length++) {
    for (let i = 0; i + length <= n; i++) {
      const j = i + length - 1;
      let best = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const cost =
          (costs[i]?.[k] ?? 0) + (costs[k + 1]?.[j] ?? 0) + (sizes[i] as number) * (sizes[k + 1] as number) * (sizes[j + 1] as number);
        if (cost < best) {
          best = cost;
          (splits[i] as number[])[j] = k;
        }
      }
      (costs[i] as number[])[j] = best;
    }
  }
  return splits;
}

/** The product of a chain of matrices in the cheapest order. */
function chain(factors: readonly Tensor[]): Tensor {
  const sizes = [(factors[0] as Tensor).shape[0] as number, ...factors.map((factor) => factor.shape[1] as number)];
  const splits = bestSplits(sizes);
  const multiply = (i: number, j: number): Tensor => {
    if (i === j) return factors[i] as Tensor;
    const k = splits[i]?.[j] ?? i;
    return multiply(i, k).mm(multiply(k + 1, j));
  };
  return multiply(0, factors.length - 1);
}

/**
 * The product of two or more matrices, multiplied in the order that needs the fewest operations. The first may be a vector (a row) and
 * so may the last (a column).
 * @throws {ShapeError} if there are fewer than two, or neighbours do not fit.
 */
export const multiDot: Op<(tensors: readonly Tensor[]) => Tensor> = composite("multiDot(Tensor[] tensors)", (tensors) => {
  const n = tensors.length;
  const fail = (what: string): never => {
    throw new ShapeError(`multiDot: multi_dot(): ${what}`);
  };
  if (n < 2) fail(`expected at least 2 tensors but got ${n}`);
  const factors = tensors.map((tensor, i) => {
    const rank = tensor.shape.length;
    const atEnd = i === 0 || i === n - 1;
    if (!(rank === 2 || (atEnd && rank === 1)))
      fail(
        `${i === 0 ? "the first tensor" : i === n - 1 ? "the last tensor" : `tensor ${i}`} must be ${atEnd ? "1D or " : ""}2D but got ${rank}D`,
      );
    if (tensor.dtype !== tensors[0]?.dtype)
      throw new DTypeError(
        `multiDot: multi_dot(): all tensors must have be the same dtype but tensor 0 is ${tensors[0]?.dtype} and tensor ${i} ${tensor.dtype}`,
      );
    return rank === 2 ? tensor : tensor.unsqueeze(i === 0 ? 0 : 1);
  });
  factors.forEach((factor, i) => {
    const next = factors[i + 1];
    if (next !== undefined && factor.shape[1] !== next.shape[0]) {
      fail(
        `tensors ${i} and ${i + 1} with shapes ${formatShape((tensors[i] as Tensor).shape)} and ${formatShape((tensors[i + 1] as Tensor).shape)} cannot be multiplied`,
      );
    }
  });
  const rowVector = tensors[0]?.shape.length === 1;
  const columnVector = tensors[n - 1]?.shape.length === 1;
  let result = chain(factors);
  if (columnVector) result = result.squeeze(1);
  return rowVector ? result.squeeze(0) : result;
});

/**
 * The product of matrices, multiplied in the order that needs the fewest operations.
 * @throws {ShapeError} if one is no matrix, or neighbours do not fit.
 */
export const chainMatmul: Op<(...matrices: Tensor[] | [readonly Tensor[]]) => Tensor> = composite(
  "chainMatmul(...any matrices)",
  (matrices) => {
    const list = (matrices as readonly unknown[]).map((matrix) => {
      if (!(matrix instanceof Tensor)) throw new ArgumentError("chainMatmul: chain_matmul() expects tensors");
      if (matrix.shape.length !== 2) throw new ShapeError(`chainMatmul: Tensor dimension is ${matrix.shape.length}, expected 2 instead.`);
      return matrix;
    });
    if (list.length === 0) throw new ArgumentError("chainMatmul: chain_matmul(): Expected one or more matrices");
    return list.length === 1 ? (list[0] as Tensor) : multiDot(list);
  },
);
