/** An optimiser's state as data: PyTorch's names and texts, and tensors brought to their parameters. */

import { backendOf } from "../backend/registry.js";
import { Device } from "../core/device.js";
import { float32 } from "../core/dtype.js";
import { reprFloat } from "../core/printing/index.js";
import { scalarOn } from "../tensor/create.js";
import { Tensor } from "../tensor/tensor.js";

/** What an optimiser remembers of one parameter: tensors, and the number of steps. */
export interface ParamState {
  step?: number;
  [name: string]: StateValue | undefined;
}

/** One thing that is remembered: a tensor, a number, or a list. */
export type StateValue = Tensor | number | null | readonly (Tensor | number | null)[];

/** An optimiser's state as data, in PyTorch's layout. */
export interface OptimizerStateDict {
  state: Record<string, Record<string, StateValue>>;
  param_groups: Record<string, unknown>[];
}

/** `weightDecay` as PyTorch names it: `weight_decay`. */
export const snake = (name: string): string => name.replace(/(?<=[A-Za-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** `weight_decay` as it is named here: `weightDecay`. */
export const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** A value of a group as Python prints it. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : reprFloat(value);
  if (Array.isArray(value) && value.some((one) => typeof one === "string")) return `[${value.map((one) => `'${one}'`).join(", ")}]`;
  if (Array.isArray(value)) return `(${value.map(pythonText).join(", ")})`;
  return String(value);
}

/** A parameter's state under PyTorch's names; those of `scalars` become 0-d float32 tensors. */
export function storedState(own: ParamState, scalars: readonly string[]): Record<string, StateValue> {
  const stored: Record<string, StateValue> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue;
    stored[snake(name)] =
      scalars.includes(name) && typeof value === "number" ? scalarOn(backendOf(Device.of("cpu")), value, float32) : value;
  }
  return stored;
}

/** A parameter's state from data, in the dtype and on the device of the parameter. */
export function loadedState(param: Tensor, values: Readonly<Record<string, StateValue>>, scalars: readonly string[]): ParamState {
  const fitting = <V>(value: V): V | Tensor => {
    if (!(value instanceof Tensor)) return value;
    const dtype = value.dtype.isFloatingPoint && param.dtype.isFloatingPoint ? param.dtype : value.dtype;
    return value.detach().to(param.device, dtype).clone();
  };
  const state: ParamState = {};
  for (const [key, value] of Object.entries(values)) {
    const name = camel(key);
    if (value instanceof Tensor && scalars.includes(name)) state[name] = value.item();
    else if (Array.isArray(value)) state[name] = value.map((one: Tensor | number | null) => fitting(one));
    else state[name] = fitting(value);
  }
  return state;
}
