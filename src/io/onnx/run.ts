/** Runs of a model on example inputs, traced. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, SerializationError, TorchError } from "../../core/errors.js";
import { Module } from "../../nn/module.js";
import { isOptions } from "../../tensor/schema.js";
import { Tensor } from "../../tensor/tensor.js";
import { altered, type DynamicAxis, plans, resized } from "./axes.js";
import { isConverted, readsShapeOnly } from "./converters/index.js";
import type { Trace } from "./program.js";
import { Tracer } from "./trace.js";

/** What is exported: a module, or a function of tensors. */
export type Exportable = Module | ((...args: never[]) => unknown);

/** The tensors within arguments or results. */
export function tensorsIn(tree: unknown): readonly Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(tensorsIn);
  return isOptions(tree) ? Object.values(tree).flatMap(tensorsIn) : [];
}

/** Arguments with other tensors in the place of theirs, in order. */
function withTensors(tree: unknown, next: () => Tensor): unknown {
  if (tree instanceof Tensor) return next();
  if (Array.isArray(tree)) return tree.map((one) => withTensors(one, next));
  return isOptions(tree) ? Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, withTensors(value, next)])) : tree;
}

/** Calls a callback while every module tells the tracer that it runs. */
function watching<R>(model: Exportable, tracer: Tracer, callback: () => R): R {
  if (!(model instanceof Module)) return callback();
  const watched = model.namedModules().map(([name, module]) => ({ name, module, before: module._intercept }));
  for (const { name, module, before } of watched) {
    const run = before ?? ((args: readonly unknown[]) => callForward(module, args));
    module._intercept = (args) => tracer.within(name, () => run(args));
  }
  try {
    return callback();
  } finally {
    for (const { module, before } of watched) module._intercept = before;
  }
}

function callForward(module: Module & { forward?(...args: readonly unknown[]): unknown }, args: readonly unknown[]): unknown {
  return module.forward === undefined ? module._forwardMissing() : module.forward(...args);
}

/** One run. */
function traced(model: Exportable, args: readonly unknown[]): Trace {
  const tracer = new Tracer(isConverted, readsShapeOnly);
  const [inputs, outputs] = tracer.run(() => {
    const given = tensorsIn(args).map((tensor) => tracer.input(tensor));
    const result = watching(model, tracer, () => (model as (...args: readonly unknown[]) => unknown)(...args));
    if (result instanceof Promise) throw new ArgumentError("onnx.export: the model gives a promise; only synchronous models are exported");
    return [given, tensorsIn(result).map((tensor) => tracer.idOf(tensor))] as const;
  });
  return { calls: tracer.calls, values: tracer.values, inputs, outputs };
}

/** Gives the buffers of a model back what they held; gives the name of the first that was written. */
function saved(model: Exportable): () => string | null {
  if (!(model instanceof Module)) return () => null;
  const state = [...model.namedBuffers(), ...model.namedParameters()].map(([name, tensor]) => ({
    name,
    tensor,
    version: tensor.storage.version,
    copy: tensor.wantsGrad ? null : noGrad(() => tensor.detach().clone()),
  }));
  return () => {
    const written = state.filter(({ tensor, version }) => tensor.storage.version !== version);
    for (const { tensor, copy } of written) if (copy !== null) noGrad(() => tensor.detach().copy_(copy));
    return written[0]?.name ?? null;
  };
}

/** Several runs: with the sizes that were given and with others, and with other elements. */
export interface Runs {
  readonly traces: readonly Trace[];
  /** The sizes of the dynamic dimensions, in every run. */
  readonly sizes: readonly (readonly number[])[];
  /** The first parameter or buffer that the model writes. */
  readonly written: string | null;
}

function attempt(
  model: Exportable,
  args: readonly unknown[],
  sizes: readonly (readonly number[])[],
  axes: readonly DynamicAxis[],
  alters: boolean,
): readonly Trace[] {
  const given = tensorsIn(args);
  const runs = axes.length === 0 ? 2 : 3;
  return Array.from({ length: runs }, (_, run) => {
    const tensors = given.map((tensor, input) => {
      const base = tensor.detach().clone();
      const sized = axes.reduce(
        (made, axis, i) => (axis.input === input ? resized(made, axis.dim, sizes[i]?.[run] as number) : made),
        base,
      );
      return run > 0 && alters ? altered(sized) : sized;
    });
    let at = 0;
    return traced(model, withTensors(args, () => tensors[at++] as Tensor) as readonly unknown[]);
  });
}

/**
 * Traces a model with several sizes of its dynamic dimensions.
 * @throws what the model throws, if it takes no other sizes than those given.
 */
export function runsOf(model: Exportable, args: readonly unknown[], axes: readonly DynamicAxis[]): Runs {
  const given = tensorsIn(args);
  const symbols = [...new Set(axes.map(({ symbol }) => symbol))];
  const restore = saved(model);
  const tried = axes.length === 0 ? plans.slice(0, 1) : plans;
  let failure: unknown = null;
  for (const alters of [true, false]) {
    for (const plan of tried) {
      const sizes = axes.map(({ input, dim, symbol }) => plan(given[input]?.shape[dim] as number, symbols.indexOf(symbol)));
      try {
        const traces = noGrad(() => attempt(model, args, sizes, axes, alters));
        return { traces, sizes, written: restore() };
      } catch (error) {
        restore();
        // What tracing found wrong stays wrong with other sizes.
        if (error instanceof SerializationError || !(error instanceof TorchError)) throw error;
        failure ??= error;
      }
    }
  }
  throw failure;
}
