/** Modules whose parameters are not initialised. */

import type { Device } from "../core/device.js";
import { isOptions } from "../tensor/schema.js";
import type { Module } from "./module.js";

/** The last argument if it is an options object. */
type Options = Readonly<Record<string, unknown>> & { readonly device?: Device | string | null };

/**
 * Makes a module without initialising its parameters, whose content is undefined then: for modules that get theirs from elsewhere. The class must take
 * a `device`.
 * @example
 * ```ts
 * const layer = nn.utils.skipInit(nn.Linear, 10, 5);
 * layer.loadStateDict(new nn.Linear(10, 5).stateDict());
 * ```
 */
export function skipInit<A extends unknown[], M extends Module>(moduleCls: new (...args: A) => M, ...args: A): M {
  const last: unknown = args[args.length - 1];
  const options: Options = isOptions(last) ? last : {};
  const positional = isOptions(last) ? args.slice(0, -1) : args;
  const made = Reflect.construct(moduleCls, [...positional, { ...options, device: "meta" }]) as M;
  return made.toEmpty({ device: options.device ?? "cpu" });
}
