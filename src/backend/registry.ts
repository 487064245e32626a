/** The devices that this process can use. */

import { Device } from "../core/device.js";
import { DeviceError } from "../core/errors.js";
import type { Backend } from "./contract.js";

const backends = new Map<string, Backend>();
const reasons = new Map<string, string>();

/** Makes a backend available under its device's name. */
export function registerBackend(backend: Backend): void {
  backends.set(backend.device.toString(), backend);
}

/** Records why no device of a type is there; the reason becomes part of the error for those who ask for one. */
export function registerAbsence(type: string, reason: string): void {
  reasons.set(type, reason);
}

/** Whether a device can be used. */
export function hasBackend(device: Device): boolean {
  return backends.has(canonical(device));
}

function canonical(device: Device): string {
  if (device.type === "cpu" || device.type === "meta") return device.type;
  return `${device.type}:${device.index ?? 0}`;
}

/**
 * The backend of a device.
 * @throws {DeviceError} if the device is absent; the message says what is missing.
 */
export function backendOf(device: Device): Backend {
  const backend = backends.get(canonical(device));
  if (backend !== undefined) return backend;
  const present = [...backends.keys()].join(", ");
  const reason = reasons.get(device.type) ?? `no ${device.type} backend is loaded`;
  throw new DeviceError(`device '${device}' is not available: ${reason}. Devices here: ${present}`);
}

/** The number of devices of a type. */
export function deviceCount(type: string): number {
  let count = 0;
  for (const name of backends.keys()) if (Device.of(name).type === type) count++;
  return count;
}
