/** `torch.autocast`: operations choose the dtype that they are computed in. */

import { type ModeGuard, modes } from "../autograd/modes.js";
import { Scoped } from "../autograd/scope.js";
import { deviceCount } from "../backend/registry.js";
import { Device } from "../core/device.js";
import { bfloat16, type DType, float16, float32, float64 } from "../core/dtype.js";
import { ArgumentError, DTypeError } from "../core/errors.js";
import { type Interceptor, type OpRecord, setInterceptor } from "../tensor/dispatch.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";
import { cpuPolicies, type Policy } from "./policy.js";

/** What autocast does on one type of device. */
interface Casting {
  readonly enabled: boolean;
  /** The dtype of operations that may be computed in few bits. */
  readonly dtype: DType;
}

/** Everything that scopes change. */
interface AutocastState {
  /** By type of device. */
  readonly devices: ReadonlyMap<string, Casting>;
  readonly cacheEnabled: boolean;
  /** Casts of leaves that require grad, made since the outermost scope was entered; null outside of all scopes. */
  readonly cache: Map<Tensor, Cast> | null;
}

/** A cast that is kept. */
interface Cast {
  readonly tensor: Tensor;
  /** The version of what was cast: parameters that were updated since are cast again. */
  readonly version: number;
}

const policies: ReadonlyMap<string, ReadonlyMap<string, Policy>> = new Map([["cpu", cpuPolicies]]);

const initial: AutocastState = {
  devices: new Map([
    ["cpu", { enabled: false, dtype: bfloat16 }],
    ["cuda", { enabled: false, dtype: float16 }],
  ]),
  cacheEnabled: true,
  cache: null,
};

/** Who had the calls of operations when autocast took them over. */
let outer: Interceptor | null = null;
let isIntercepting = false;

const state = new Scoped<AutocastState>(initial, ({ devices }) => {
  const wanted = [...devices.values()].some((casting) => casting.enabled);
  if (wanted === isIntercepting) return;
  isIntercepting = wanted;
  if (wanted) outer = setInterceptor(handle);
  else setInterceptor(outer);
});

/** Whether autocast touches a tensor: a real floating-point one, float64 excepted, on a device where it is enabled. */
function castingOf(value: unknown): Casting | null {
  if (!(value instanceof Tensor) || !value.dtype.isFloatingPoint || value.dtype === float64) return null;
  const casting = state.current.devices.get(value.device.type);
  return casting?.enabled === true ? casting : null;
}

/** A tensor in the dtype of the scope; weights are cast once. */
function lowered(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const { cacheEnabled, cache } = state.current;
  const isKept = cacheEnabled && tensor.dtype === float32 && tensor.requiresGrad && tensor.isLeaf && tensor.viewOf === null;
  if (cache === null || !isKept) return tensor.to(dtype);
  const known = cache.get(tensor);
  // One that was made without recording does not lead back to the parameter.
  const isCurrent = known?.tensor.dtype === dtype && known.version === tensor._version && (known.tensor.requiresGrad || !modes.grad);
  if (isCurrent) return known.tensor;
  const cast = tensor.to(dtype);
  cache.set(tensor, { tensor: cast, version: tensor._version });
  return cast;
}

/** Changes the tensors among arguments: those in lists and in the options too. */
function mapTensors(args: readonly unknown[], change: (tensor: Tensor) => Tensor): unknown[] {
  return args.map((arg) => {
    if (arg instanceof Tensor) return change(arg);
    if (Array.isArray(arg)) return arg.map((one: unknown) => (one instanceof Tensor ? change(one) : one));
    if (!isOptions(arg)) return arg;
    return Object.fromEntries(
      Object.entries(arg).map(([name, one]) => [name, one instanceof Tensor && name !== "out" ? change(one) : one]),
    );
  });
}

/** The widest dtype among the tensors that autocast touches: float32 if there is one. */
function widestOf(args: readonly unknown[], fallback: DType): DType {
  let widest: DType | null = null;
  mapTensors(args, (tensor) => {
    if (castingOf(tensor) === null) return tensor;
    widest = widest === null || widest === tensor.dtype ? tensor.dtype : float32;
    return tensor;
  });
  return widest ?? fallback;
}

