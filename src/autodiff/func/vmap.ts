/** `vmap`: a function of single tensors becomes one of batches. */

import { ArgumentError, DeviceError } from "../../core/errors.js";
import { sameShape, wrapDim } from "../../core/shape.js";
import { cat, stack } from "../../ops/shape/joining.js";
import type { Interceptor, OpRecord } from "../../tensor/dispatch.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Level, type Randomness } from "./level.js";
import { Batching, isOverridden, ruleOf } from "./rules.js";
import { mapTensors, spread, tensorsOf } from "./tree.js";

const hasBatch = (level: Level, tree: unknown): boolean => tensorsOf(tree).some((tensor) => level.batchOf(tensor) !== null);

const wrapAll = (level: Level, results: unknown): unknown => mapTensors(results, (batch) => level.wrap(batch));

/** Runs an operation for one sample after the other. */
function looped(level: Level, record: OpRecord, args: readonly unknown[]): unknown {
  // A place in memory counts from the beginning of a sample's own.
  const isPlaced = record.schema.parameters.some(({ name }) => name === "storageOffset");
  const results = Array.from({ length: level.size }, (_, i) => {
    const given = mapTensors(args, (tensor) => {
      const sample = sampleOf(level, tensor, i);
      return isPlaced ? level.outside(() => sample.clone()) : sample;
    }) as readonly unknown[];
    // Within the level it is seen when a body draws random numbers.
    return record.kind === "composite" && level.randomness === "error" ? record.run(given) : level.call(record, given, false);
  });
  if (results.length === 0) throw new ArgumentError(`vmap: ${record.name} has no rule for batches without samples`);
  const samples = results.map(tensorsOf);
  return mapTensors(results[0], (first, i) => {
    const parts = samples.map((sample) => sample[i] as Tensor);
    const odd = parts.find((part) => !sameShape(part.shape, first.shape));
    if (odd !== undefined)
      throw new ArgumentError(
        `vmap: ${record.name} gives samples of different shapes, [${first.shape.join(", ")}] and [${odd.shape.join(", ")}], which make no batch`,
      );
    return level.wrap(level.outside(() => stack(parts)));
  });
}

const sampleOf = (level: Level, tensor: Tensor, i: number): Tensor => {
  const batch = level.batchOf(tensor);
  return batch === null ? tensor : level.outside(() => batch.select(0, i));
};

/** What an in-place operation writes into. */
function written(level: Level, record: OpRecord, args: readonly unknown[]): Tensor {
  const batch = level.batchOf(args[0]);
  if (batch === null)
    throw new ArgumentError(
      `vmap: ${record.name.replace(/_?$/, "_")} would write a batch of values into a tensor that is the same for all samples; use the operation without underscore, or make the tensor from one of the batch, as newZeros does`,
    );
  return batch;
}

/** An operation in place. */
function inPlaceOn(level: Level, record: OpRecord, args: readonly unknown[], handler: Interceptor): unknown {
  const self = args[0] as Tensor;
  const batch = written(level, record, args);
  if (record.kind === "view") {
    level.relay(self, handler(record, args, false) as Tensor);
    return self;
  }
  if (record.scalar !== undefined && !isOverridden(record)) {
    const operands = new Batching(level, record, args).aligned();
    level.call(record, operands, true);
    return self;
  }
  if (record.kind === "composite" || ruleOf(record) !== undefined) {
    const value = handler(record, args, false) as Tensor;
    const whole = level.full(value);
    level.outside(() => batch.copy_(whole.reshape([level.size, ...alignTo(value.shape, self.shape)])));
    return self;
  }
  for (let i = 0; i < level.size; i++) {
    const given = mapTensors(args, (tensor) => sampleOf(level, tensor, i));
    level.call(record, given as readonly unknown[], true);
  }
  return self;
}

const alignTo = (shape: readonly number[], like: readonly number[]): number[] => [
  ...Array.from({ length: like.length - shape.length }, () => 1),
  ...shape,
];

/** Whether an operation exists in place only. */
const isWriter = (record: OpRecord): boolean => record.name.endsWith("_");

const isRandom = (record: OpRecord): boolean => record.schema.parameters.some(({ type }) => type === "generator");

