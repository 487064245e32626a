/** Random generators: the streams that sampling draws from, one by default for each device. */

import type { Backend, RandomState } from "../backend/contract.js";
import { backendOf } from "../backend/registry.js";
import { Device } from "../core/device.js";
import { uint8 } from "../core/dtype.js";
import { ArgumentError, DeviceError, DTypeError } from "../core/errors.js";
import { fromHost, resolveBackend } from "./create.js";
import type { Tensor } from "./tensor.js";

/** The seed of a generator that was given none, as in PyTorch. */
const UNSEEDED = 67280421310721n;

/** An integer as users read it: a bigint only beyond 2^53. */
function plain(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function seedOf(op: string, seed: number | bigint): bigint {
  if (typeof seed === "number" && !Number.isInteger(seed)) throw new ArgumentError(`${op}: a seed is an integer, ${seed} is not`);
  const value = BigInt(seed);
  if (value < -(2n ** 63n) || value >= 2n ** 64n)
    throw new ArgumentError(`${op}: Overflow when unpacking long: a seed lies in [-2^63, 2^64), ${value} does not`);
  return BigInt.asUintN(64, value);
}

function unforeseeable(): bigint {
  const [word] = globalThis.crypto.getRandomValues(new BigUint64Array(1));
  // 53 bits, so that the seed is a plain number.
  return (word as bigint) >> 11n;
}

/**
 * A stream of random numbers on a device. Equal seeds give equal streams.
 * @example
 * ```ts
 * const generator = new torch.Generator().manualSeed(42);
 * torch.randn(3, { generator }); // tensor([0.3367, 0.1288, 0.2345])
 * ```
 */
export class Generator {
  /** @internal What kernels draw from. */
  current: RandomState;

  /** @throws {DeviceError} if the device is absent. */
  constructor(device: Device | string = "cpu") {
    this.current = backendOf(Device.of(device)).randomState(UNSEEDED);
    this.device = Device.of(device);
  }

  /** The device on which the generator draws. */
  readonly device: Device;

  /** Starts the stream of a seed anew. */
  manualSeed(seed: number | bigint): this {
    this.current = backendOf(this.device).randomState(seedOf("manualSeed", seed));
    return this;
  }

  /** Starts the stream of a seed that nobody can foresee, and returns the seed. */
  seed(): number | bigint {
    const seed = unforeseeable();
    this.manualSeed(seed);
    return plain(seed);
  }

  /** The seed that the stream started from. */
  initialSeed(): number | bigint {
    return plain(this.current.seed);
  }

  /** The state of the stream, as bytes on the CPU. */
  getState(): Tensor {
    const bytes = this.current.save();
    return fromHost(bytes, [bytes.length], uint8, backendOf(Device.of("cpu")));
  }

  /**
   * Continues from a state that `getState` gave.
   * @throws {DTypeError} if it is not a tensor of bytes.
   */
  setState(state: Tensor): this {
    if (state.dtype !== uint8) throw new DTypeError(`setState: RNG state must be a torch.ByteTensor, got ${state.dtype}`);
    this.current.restore(state.storage.backend.read(state) as Uint8Array);
    return this;
  }

  /** Another generator in the same state, which goes its own way from here. */
  cloneState(): Generator {
    return new Generator(this.device).manualSeed(this.current.seed).setState(this.getState());
  }

  /** `<torch.Generator on cpu>` */
  toString(): string {
    return `<torch.Generator on ${this.device}>`;
  }
}

const defaults = new Map<Backend, Generator>();
let commonSeed: bigint | null = null;

/** The generator that a device draws from where none is given. */
export function defaultGenerator(backend: Backend): Generator {
  let generator = defaults.get(backend);
  if (generator === undefined) {
    generator = new Generator(backend.device);
    if (commonSeed === null) generator.seed();
    else generator.manualSeed(commonSeed);
    defaults.set(backend, generator);
  }
  return generator;
}

/**
 * The state that an operation draws from on a backend.
 * @throws {DeviceError} if the generator belongs to another device.
 */
export function stateFor(op: string, generator: Generator | null, backend: Backend): RandomState {
  if (generator === null) return defaultGenerator(backend).current;
  if (generator.device.type !== backend.device.type) {
    // What is made on the meta device has no values, so that any generator will do.
    if (backend.device.type === "meta") return defaultGenerator(backend).current;
    throw new DeviceError(`${op}: Expected a '${backend.device.type}' device type for generator but found '${generator.device.type}'`);
  }
  return generator.current;
}

const cpu = (): Generator => defaultGenerator(resolveBackend("cpu"));

/**
 * Seeds the default generators of all devices. Returns that of the CPU.
 * @example
 * ```ts
 * torch.manualSeed(42);
 * torch.rand(2); // tensor([0.8823, 0.9150])
 * ```
 */
export function manualSeed(seed: number | bigint): Generator {
  commonSeed = seedOf("manualSeed", seed);
  for (const generator of defaults.values()) generator.manualSeed(commonSeed);
  return cpu();
}

/** Seeds the default generators with a number that nobody can foresee, and returns it. */
export function seed(): number | bigint {
  const value = unforeseeable();
  manualSeed(value);
  return plain(value);
}

/** The seed of the CPU's default generator. */
export function initialSeed(): number | bigint {
  return cpu().initialSeed();
}

/** The state of the CPU's default generator, as a tensor of bytes. */
export function getRngState(): Tensor {
  return cpu().getState();
}

/** Sets the state of the CPU's default generator. */
export function setRngState(newState: Tensor): void {
  cpu().setState(newState);
}

/** Notes where the random streams of all devices stand; what it returns takes them back there. */
function noted(): () => void {
  cpu();
  const before = [...defaults.values()].map((generator) => [generator, generator.current.seed, generator.current.save()] as const);
  return () => {
    for (const [generator, from, state] of before) generator.manualSeed(from).current.restore(state);
  };
}

/**
 * Calls back, then continues the random streams of all devices from where they were before.
 * @example
 * ```ts
 * const noise = torch.random.forkRng(() => torch.randn(3)); // the next numbers are drawn as if this had not been
 * ```
 */
export function forkRng<R>(callback: () => R): R {
  const restore = noted();
  let result: R;
  try {
    result = callback();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as R;
  restore();
  return result;
}

/** @internal Calls back later with the random streams where they stand now, then continues them from where they were. */
export function rngAsNow(): <R>(callback: () => R) => R {
  const goBack = noted();
  return (callback) =>
    forkRng(() => {
      goBack();
      return callback();
    });
}
