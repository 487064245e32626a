/** Second names of operations. */

import { callable, type InPlaceOp, type Op } from "../dispatch.js";

/** The same operation under another name; its graph nodes keep the first one's. */
export function alias<F extends (...args: never[]) => unknown>(name: string, op: InPlaceOp<F>): InPlaceOp<F>;
export function alias<F extends (...args: never[]) => unknown>(name: string, op: Op<F>): Op<F>;
export function alias<F extends (...args: never[]) => unknown>(name: string, op: Op<F>): Op<F> {
  return callable<F>({ ...op.record, name, schema: { ...op.record.schema, name } }, null);
}
