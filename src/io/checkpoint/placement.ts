/** Where loaded storages go: the device that they came from, or another that the caller names. */

import type { Backend } from "../../backend/contract.js";
import { backendOf, hasBackend } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import { ArgumentError, DeviceError } from "../../core/errors.js";

/**
 * Where to put what is loaded: a device for everything, devices by the tag of the device that something was saved from (`{ "cuda:1": "cuda:0" }`), or
 * a function of that tag. Null means the device that the tag names.
 */
export type MapLocation =
  | string
  | Device
  | null
  | { readonly [tag: string]: string | Device }
  | ((tag: string) => string | Device | null | undefined);

function chosen(map: MapLocation, tag: string): string | Device {
  if (map === null) return tag;
  if (typeof map === "string" || map instanceof Device) return map;
  if (typeof map === "function") return map(tag) ?? tag;
  return (Object.hasOwn(map, tag) ? map[tag] : undefined) ?? tag;
}

/**
 * The backend for storages that carry a tag.
 * @throws {DeviceError} if the device is not there; the message says how to load elsewhere.
 */
export function placed(call: string, map: MapLocation, tag: string): Backend {
  const choice = chosen(map, tag);
  if (typeof choice !== "string" && !(choice instanceof Device)) {
    throw new ArgumentError(`${call}: mapLocation must give a device or its name, not ${typeof choice}`);
  }
  let device: Device;
  try {
    device = Device.of(choice);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new DeviceError(
      `${call}: don't know how to restore data location of torch.UntypedStorage (tagged with ${String(choice)}); map it with { mapLocation: "cpu" }`,
    );
  }
  if (hasBackend(device)) return backendOf(device);
  throw new DeviceError(
    `${call}: Attempting to deserialize object on a ${device.type.toUpperCase()} device, but ${device} is not available. If you are running on a CPU-only machine, please use torch.load with { mapLocation: "cpu" } to map your storages to the CPU.`,
  );
}
