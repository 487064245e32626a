/** The order in memory of the weights of convolutions. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError } from "../../core/errors.js";
import type { MemoryFormat } from "../../core/memoryFormat.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Module } from "../module.js";
import { Conv2d, Conv3d } from "../modules/conv.js";
import { ConvTranspose2d, ConvTranspose3d } from "../modules/convTranspose.js";

/** The elements of a tensor in another order in memory; its sizes stay. */
function relaid(tensor: Tensor, format: MemoryFormat): Tensor {
  if (format.rank === null) return tensor.clone();
  const rank = tensor.shape.length;
  const inward = [0, ...Array.from({ length: rank - 2 }, (_, d) => d + 2), 1];
  const outward = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, d) => d + 1)];
  return tensor.permute(inward).clone().permute(outward);
}

type ConvWeight = Module & { readonly weight: Tensor };

function convert<M extends Module>(
  op: string,
  module: M,
  format: MemoryFormat,
  rank: number,
  isConv: (one: Module) => one is ConvWeight,
): M {
  if (format.rank !== null && format.rank !== rank)
    throw new ArgumentError(`${op}: weights have ${rank} dimensions, ${format} is for tensors of ${format.rank}`);
  for (const one of module.modules()) {
    if (isConv(one)) one.weight.data = noGrad(() => relaid(one.weight.detach(), format));
  }
  return module;
}

/**
 * Gives the weights of all `Conv2d` and `ConvTranspose2d` within a module an order in memory, such as `torch.channelsLast`. Results stay the same;
 * it is PyTorch that is made faster by it.
 * @throws {ArgumentError} for a format of volumes.
 */
export function convertConv2dWeightMemoryFormat<M extends Module>(module: M, memoryFormat: MemoryFormat): M {
  const isConv = (one: Module): one is Conv2d | ConvTranspose2d => one instanceof Conv2d || one instanceof ConvTranspose2d;
  return convert("convertConv2dWeightMemoryFormat", module, memoryFormat, 4, isConv);
}

/** What `convertConv2dWeightMemoryFormat` does, for `Conv3d` and `ConvTranspose3d`. */
export function convertConv3dWeightMemoryFormat<M extends Module>(module: M, memoryFormat: MemoryFormat): M {
  const isConv = (one: Module): one is Conv3d | ConvTranspose3d => one instanceof Conv3d || one instanceof ConvTranspose3d;
  return convert("convertConv3dWeightMemoryFormat", module, memoryFormat, 5, isConv);
}
