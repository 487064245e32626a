/** Settings of the whole library, under PyTorch's names. */

import { Device } from "./core/device.js";

/** The version of flambeau. */
export const __version__ = "0.1.0";

/**
 * The device of a name, such as `torch.device("cuda:0")`. The device need not be there: `torch.cuda.isAvailable()` tells.
 * @throws {ArgumentError} if the name is not that of a device.
 */
export function device(name: string | Device, index?: number): Device {
  return Device.of(index === undefined ? name : `${name}:${index}`);
}

/** Settings of device libraries, for programs that set them; there is nothing here that they would change. */
export const backends: { readonly cudnn: { deterministic: boolean; benchmark: boolean; enabled: boolean } } = {
  cudnn: { deterministic: true, benchmark: false, enabled: false },
};

let deterministic = true;

/** Asks for deterministic algorithms. All algorithms of the CPU device are. */
export function useDeterministicAlgorithms(mode: boolean): void {
  deterministic = mode;
}

/** Whether deterministic algorithms were asked for. */
export function areDeterministicAlgorithmsEnabled(): boolean {
  return deterministic;
}
