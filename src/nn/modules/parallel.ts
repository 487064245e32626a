/** Modules that share their work among devices or processes, as they are with one of each. */

import { ShapeError } from "../../core/errors.js";
import type { ForwardArguments, ForwardResult } from "../hooked.js";
import { Module } from "../module.js";
import { BatchNorm } from "./batchNorm.js";

/**
 * A module called with parts of the batch on several GPUs of one process. With one device, which is what there is here, the module is called as it is;
 * its state has the names that PyTorch's wrapper gives it.
 */
export class DataParallel<M extends Module> extends Module<ForwardArguments<M>, ForwardResult<M>> {
  readonly module: M;

  constructor(module: M) {
    super();
    this.module = module;
  }

  forward(...args: ForwardArguments<M>): ForwardResult<M> {
    return Reflect.apply(this.module, undefined, args);
  }
}

/**
 * Batch normalisation over the batches of all processes, for inputs `[batch, channels, …]`. With one process, which is what there is here, it is that of
 * its own batch.
 */
export class SyncBatchNorm extends BatchNorm {
  protected checkRank(rank: number): void {
    if (rank < 2) throw new ShapeError(`SyncBatchNorm: expected at least 2D input (got ${rank}D input)`);
  }

  /** Replaces every batch normalisation in a module by one of this class, over the same parameters and statistics. */
  static convertSyncBatchnorm(module: Module): Module {
    if (module instanceof BatchNorm && !(module instanceof SyncBatchNorm)) return synchronised(module);
    for (const [name, child] of module.namedChildren()) {
      const converted = SyncBatchNorm.convertSyncBatchnorm(child);
      if (converted !== child) module.addModule(name, converted);
    }
    return module;
  }
}

function synchronised(norm: BatchNorm): SyncBatchNorm {
  const { numFeatures, eps, momentum, affine, trackRunningStats } = norm;
  const made = new SyncBatchNorm(numFeatures, eps, momentum, affine, trackRunningStats);
  for (const [name, tensor] of [...norm._parameters, ...norm._buffers]) Reflect.set(made, name, tensor);
  made.training = norm.training;
  return made;
}
