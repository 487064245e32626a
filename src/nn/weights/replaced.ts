/** Parameters of modules that are computed before every call from others that take their place. */

import { ArgumentError } from "../../core/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Stored } from "../hooks.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";

/** Something that computes a parameter of a module. */
export interface Computation {
  /** The name of the parameter. */
  readonly tensorName: string;
  /** Its value, from what took its place. */
  compute(module: Module): Tensor;
}

/** What the hooks that compute parameters belong to. They are found through the modules, since copies of modules share them. */
const computations: WeakMap<Stored, Computation> = new WeakMap();

/** The tensor of a name, parameter or not. */
export function tensorOf(op: string, module: Module, name: string): Tensor {
  const found: unknown = Reflect.get(module, name);
  if (found instanceof Tensor) return found;
  throw new ArgumentError(`${op}: ${module._getName()} has no parameter or buffer with name '${name}'`);
}

/**
 * The parameter of a name.
 * @throws {ArgumentError} if there is none.
 */
export function parameterOf(op: string, module: Module, name: string): Parameter {
  const found = module._parameters.get(name);
  if (found instanceof Parameter) return found;
  throw new ArgumentError(`${op}: ${module._getName()} has no parameter '${name}'${found === null ? ": it is null" : ""}`);
}

/** Computes a parameter before every call; until then it has a value. It must no longer be among the module's parameters. */
export function computeBeforeCalls(module: Module, computation: Computation, value: Tensor): void {
  const hook = (called: Module): undefined => {
    Reflect.set(called, computation.tensorName, computation.compute(called));
    return undefined;
  };
  computations.set(hook as Stored, computation);
  Reflect.set(module, computation.tensorName, value);
  module.registerForwardPreHook(hook);
}

/** The computation of a parameter that is of some kind. */
export function computationOf<C extends Computation>(
  module: Module,
  name: string | null,
  kind: abstract new (...args: never[]) => C,
): C | undefined {
  return module.hooksOf()?.lists.forwardPre.find((hook) => {
    const found = computations.get(hook);
    return found instanceof kind && (name === null || found.tensorName === name) ? found : undefined;
  });
}

/** Ends a computation, if it is there; the module is left without the parameter. */
export function stopComputing(module: Module, computation: Computation): void {
  const list = module.hooksOf()?.lists.forwardPre;
  const hook = list?.find((one) => (computations.get(one) === computation ? one : undefined));
  if (hook !== undefined) list?.remove(hook);
  Reflect.deleteProperty(module, computation.tensorName);
}