/** An operation that draws random numbers. */
function drawn(level: Level, record: OpRecord, args: readonly unknown[], inPlace: boolean): unknown {
  if (level.randomness === "error")
    throw new ArgumentError(
      `vmap: ${record.name} draws random numbers; say with randomness: "different" or "same" whether each sample gets values of its own`,
    );
  const writes = inPlace || isWriter(record);
  if (!writes && level.randomness === "same" && !hasBatch(level, args)) return level.call(record, args, false);
  if (!writes && level.randomness === "different") return looped(level, record, args);
  if (!writes)
    throw new ArgumentError(
      `vmap: ${record.name} of a batch with randomness "same" is not supported; draw once outside of vmap, or use "different"`,
    );
  const batch = written(level, record, args);
  if (level.randomness === "same") {
    level.call(record, [sampleOf(level, args[0] as Tensor, 0), ...args.slice(1)], inPlace);
    level.outside(() =>
      batch.copy_(
        batch
          .select(0, 0)
          .clone()
          .expand(batch.shape as number[]),
      ),
    );
  } else if (hasBatch(level, args.slice(1))) {
    for (let i = 0; i < level.size; i++)
      level.call(record, mapTensors(args, (tensor) => sampleOf(level, tensor, i)) as readonly unknown[], inPlace);
  } else level.call(record, [batch, ...args.slice(1)], inPlace);
  return args[0];
}

/**
 * A composite: what its body calls comes back here. A body that touches memory itself, or compares the devices of its arguments, gets arguments
 * that are all batches, and else one sample after the other.
 */