function castBy(policy: Policy, args: readonly unknown[], casting: Casting): readonly unknown[] {
  if (policy === "kept") return args;
  const dtype = policy === "lower" ? casting.dtype : policy === "float32" ? float32 : widestOf(args, casting.dtype);
  return mapTensors(args, (tensor) => {
    if (castingOf(tensor) === null) return tensor;
    return policy === "lower" || dtype !== float32 ? lowered(tensor, dtype) : tensor.to(dtype);
  });
}

/** The first tensor among arguments that autocast touches says which device's list counts. */
function touched(args: readonly unknown[]): { readonly casting: Casting; readonly device: string } | null {
  let found: { readonly casting: Casting; readonly device: string } | null = null;
  mapTensors(args, (tensor) => {
    const casting = found === null ? castingOf(tensor) : null;
    if (casting !== null) found = { casting, device: tensor.device.type };
    return tensor;
  });
  return found;
}

function proceed(record: OpRecord, args: readonly unknown[], inPlace: boolean): unknown {
  if (outer !== null) return outer(record, args, inPlace);
  return inPlace && record.inPlace !== null ? record.inPlace(args) : record.run(args);
}

/**
 * Runs a call. An operation with a policy gets its arguments cast, and what it calls itself is left alone. What is written in place keeps
 * its dtype, so such calls go on as they are.
 */
const handle: Interceptor = (record, args, inPlace) => {
  const found = inPlace ? null : touched(args);
  const policy = found === null ? undefined : policies.get(found.device)?.get(record.name);
  if (found === null || policy === undefined) return proceed(record, args, inPlace);
  const before = setInterceptor(outer);
  try {
    return proceed(record, castBy(policy, args, found.casting), false);
  } finally {
    setInterceptor(before);
  }
};

/** What `autocast` takes behind the type of device. */
export interface AutocastOptions {
  /** What products and convolutions are computed in; by default that of `getAutocastDtype`. */
  readonly dtype?: DType | null;
  /** With false, a scope in which nothing is cast. */
  readonly enabled?: boolean;
  /** Whether casts of parameters are kept until the outermost scope ends. */
  readonly cacheEnabled?: boolean | null;
}

type Named = AutocastOptions & { readonly deviceType: string };

/** The arguments of `autocast`: positional in PyTorch's order, or by name. */
type Positional =
  | [options: Named]
  | [deviceType: string]
  | [deviceType: string, options: AutocastOptions]
  | [deviceType: string, dtype: DType | null]
  | [deviceType: string, dtype: DType | null, options: Omit<AutocastOptions, "dtype">]
  | [deviceType: string, dtype: DType | null, enabled: boolean]
  | [deviceType: string, dtype: DType | null, enabled: boolean, cacheEnabled: boolean | null];

const positions = ["deviceType", "dtype", "enabled", "cacheEnabled"] as const;

function named(args: readonly unknown[]): Named {
  const values: Record<string, unknown> = {};
  args.forEach((arg, i) => {
    if (isOptions(arg)) {
      for (const [name, value] of Object.entries(arg)) {
        if (!(positions as readonly string[]).includes(name))
          throw new ArgumentError(`autocast: got an unexpected keyword argument '${name}'; it takes ${positions.join(", ")}`);
        values[name] = value;
      }
    } else if (arg !== undefined) values[positions[i] ?? "surplus"] = arg;
  });
  const { deviceType } = values;
  if (typeof deviceType !== "string")
    throw new ArgumentError(`autocast: deviceType must be a string such as 'cpu', not ${typeof deviceType}`);
  return { ...values, deviceType };
}

