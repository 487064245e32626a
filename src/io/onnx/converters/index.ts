/** What every operation becomes: a table by its kind and name, family by family. */

import type { Conversion, Converter } from "../conversion.js";
import { convertBlocks, convertReduced, convertScalar } from "../scalar.js";
import type { CallRecord } from "../trace.js";
import { activation } from "./activation.js";
import { convolution } from "./convolution.js";
import { creation, shapesOnly } from "./creation.js";
import { indexing } from "./indexing.js";
import { joining } from "./joining.js";
import { matrix } from "./matrix.js";
import { normalisation } from "./normalisation.js";
import { pooling } from "./pooling.js";
import { random, randomWhen } from "./random.js";
import { recurrent } from "./recurrent.js";
import { reduction } from "./reduction.js";
import { resizable, resizing } from "./resizing.js";
import { slicing } from "./slicing.js";
import { views } from "./views.js";

const keyOf = (record: Pick<CallRecord, "kind" | "name">): string => `${record.kind} ${record.name}`;

const converters: ReadonlyMap<string, Converter> = new Map(
  [
    views,
    slicing((record) => converterOf(record)),
    joining,
    matrix,
    convolution,
    pooling,
    resizing,
    normalisation,
    reduction,
    indexing,
    creation,
    recurrent,
    random,
  ].flatMap((family) => Object.entries(family)),
);

/** Composites that are converted for some arguments only. */
const conditions: ReadonlyMap<string, (arg: (name: string) => unknown) => boolean> = new Map([
  ...Object.entries(randomWhen),
  ...Object.entries(resizable),
]);

const scalar = (c: Conversion): string => {
  const form = c.call.record.scalar;
  return form === undefined ? c.fail("it has no expression") : (activation(c) ?? convertScalar(c, form));
};

const blocks = (c: Conversion): readonly string[] => {
  const form = c.call.record.blocks;
  return form === undefined ? c.fail("it has no expressions") : convertBlocks(c, form);
};

const reduced = (c: Conversion): string => {
  const expr = c.call.record.reduced;
  return expr === undefined ? c.fail("it has no expression") : convertReduced(c, expr);
};

/** The converter of an operation, if it has one. */
export function converterOf(record: CallRecord): Converter | undefined {
  const own = converters.get(keyOf(record));
  if (own !== undefined) return own;
  if (record.blocks !== undefined) return blocks;
  if (record.reduced !== undefined) return reduced;
  return record.scalar === undefined ? undefined : scalar;
}

/** Whether an operation is converted as it is, with these bound arguments; else what its body calls is. */
export function isConverted(record: CallRecord, args: readonly unknown[]): boolean {
  if (converterOf(record) === undefined) return false;
  const condition = conditions.get(keyOf(record));
  return condition === undefined || condition((name) => args[record.schema.parameters.findIndex((parameter) => parameter.name === name)]);
}

/** Whether an operation takes only the shape of its arguments. */
export const readsShapeOnly = (record: CallRecord): boolean => shapesOnly.has(keyOf(record));
