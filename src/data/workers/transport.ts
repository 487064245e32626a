/** Values on their way between threads: plain data is copied, tensors move with their memory, portable values travel as their origin. */

import { dtypes, type TypedArray } from "../../core/dtype.js";
import { ArgumentError, AutogradError, DeviceError } from "../../core/errors.js";
import { contiguousStrides } from "../../core/shape.js";
import { resolveBackend, tensorOver } from "../../tensor/create.js";
import { isOptions } from "../../tensor/schema.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Modules, type Origin, originOf, remake } from "./portable.js";

/** A tensor: its elements in row-major order, from the start of an array. */
interface Packed {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  readonly requiresGrad: boolean;
}

/** What stands for an object of the value: in the copy it is the same object in `slots` and in `tree`, so that it can be told from plain data. */
type Slot = { readonly tensor: Packed } | { readonly origin: Origin };

/** A value as a message. */
export interface Parcel {
  readonly tree: unknown;
  /** What is to be put in, arguments before the values that are made of them. */
  readonly slots: readonly Slot[];
}

/** How tensors travel. */
export type Carriage =
  /** Their memory is handed over where nobody else holds it: what `defaultCollate` made. */
  | "handOver"
  /** A copy of their memory is handed over. */
  | "copy"
  /** A copy that any number of threads can read. */
  | "share";

/** Alignment may leave so many bytes of a buffer unused; slabs leave more. */
const SLACK = 64;

/** Packs values for another thread. */
export class Packer {
  /** The memory that is handed over with the message. */
  readonly transfer: ArrayBuffer[] = [];
  private readonly slots: Slot[] = [];
  private readonly found = new Map<object, unknown>();

  /** @param what the value, for errors: `the dataset`. */
  constructor(
    private readonly what: string,
    private readonly carriage: Carriage,
  ) {}

  /**
   * The message for a value.
   * @throws {ArgumentError} if it holds a function or an object that cannot travel.
   */
  pack(value: unknown): Parcel {
    return { tree: this.walk(value), slots: this.slots };
  }

  private walk(value: unknown): unknown {
    if (typeof value === "function") return this.portable(value);
    if (typeof value !== "object" || value === null) return value;
    const before = this.found.get(value);
    if (before !== undefined) return before;
    if (value instanceof Tensor) return this.remember(value, this.slot({ tensor: this.tensor(value) }));
    if (Array.isArray(value)) {
      const copy: unknown[] = this.remember(value, []);
      for (const item of value) copy.push(this.walk(item));
      return copy;
    }
    if (value instanceof Map) {
      const copy: Map<unknown, unknown> = this.remember(value, new Map());
      for (const [key, item] of value) copy.set(this.walk(key), this.walk(item));
      return copy;
    }
    if (isOptions(value)) {
      const copy: Record<string, unknown> = this.remember(value, {});
      for (const key of Object.keys(value)) copy[key] = this.walk(value[key]);
      return copy;
    }
    return originOf(value) === null ? this.cloneable(value) : this.portable(value);
  }

  private remember<C>(value: object, copy: C): C {
    this.found.set(value, copy);
    return copy;
  }

  private slot(slot: Slot): Slot {
    this.slots.push(slot);
    return slot;
  }

  private portable(value: object): unknown {
    const origin = originOf(value);
    if (origin === null) throw this.stays(value);
    const args = origin.args === null ? null : origin.args.map((arg) => this.walk(arg));
    return this.remember(value, this.slot({ origin: { ...origin, args } }));
  }

  /** Dates, typed arrays and the like copy themselves; objects with methods do not. */
  private cloneable(value: object): object {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isBuiltIn = Object.prototype.toString.call(value) !== "[object Object]" || value instanceof Error;
    if (isBuiltIn || prototype === Object.prototype || prototype === null) return value;
    throw this.stays(value);
  }

  private stays(value: object): ArgumentError {
    const name = typeof value === "function" ? `the function '${value.name}'` : `an object of class ${value.constructor.name}`;
    return new ArgumentError(
      `DataLoader: ${this.what} cannot go to another thread: ${name} is no plain data. Threads share no objects: say which module exports it, with fromModule(module, Class, ...args) or exported(module, function)`,
    );
  }

  private tensor(tensor: Tensor): Packed {
    if (!tensor.isLeaf) {
      throw new AutogradError(
        `DataLoader: Cowardly refusing to serialize non-leaf tensor which requires_grad: ${this.what} holds a tensor of shape [${tensor.shape.join(", ")}] with a gradFn; detach() it`,
      );
    }
    return { dtype: tensor.dtype.code, shape: tensor.shape, data: this.elements(tensor), requiresGrad: tensor.requiresGrad };
  }

  private elements(tensor: Tensor): TypedArray {
    const { backend } = tensor.storage;
    const memory = backend.hostMemory(tensor.storage);
    if (memory === null) {
      throw new DeviceError(
        `DataLoader: ${this.what} holds a tensor on the device ${tensor.device}; threads exchange tensors on the CPU: move it with cpu()`,
      );
    }
    const { dtype } = tensor;
    if (this.carriage === "share") {
      const elements = backend.read(tensor);
      const shared = new dtype.array(new SharedArrayBuffer(elements.byteLength), 0, elements.length);
      shared.set(elements as never);
      return shared;
    }
    const numbers = tensor.count * dtype.components;
    const start = (memory.base + tensor.offset) * dtype.components;
    const whole = memory.data.buffer.byteLength - numbers * dtype.array.BYTES_PER_ELEMENT <= SLACK;
    const data =
      this.carriage === "handOver" && tensor.dense && whole ? memory.data.subarray(start, start + numbers) : backend.read(tensor);
    if (data.buffer instanceof ArrayBuffer && !this.transfer.includes(data.buffer)) this.transfer.push(data.buffer);
    return data;
  }
}

/** The modules that a parcel needs. */
export function modulesOf({ slots }: Parcel): string[] {
  return [...new Set(slots.flatMap((slot) => ("origin" in slot ? [slot.origin.module] : [])))];
}

/** The value of a message; `modules` are those that it names. */
export function unpack({ tree, slots }: Parcel, modules: Modules = new Map()): unknown {
  const values = new Map<unknown, unknown>();
  const filled = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null) return node;
    if (values.has(node)) return values.get(node);
    if (node instanceof Map) {
      const entries = [...node];
      node.clear();
      values.set(node, node);
      for (const [key, item] of entries) node.set(filled(key), filled(item));
    } else if (Array.isArray(node)) {
      values.set(node, node);
      node.forEach((item, i) => {
        node[i] = filled(item);
      });
    } else if (isOptions(node)) {
      values.set(node, node);
      for (const key of Object.keys(node)) Object.assign(node, { [key]: filled(node[key]) });
    }
    return node;
  };
  for (const slot of slots) {
    if ("tensor" in slot) values.set(slot, unpackTensor(slot.tensor));
    else {
      const args = slot.origin.args === null ? null : (slot.origin.args.map(filled) as readonly unknown[]);
      values.set(slot, remake({ ...slot.origin, args }, modules));
    }
  }
  return filled(tree);
}

function unpackTensor({ dtype: code, shape, data, requiresGrad }: Packed): Tensor {
  const dtype = dtypes[code];
  if (dtype === undefined) throw new ArgumentError(`DataLoader: a message names dtype number ${code}, which is none`);
  const tensor = tensorOver(resolveBackend("cpu").upload(dtype, data), shape, contiguousStrides(shape), 0, dtype);
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}