/** The state within a scope. */
function entered(args: readonly unknown[]): AutocastState {
  const { deviceType, dtype = null, enabled = true, cacheEnabled = null } = named(args);
  const before = state.current;
  const known = before.devices.get(deviceType);
  if (known === undefined) {
    throw new ArgumentError(
      `autocast: User specified an unsupported autocast device_type '${deviceType}'; those with a list of operations are ${[...before.devices.keys()].join(", ")}`,
    );
  }
  const chosen = dtype ?? known.dtype;
  if (enabled && chosen !== bfloat16 && chosen !== float16) {
    throw new DTypeError(
      `autocast: CPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently, not ${chosen}; give { enabled: false } for a scope without casts`,
    );
  }
  const devices = new Map(before.devices).set(deviceType, { enabled: enabled && isAutocastAvailable(deviceType), dtype: chosen });
  return { devices, cacheEnabled: cacheEnabled ?? before.cacheEnabled, cache: before.cache ?? new Map() };
}

/**
 * Runs a callback in which operations choose their dtype: products and convolutions cast their arguments to `dtype`, losses and what needs
 * precision to float32, all else takes what comes. Parameters stay float32, and gradients flow to them. A scope without a callback lasts to the
 * end of a `using` block. The forward pass belongs inside, the backward pass outside.
 * @param args the type of device (`"cpu"`), then `dtype` (bfloat16 by default, or float16), `enabled`, `cacheEnabled`, by position or name; then the callback.
 * @throws {ArgumentError} for a type of device that has no list of operations.
 * @throws {DTypeError} for a dtype other than bfloat16 and float16.
 * @example
 * ```ts
 * const layer = new nn.Linear(4, 2);
 * const out = torch.autocast({ deviceType: "cpu", dtype: torch.bfloat16 }, () => layer(torch.ones(3, 4)));
 * out.dtype; // torch.bfloat16
 * ```
 */
export function autocast(...args: Positional): ModeGuard;
export function autocast<R>(...args: [...Positional, callback: () => R]): R;
export function autocast<R>(...args: readonly unknown[]): R | ModeGuard {
  const last = args[args.length - 1];
  if (typeof last !== "function") return state.enter(entered(args));
  return state.within(entered(args.slice(0, -1)), last as () => R);
}

/** Whether autocast can be used with a type of device: it has a list of operations, and such a device is there. */
export function isAutocastAvailable(deviceType: string): boolean {
  return policies.has(deviceType) && deviceCount(deviceType) > 0;
}

function casting(op: string, deviceType: string): Casting {
  const found = state.current.devices.get(Device.of(deviceType).type);
  if (found === undefined) throw new ArgumentError(`${op}: unsupported device type for autocast: '${deviceType}'`);
  return found;
}

/** Whether autocast is on for a type of device. */
export function isAutocastEnabled(deviceType = "cpu"): boolean {
  return state.current.devices.get(Device.of(deviceType).type)?.enabled ?? false;
}

/** What products are computed in under autocast, where the scope does not say. */
export function getAutocastDtype(deviceType: string): DType {
  return casting("getAutocastDtype", deviceType).dtype;
}

/** Switches autocast on or off for a type of device, for good or to the end of the scope around it. */
export function setAutocastEnabled(deviceType: string, enabled: boolean): void {
  change(deviceType, { ...casting("setAutocastEnabled", deviceType), enabled });
}

/** Sets the dtype of scopes that do not say one. */
export function setAutocastDtype(deviceType: string, dtype: DType): void {
  change(deviceType, { ...casting("setAutocastDtype", deviceType), dtype });
}

function change(deviceType: string, to: Casting): void {
  state.assign({ ...state.current, devices: new Map(state.current.devices).set(deviceType, to) });
}

/** Whether casts of parameters are kept within a scope. */
export function isAutocastCacheEnabled(): boolean {
  return state.current.cacheEnabled;
}

/** Says whether casts of parameters are kept within a scope. */
export function setAutocastCacheEnabled(enabled: boolean): void {
  state.assign({ ...state.current, cacheEnabled: enabled });
}

/** Forgets the casts of parameters that were kept. */
export function clearAutocastCache(): void {
  state.current.cache?.clear();
}

/** @internal Runs callbacks as autocast stands now, later. */
export function autocastAsNow(): <R>(callback: () => R) => R {
  const now = state.current;
  return (callback) => state.within({ ...now, cache: new Map() }, callback);
}
