/** The arguments of constructors: PyTorch's positional order, or names in a last options object, read by a signature. */

import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import type { Args } from "../tensor/dispatch.js";
import { bind, parseSchema, type Values } from "../tensor/schema.js";

/** Required arguments `R`, whose names are those of `N`, then optional ones: `P` by position, `O` by name. */
export type Arguments<R extends unknown[], N, P extends unknown[], O> = [...required: R, ...rest: Args<P, O>] | [options: N & O];

/** Where parameters are made, and of which dtype. */
export interface FactoryOptions {
  device?: Device | string | null;
  dtype?: DType | null;
}

/**
 * Reads arguments by a signature such as `"Dropout(float p=0.5, bool inplace=false)"`, with the checks that operations have. A class that others
 * extend passes the name of the one that is constructed.
 * @throws {ArgumentError} for an argument that is missing, unknown or of the wrong type.
 */
export function reader<const S extends string>(signature: S): (args: readonly unknown[], name?: string) => Values<S> {
  const schema = parseSchema(signature);
  return (args, name = schema.name) => {
    const own = name === schema.name ? schema : { ...schema, name, text: name + schema.text.slice(schema.name.length) };
    return bind(own, args) as Values<S>;
  };
}
