/** `torch.cuda`: NVIDIA devices, as far as this process has them. */

import { backendOf, deviceCount as countDevices } from "./backend/registry.js";
import { Device } from "./core/device.js";
import * as dt from "./core/dtype.js";
import { type TypedConstructor, typedConstructor } from "./ops/create/typed.js";

/** Whether a CUDA device can be used. */
export function isAvailable(): boolean {
  return countDevices("cuda") > 0;
}

/** The number of CUDA devices. */
export function deviceCount(): number {
  return countDevices("cuda");
}

/**
 * Waits until the work queued on a CUDA device is done.
 * @throws {DeviceError} if there is no such device.
 */
export function synchronize(device: Device | string = "cuda"): void {
  backendOf(Device.of(device)).synchronize();
}

/** A float32 tensor on the first CUDA device, of the given sizes (not initialised) or values. Throws where there is none. */
export const FloatTensor: TypedConstructor = typedConstructor(dt.float32, "cuda");
/** A float64 tensor on the first CUDA device, of the given sizes (not initialised) or values. Throws where there is none. */
export const DoubleTensor: TypedConstructor = typedConstructor(dt.float64, "cuda");
/** An int64 tensor on the first CUDA device, of the given sizes (not initialised) or values. Throws where there is none. */
export const LongTensor: TypedConstructor = typedConstructor(dt.int64, "cuda");
/** A uint8 tensor on the first CUDA device, of the given sizes (not initialised) or values. Throws where there is none. */
export const ByteTensor: TypedConstructor = typedConstructor(dt.uint8, "cuda");
