/** The argument `inplace` of `torch.nn.functional`. */

import { callable, type InPlaceOp } from "../../tensor/dispatch.js";
import { parseSchema } from "../../tensor/schema.js";

/** The operation with a last argument `inplace`. */
export function withFlag<F extends (...args: never[]) => unknown>(op: InPlaceOp<(...args: never[]) => unknown>): InPlaceOp<F> {
  const { record, invoke: plain } = op;
  const { inPlace } = record;
  if (inPlace === null) throw new TypeError(`${record.name}: there is no in-place variant`);
  const [head, keywords] = record.schema.text.slice(0, -1).split(", *, ");
  const schema = parseSchema(`${head}, bool inplace=false${keywords === undefined ? "" : `, *, ${keywords}`})`);
  const flag = schema.parameters.findIndex((parameter) => parameter.name === "inplace");
  const without = (args: readonly unknown[]): unknown[] => args.filter((_, i) => i !== flag);
  const flagged = callable<F>(
    {
      ...record,
      kind: "composite",
      schema,
      inPlace: (args) => inPlace(without(args)),
      run: (args) => (args[flag] === true ? inPlace(without(args)) : plain(...without(args))),
    },
    // Without further arguments it is the operation itself.
    (args) => (args.length === 1 ? plain(args[0]) : undefined),
  );
  return Object.assign(flagged, { hasInPlace: true } as const);
}
