/** Fractional max pooling (Graham 2014): windows at pseudo-random places, so that sizes shrink by any factor. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { int64 } from "../../core/dtype.js";
import { composite, namedTuple } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { arange } from "../create/ranges.js";
import { rand } from "../random/sampled.js";
import type { PooledIndices } from "./maxPool.js";
import { asBatch, checkSpatial, type Rank, type Sizes, sizesOf } from "./spatial.js";
import { checkPooled, flattened } from "./windows.js";

/** `[0, 1, …, n - 1]` beside a tensor. */
const counting = (n: number, { device, dtype }: Tensor): Tensor => arange(0, n, { device, dtype });

/** Where the windows of a dimension begin: `⌊(i + sample)·α⌋ - ⌊sample·α⌋` with `α = (size - kernel)/(places - 1)`, the last one at the end. */
function beginnings(samples: Tensor, size: number, kernel: number, places: number): Tensor {
  const last = samples.newFull([...samples.shape, 1], size - kernel);
  if (places === 1) return last.to(int64);
  const alpha = (size - kernel) / (places - 1);
  const sample = samples.unsqueeze(-1);
  const inner = counting(places - 1, samples).add(sample).mul(alpha).floor().sub(sample.mul(alpha).floor());
  return inner.cat ? inner : last;
}