function composed(level: Level, record: OpRecord, args: readonly unknown[]): unknown {
  const batches = (): unknown => mapTensors(args, (tensor) => (level.batchOf(tensor) === null ? level.wrap(level.full(tensor)) : tensor));
  const attempts = isWriter(record) ? [() => args] : [() => args, batches];
  for (const given of attempts) {
    try {
      const result = record.run(given() as readonly unknown[]);
      if (!tensorsOf(result).some((tensor) => level.isLost(tensor))) return result;
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
  if (!isWriter(record)) return looped(level, record, args);
  written(level, record, args);
  looped(level, record, args);
  return args[0];
}

/** The handler of all calls within a level. */
function handlerOf(level: Level): Interceptor {
  const handler: Interceptor = (record, args, inPlace) => {
    if (isRandom(record)) return drawn(level, record, args, inPlace);
    const rule = ruleOf(record);
    const isTouched = hasBatch(level, args);
    if (record.kind === "composite" && rule === undefined && !inPlace) return isTouched ? composed(level, record, args) : record.run(args);
    if (!isTouched) return level.call(record, args, inPlace);
    if (inPlace) return inPlaceOn(level, record, args, handler);
    if (record.dynamicShape)
      throw new ArgumentError(
        `vmap: the shape of what ${record.name} gives depends on values, so that the samples make no batch; use where() or a mask instead`,
      );
    if (rule === undefined) return looped(level, record, args);
    const results = level.outside(() => rule(new Batching(level, record, args)));
    return results === null ? looped(level, record, args) : wrapAll(level, results);
  };
  return handler;
}

/** Where the batch is: along a dimension, or nowhere (null); for lists and records also one for each of their elements. */
export type Dims = number | null | readonly Dims[] | { readonly [key: string]: Dims };

/** Options of `vmap`. */
export interface VmapOptions {
  /** Which dimension of each argument is the batch; null for arguments that are the same for all samples. */
  inDims?: Dims;
  /** Where the batch goes in each result. */
  outDims?: Dims;
  /** What random operations do. */
  randomness?: Randomness;
  /** How many samples are taken at a time, for less memory; null for all. */
  chunkSize?: number | null;
}

const isDim = (node: unknown): node is number | null => node === null || typeof node === "number";

/** The dimension of the batch for each tensor of the arguments. */
function batchDims(dims: Dims, args: readonly unknown[]): readonly (number | null)[] {
  if (Array.isArray(dims) && dims.length !== args.length)
    throw new ArgumentError(`vmap: inDims has ${dims.length} elements, but the function was called with ${args.length} arguments`);
  const found = spread(dims, args, isDim);
  if (found === null) throw new ArgumentError("vmap: inDims must be a number, null, or have the structure of the arguments");
  return found;
}

/** The size of the batch, which all arguments have. */
function batchSize(tensors: readonly Tensor[], dims: readonly (number | null)[]): number {
  const sizes = tensors.flatMap((tensor, i) => {
    const dim = dims[i];
    return dim === null || dim === undefined ? [] : [tensor.shape[wrapDim("vmap", dim, tensor.shape.length)] ?? noBatch(tensor)];
  });
  const [size] = sizes;
  if (size === undefined) throw new ArgumentError("vmap: at least one argument must be a tensor with a batch; all inDims are null");
  if (sizes.some((other) => other !== size))
    throw new ArgumentError(`vmap: the batches of all arguments must have one size, but they have ${sizes.join(", ")}; set inDims`);
  return size;
}

function noBatch(tensor: Tensor): never {
  throw new ArgumentError(`vmap: a tensor of shape [${tensor.shape.join(", ")}] has no dimension for the batch; set its inDims to null`);
}

/** Runs a function on a whole batch. */
function runBatch(f: (...args: never[]) => unknown, args: readonly unknown[], options: Required<VmapOptions>): unknown {
  const { inDims, outDims, randomness } = options;
  const dims = batchDims(inDims, args);
  const tensors = tensorsOf(args);
  const level = new Level(batchSize(tensors, dims), randomness);
  const given = mapTensors(args, (tensor, i) => {
    const dim = dims[i] ?? null;
    return dim === null ? tensor : level.wrap(tensor.movedim(dim, 0));
  });
  const result = level.run(handlerOf(level), () => Reflect.apply(f, undefined, given));
  const outputs = tensorsOf(result);
  if (outputs.length === 0) throw new ArgumentError(`vmap: the function must give tensors, but it gave ${typeof result}`);
  const places = spread(outDims, result, isDim);
  if (places === null) throw new ArgumentError("vmap: outDims must be a number, null, or have the structure of the result");
  return mapTensors(result, (output, i) => {
    const place = places[i] ?? null;
    if (place !== null) return level.full(output).movedim(0, place);
    if (level.batchOf(output) !== null)
      throw new ArgumentError("vmap: a result with outDims null differs from sample to sample; give it a dimension for the batch");
    return output;
  });
}

/** Runs a function on pieces of a batch. */
function runChunks(f: (...args: never[]) => unknown, args: readonly unknown[], options: Required<VmapOptions>): unknown {
  const { chunkSize, inDims, outDims } = options;
  const dims = batchDims(inDims, args);
  const size = batchSize(tensorsOf(args), dims);
  if (chunkSize === null || size <= chunkSize) return runBatch(f, args, options);
  if (!(chunkSize > 0)) throw new ArgumentError(`vmap: chunkSize must be positive, got ${chunkSize}`);
  const results: unknown[] = [];
  for (let at = 0; at < size; at += chunkSize) {
    const length = Math.min(chunkSize, size - at);
    const piece = mapTensors(args, (tensor, i) => {
      const dim = dims[i] ?? null;
      return dim === null ? tensor : tensor.narrow(dim, at, length);
    });
    results.push(runBatch(f, piece as readonly unknown[], options));
  }
  const places = spread(outDims, results[0], isDim) ?? [];
  const pieces = results.map(tensorsOf);
  return mapTensors(results[0], (first, i) => {
    const place = places[i] ?? null;
    return place === null
      ? first
      : cat(
          pieces.map((piece) => piece[i] as Tensor),
          place,
        );
  });
}

/**
 * A function over batches: it calls `f` once, with tensors that look like single samples, while each operation runs on the whole batch. Operations
 * without a rule for batches run sample by sample.
 * @param inDims which dimension of each argument is the batch, null for arguments that all samples share.
 * @throws {ArgumentError} within it for reading values, for shapes that depend on values, and for writing a batch into what samples share.
 * @example
 * ```ts
 * const a = torch.tensor([[1, 2], [3, 4]]);
 * const b = torch.tensor([10, 1]);
 * torch.func.vmap((x: torch.Tensor) => x.dot(b))(a); // tensor([12., 34.])
 * torch.func.vmap((x: torch.Tensor, y: torch.Tensor) => x.dot(y), [1, null])(a, b); // tensor([13., 24.])
 * ```
 */
export function vmap<A extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...args: A) => R,
  inDims?: Dims | VmapOptions,
  outDims: Dims | VmapOptions = 0,
  options: VmapOptions = {},
): (...args: A) => R {
  const named: VmapOptions = { ...options };
  if (isVmapOptions(outDims)) Object.assign(named, outDims);
  else named.outDims ??= outDims;
  if (isVmapOptions(inDims)) Object.assign(named, inDims);
  else if (inDims !== undefined) named.inDims = inDims;
  const { inDims: from = 0, outDims: to = 0, randomness = "error", chunkSize = null } = named;
  if (!["error", "different", "same"].includes(randomness))
    throw new ArgumentError(`vmap: randomness must be "error", "different" or "same", got "${randomness}"`);
  const call = { inDims: from, outDims: to, randomness, chunkSize };
  return (...args) => runChunks(f, args, call) as R;
}

const optionNames: readonly string[] = ["inDims", "outDims", "randomness", "chunkSize"];

const isVmapOptions = (value: unknown): value is VmapOptions =>
  isOptions(value) && Object.keys(value).every((key) => optionNames.includes(key));
