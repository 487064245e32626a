/** The layout of memory whose bytes are read as another dtype. */

import type { DType } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import type { ViewInput, ViewLayout } from "../../tensor/define/index.js";

/** Checks that the places of a tensor fall on places of elements `ratio` times as large. */
function checkDivisible({ shape, strides, offset, dtype: from }: ViewInput, dtype: DType, ratio: number): void {
  const purpose = `to view ${from.scalarName} as ${dtype.scalarName} (different element sizes)`;
  const last = shape.length - 1;
  if ((shape[last] as number) % ratio !== 0)
    throw new ShapeError(`view: self.size(-1) must be divisible by ${ratio} ${purpose}, but got ${shape[last]}`);
  if (offset % ratio !== 0) throw new ShapeError(`view: self.storage_offset() must be divisible by ${ratio} ${purpose}, but got ${offset}`);
  strides.slice(0, -1).forEach((stride, d) => {
    if (stride % ratio !== 0 && (shape[d] as number) > 1)
      throw new ShapeError(`view: self.stride(${d}) must be divisible by ${ratio} ${purpose}, but got ${stride}`);
  });
}

/** The layout in elements of `dtype` of what `input` shows. */
export function reinterpreted(input: ViewInput, dtype: DType): ViewLayout {
  const { shape, strides, offset, dtype: from } = input;
  if (dtype.itemsize === from.itemsize) return { dtype, shape, strides, offset };
  const last = shape.length - 1;
  if (last < 0)
    throw new ShapeError(`view: self.dim() cannot be 0 to view ${from.scalarName} as ${dtype.scalarName} (different element sizes)`);
  if (strides[last] !== 1)
    throw new ShapeError(
      `view: self.stride(-1) must be 1 to view ${from.scalarName} as ${dtype.scalarName} (different element sizes), but got ${strides[last]}`,
    );
  const ratio = Math.max(dtype.itemsize, from.itemsize) / Math.min(dtype.itemsize, from.itemsize);
  const grows = dtype.itemsize < from.itemsize;
  if (!grows) checkDivisible(input, dtype, ratio);
  const scale = (n: number): number => (grows ? n * ratio : Math.floor(n / ratio));
  return {
    dtype,
    shape: [...shape.slice(0, -1), scale(shape[last] as number)],
    strides: [...strides.slice(0, -1).map(scale), 1],
    offset: scale(offset),
  };
}
