/** `out`: results written into tensors that the caller gives. */

import { modes } from "../autograd/modes.js";
import { ArgumentError, AutogradError, DTypeError } from "../core/errors.js";
import { canCast } from "../core/promotion.js";
import { contiguousStrides, isContiguous, sameShape } from "../core/shape.js";
import { copyInto } from "./copy.js";
import { emptyOn } from "./create.js";
import { checkInPlace } from "./graph.js";
import { Tensor } from "./tensor.js";

function write(op: string, out: Tensor, result: Tensor): Tensor {
  if (!canCast(result.dtype, out.dtype)) {
    throw new DTypeError(`${op}: result type ${result.dtype.scalarName} can't be cast to the desired output type ${out.dtype.scalarName}`);
  }
  checkInPlace(op, out);
  if (out.storage.backend !== result.storage.backend)
    throw new ArgumentError(`${op}: the result is on ${result.device} but out is on ${out.device}`);
  if (!sameShape(out.shape, result.shape)) {
    // As in PyTorch, `out` takes the result's shape; it gets memory of its own where its own does not suffice.
    if (out.storage.length < result.count || out.offset !== 0) out.storage = emptyOn(out.storage.backend, result.shape, out.dtype).storage;
    out.shape = result.shape;
    out.strides = contiguousStrides(result.shape);
    out.count = result.count;
    out.offset = 0;
    out.dense = isContiguous(out.shape, out.strides);
  }
  copyInto(out, result);
  out.storage.version++;
  return out;
}

/** Runs an operation and writes its result, or each of its results, into `out`. Returns `out`. */
export function writeOut(op: string, out: unknown, run: () => unknown): unknown {
  const outs = Array.isArray(out) ? out : [out];
  for (const one of outs) {
    if (!(one instanceof Tensor))
      throw new ArgumentError(`${op}(): argument 'out' must be Tensor, not ${one === null ? "null" : typeof one}`);
    if (modes.grad && one.requiresGrad)
      throw new AutogradError(
        `${op}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
      );
  }
  const result = run();
  const results: readonly unknown[] = Array.isArray(result) ? result : [result];
  if (results.length !== outs.length) throw new ArgumentError(`${op}(): expected ${results.length} tensors as out, got ${outs.length}`);
  results.forEach((one, i) => {
    if (one instanceof Tensor) {
      if (modes.grad && one.requiresGrad)
        throw new AutogradError(
          `${op}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
        );
      write(op, outs[i] as Tensor, one);
    }
  });
  return out;
}
