/**
 * Tensors that stand for a batch of tensors. Within `vmap` a function sees the shape that one of them has; memory is that of all, the batch in
 * front. Nothing can be read or computed of such a tensor but by the operations that its level intercepts.
 */

import type { Backend } from "../../backend/contract.js";
import { Storage } from "../../backend/storage.js";
import type { DType } from "../../core/dtype.js";
import { DeviceError } from "../../core/errors.js";
import { tensorOver } from "../../tensor/create.js";
import { type Interceptor, intercept, setInterceptor } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

/** What random operations do: fail, give every sample values of its own, or give all the same. */
export type Randomness = "error" | "different" | "same";

/** The memory of a batch was asked for by what is no operation on tensors. */
export class BatchedAccessError extends DeviceError {}

function refuse(): never {
  throw new BatchedAccessError(
    "vmap: a tensor within a vectorised function stands for a whole batch, so that there is no value to read; rewrite item() and branches on values with operations such as where()",
  );
}

/** A device whose memory nobody can touch. */
function guarded(real: Backend): Backend {
  return {
    device: real.device,
    canBlock: true,
    allocate: (dtype, length) => real.allocate(dtype, length),
    upload: (dtype, data) => real.upload(dtype, data),
    read: refuse,
    readAsync: refuse,
    hostMemory: refuse,
    synchronize: () => real.synchronize(),
    randomState: (seed) => real.randomState(seed),
    kernels: new Proxy(real.kernels, { get: refuse }),
  };
}

/** A storage in which a device finds nothing of its own: kernels that are called with it fail instead of reading memory that is not there. */
const closed = <S extends Storage>(storage: S): S =>
  new Proxy(storage, { get: (target, key) => (key in target || typeof key === "symbol" ? Reflect.get(target, key) : refuse()) });

const guards = new WeakMap<Backend, Backend>();

class BatchedStorage extends Storage {
  readonly backend: Backend;

  constructor(
    dtype: DType,
    length: number,
    private readonly real: Backend,
    readonly level: Level,
  ) {
    super(dtype, length);
    const known = guards.get(real) ?? guarded(real);
    guards.set(real, known);
    this.backend = known;
  }

  alias(): Storage {
    return closed(new BatchedStorage(this.dtype, this.length, this.real, this.level));
  }

  reinterpret(dtype: DType): Storage {
    return closed(this.share(new BatchedStorage(dtype, this.length, this.real, this.level)));
  }
}

/** Whether a tensor stands for a batch, of whatever level. */
export const isBatched = (tensor: Tensor): boolean => tensor.storage instanceof BatchedStorage;

let innermost: Level | null = null;

/** The level of the innermost `vmap` that runs. */
export const currentLevel = (): Level | null => innermost;

/** One running `vmap`. */
export class Level {
  private readonly physical = new WeakMap<Tensor, Tensor>();
  /** The level around this one. */
  readonly outer: Level | null = innermost;
  private before: Interceptor | null = null;

  constructor(
    readonly size: number,
    readonly randomness: Randomness,
  ) {}

  /** Runs a callback with calls of operations handed to `handler`. */
  run<R>(handler: Interceptor, callback: () => R): R {
    this.before = setInterceptor(handler);
    innermost = this;
    try {
      return callback();
    } finally {
      innermost = this.outer;
      setInterceptor(this.before);
    }
  }

  /** Runs a callback outside of the level: its operations are on whole batches. */
  outside<R>(callback: () => R): R {
    const inner = innermost;
    innermost = this.outer;
    try {
      return intercept(this.before, callback);
    } finally {
      innermost = inner;
    }
  }

  /** Runs an operation outside of the level. */
  readonly call: Interceptor = (record, args, inPlace) => {
    const { before } = this;
    return this.outside(() => {
      if (before !== null) return before(record, args, inPlace);
      return inPlace && record.inPlace !== null ? record.inPlace(args) : record.run(args);
    });
  };

  /** A tensor that stands for the batch along the first dimension of another. */
  wrap(batch: Tensor): Tensor {
    const { storage, shape, strides, offset, dtype } = batch;
    const own = closed(new BatchedStorage(dtype, storage.length, storage.backend, this));
    const one = tensorOver(own, shape.slice(1), strides.slice(1), offset, dtype);
    this.physical.set(one, batch);
    return one;
  }

  /** The batch that a tensor stands for, or null for one that is the same for all. */
  batchOf(value: unknown): Tensor | null {
    return value instanceof Tensor ? (this.physical.get(value) ?? null) : null;
  }

  /** The batch that a tensor stands for; what is the same for all is repeated. */
  full(tensor: Tensor): Tensor {
    return this.batchOf(tensor) ?? this.outside(() => tensor.unsqueeze(0).expand([this.size, ...tensor.shape]));
  }

  /** Whether a tensor was made over the memory of a batch by what is no operation, so that nobody knows for what it stands. */
  isLost(tensor: Tensor): boolean {
    return tensor.storage instanceof BatchedStorage && tensor.storage.level === this && !this.physical.has(tensor);
  }

  /** Gives a tensor the layout that another of the level has, as in-place views do. */
  relay(self: Tensor, other: Tensor): void {
    const { shape, strides, offset, count, dense } = other;
    Object.assign(self, { shape, strides, offset, count, dense });
    const batch = this.batchOf(other);
    if (batch !== null) this.physical.set(self, batch);
  }
}

/** The tensor of real memory behind one of a level, with the batches of all levels in front, the outermost first. */
export function lowered(level: Level | null, tensor: Tensor): Tensor {
  if (level === null) return tensor;
  const batch = level.full(tensor);
  return level.outside(() => lowered(level.outer, batch));
}

/** The reverse of `lowered`. */
export const raised = (level: Level | null, tensor: Tensor): Tensor => (level === null ? tensor : level.wrap(raised(level.outer, tensor)));

/** Runs a callback outside of all levels. */
export function outsideAll<R>(level: Level | null, callback: () => R): R {
  return level === null ? callback() : level.outside(() => outsideAll(level.outer, callback));
}
