/** Reductions to truth values, and counts of them. */

import { bool, int64, toRealType, uint8 } from "../../core/dtype.js";
import { wrapDims } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Dims, reduceDims, reduceProgram } from "./reduction.js";

/** Whether an element is not zero. */
const nonzero = new Program("nonzero", [e.ne(element(0), 0)], 1);

type TruthOp = Op<(input: Tensor, ...args: Args<[dim: Dims, keepdim: boolean], { dim?: Dims; keepdim?: boolean }>) => Tensor>;

/** An empty list of dimensions reduces none, unlike that of sums; results are bool, for uint8 they stay uint8. */
const truth = (name: "any" | "all"): TruthOp =>
  primitive(`${name}(Tensor input, int[]? dim=null, bool keepdim=false)`, {
    forward: (input, dim, keepdim) => {
      const dims = wrapDims(name, dim, input.shape.length);
      const result = input.dtype === uint8 ? uint8 : bool;
      return reduceProgram(name, nonzero, [input], input.shape, { dims, keepdim, compute: toRealType(input.dtype), result });
    },
  });

/**
 * Whether any element is not zero, of all elements or along dimensions.
 * @example
 * ```ts
 * torch.tensor([0, 0, 3]).any(); // tensor(True)
 * ```
 */
export const any: TruthOp = truth("any");

/** Whether no element is zero, of all elements or along dimensions. */
export const all: TruthOp = truth("all");

/** The number of elements that are not zero, of all elements or along dimensions (int64). */
export const countNonzero: Op<(input: Tensor, ...args: Args<[dim: Dims], { dim?: Dims }>) => Tensor> = primitive(
  "countNonzero(Tensor input, int[]? dim=null)",
  {
    forward: (input, dim) => {
      const dims = reduceDims("countNonzero", dim, input.shape.length);
      return reduceProgram("sum", nonzero, [input], input.shape, { dims, keepdim: false, compute: toRealType(input.dtype), result: int64 });
    },
  },
);
