/** In-place variants of operations that have no kernel of their own for it: compute, then write into the first argument. */

import { modes } from "../../autograd/modes.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { canCast } from "../../core/promotion.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { copyInto, denseCopy } from "../copy.js";
import { callable, type InPlaceOp, type Op } from "../dispatch.js";
import { checkInPlace, rebase } from "../graph.js";
import { Tensor } from "../tensor.js";

/** The in-place variant of an operation that returns one tensor in the shape of its first argument. */
export function inPlaceOf(name: string, run: (args: readonly unknown[]) => unknown): (args: readonly unknown[]) => Tensor {
  return (args) => {
    const self = args[0] as Tensor;
    checkInPlace(`${name}_`, self, args);
    const recorded = modes.grad && args.some((arg) => arg instanceof Tensor && arg.requiresGrad);
    // What is recorded may keep its input, which is about to be overwritten.
    const original = recorded ? self.clone() : self;
    const result = run([original, ...args.slice(1)]);
    if (!(result instanceof Tensor)) throw new TypeError(`${name}_: the operation has more than one result`);
    if (!sameShape(result.shape, self.shape)) {
      throw new ShapeError(
        `${name}_: output with shape ${formatShape(self.shape)} doesn't match the broadcast shape ${formatShape(result.shape)}`,
      );
    }
    if (!canCast(result.dtype, self.dtype)) {
      throw new DTypeError(
        `${name}_: result type ${result.dtype.scalarName} can't be cast to the desired output type ${self.dtype.scalarName}`,
      );
    }
    const fitted = recorded && result.dtype !== self.dtype ? result.to(self.dtype) : result;
    copyInto(self, fitted.viewOf !== null && fitted.storage.root === self.storage.root ? denseCopy(fitted) : fitted);
    rebase(self, recorded ? fitted.gradFn : null, fitted.outputIndex);
    return self;
  };
}

/** An operation that exists in place only, such as `copy_`, from an operation that writes into its first argument. */
export function inPlaceOnly<F extends (...args: never[]) => unknown>(op: InPlaceOp<F>): Op<F> {
  const { record } = op;
  const { inPlace } = record;
  if (inPlace === null) throw new TypeError(`${record.name}: there is no in-place variant`);
  const name = `${record.name}_`;
  return callable<F>({ ...record, name, schema: { ...record.schema, name }, inPlace: null, run: inPlace }, null);
}
