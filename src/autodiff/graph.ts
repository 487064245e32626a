/** `torch.autograd.graph`: the recorded graph, and what it keeps. */

import { passThrough } from "../autograd/engine.js";
import type { ModeGuard } from "../autograd/modes.js";
import { Node, type RemovableHandle } from "../autograd/node.js";
import { Device } from "../core/device.js";
import { AutogradError } from "../core/errors.js";
import { noteExposure } from "../tensor/accumulate.js";
import { gradientEdge } from "../tensor/graph.js";
import { withoutSavedHooks, withSavedHooks } from "../tensor/savedTensors.js";
import { Tensor } from "../tensor/tensor.js";

export { Node };

/** A place in the graph along which a gradient flows: output `outputNr` of `node`. */
export interface GradientEdge {
  readonly node: Node<Tensor>;
  readonly outputNr: number;
}

/**
 * The edge along which the gradient of a tensor flows.
 * @throws {AutogradError} if the tensor does not require grad.
 */
export function getGradientEdge(tensor: Tensor): GradientEdge {
  if (!tensor.requiresGrad)
    throw new AutogradError("getGradientEdge: It is not possible to get the gradient edge for a Tensor that does not require gradients");
  const { node, index } = gradientEdge(tensor);
  return { node, outputNr: index };
}

/**
 * Runs a callback, or a `using` block, in which tensors that are saved for the backward pass go through `packHook`, and what it returned through
 * `unpackHook` when they are read. Of operations with kernels of their own all arguments and results are saved, which may be more than PyTorch saves.
 * @example
 * ```ts
 * const x = torch.tensor([1.5, 2.5], { requiresGrad: true });
 * const y = torch.autograd.graph.savedTensorsHooks(
 *   (saved) => saved.to(torch.float16),
 *   (packed) => (packed as torch.Tensor).to(torch.float32),
 *   () => x.mul(x),
 * );
 * y.sum().backward();
 * x.grad; // tensor([3., 5.])
 * ```
 */
export function savedTensorsHooks(packHook: (tensor: Tensor) => unknown, unpackHook: (packed: unknown) => Tensor): ModeGuard;
export function savedTensorsHooks<R>(packHook: (tensor: Tensor) => unknown, unpackHook: (packed: unknown) => Tensor, callback: () => R): R;
export function savedTensorsHooks<R>(
  packHook: (tensor: Tensor) => unknown,
  unpackHook: (packed: unknown) => Tensor,
  callback?: () => R,
): R | ModeGuard {
  return withSavedHooks({ pack: packHook, unpack: unpackHook }, callback);
}

/** Runs a callback, or a `using` block, in which `savedTensorsHooks` is an error with this message. */
export function disableSavedTensorsHooks(errorMessage: string): ModeGuard;
export function disableSavedTensorsHooks<R>(errorMessage: string, callback: () => R): R;
export function disableSavedTensorsHooks<R>(errorMessage: string, callback?: () => R): R | ModeGuard {
  return withoutSavedHooks(errorMessage, callback);
}

interface OnCpu {
  readonly device: Device;
  readonly tensor: Tensor;
}

/** Runs a callback, or a `using` block, in which tensors that are saved for the backward pass wait on the CPU. */
export function saveOnCpu(): ModeGuard;
export function saveOnCpu<R>(callback: () => R): R;
export function saveOnCpu<R>(callback?: () => R): R | ModeGuard {
  const cpu = Device.of("cpu");
  const pack = (tensor: Tensor): OnCpu => ({ device: tensor.device, tensor: tensor.to(cpu) });
  const unpack = (packed: unknown): Tensor => (packed as OnCpu).tensor.to((packed as OnCpu).device);
  return withSavedHooks({ pack, unpack }, callback);
}

/** Counts a write into the memory of tensors, so that nodes that saved them notice. */
export function incrementVersion(tensor: Tensor | Iterable<Tensor>): void {
  for (const one of tensor instanceof Tensor ? [tensor] : tensor) one.storage.version++;
}

/**
 * Calls a hook once in every backward pass: when the gradients of all the tensors that the pass reaches are there (`"all"`; null for others), or
 * with the first of them (`"any"`).
 */
export function registerMultiGradHook(
  tensors: readonly Tensor[],
  fn: (grads: readonly (Tensor | null)[]) => void,
  mode?: "all",
): RemovableHandle;
export function registerMultiGradHook(tensors: readonly Tensor[], fn: (grad: Tensor) => void, mode: "any"): RemovableHandle;
export function registerMultiGradHook(
  tensors: readonly Tensor[],
  fn: ((grads: readonly (Tensor | null)[]) => void) | ((grad: Tensor) => void),
  mode: "all" | "any" = "all",
): RemovableHandle {
  const edges = tensors.map((tensor, i) => {
    if (!tensor.requiresGrad) throw new AutogradError(`registerMultiGradHook: tensor ${i} does not require grad`);
    return getGradientEdge(tensor);
  });
  let pass = 0;
  let waiting = 0;
  let grads: (Tensor | null)[] = [];
  const handles = edges.map(({ node, outputNr }, i) =>
    node.hookGradient(outputNr, (grad) => {
      const now = passThrough(node);
      const isFirst = now !== pass;
      if (isFirst) {
        pass = now;
        waiting = edges.filter((edge) => passThrough(edge.node) !== 0).length;
        grads = edges.map(() => null);
      }
      noteExposure(grad);
      grads[i] = grad;
      waiting--;
      if (mode === "any" ? isFirst : waiting === 0) (fn as (given: unknown) => void)(mode === "any" ? grad : grads);
    }),
  );
  return {
    remove: () => {
      for (const handle of handles) handle.remove();
    },
  };
}
