/** From what a checkpoint describes to JavaScript values: tensors with their elements, plain objects, arrays, maps. */

import { backendOf } from "../../backend/registry.js";
import type { Storage } from "../../backend/storage.js";
import { Complex } from "../../core/complex.js";
import { Device } from "../../core/device.js";
import { DType } from "../../core/dtype.js";
import { Parameter } from "../../nn/parameter.js";
import { tensorOver } from "../../tensor/create.js";
import { Size } from "../../tensor/size.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Dict, PythonSet } from "../pickle/values.js";
import type { Pieces } from "../pieces.js";
import type { ByteSource } from "../source.js";
import { storageFrom } from "./elements.js";
import { isParameter, isPart, isStorage, isTensor } from "./meanings.js";
import { type MapLocation, placed } from "./placement.js";
import type { StorageReference, TensorReference } from "./references.js";

/** Python itself pickles less deeply nested values. */
const DEEPEST = 1000;

/** The storages of one file. */
export interface StorageFile {
  /** Throws unless the file has the storage's elements. Reads none. */
  check(reference: StorageReference): void;
  /** Fills memory with the storage's elements. */
  fill(reference: StorageReference, into: Pieces): void;
}

/** Sets an own property of any name, `__proto__` too. */
function setOwn(object: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true });
}

/** Makes the values of one file. What is one object in the file is one here. */
export class Reviver {
  private readonly made = new Map<object, unknown>();
  private readonly storages = new Map<StorageReference, Storage>();

  constructor(
    private readonly source: ByteSource,
    private readonly file: StorageFile,
    private readonly mapLocation: MapLocation,
  ) {}

  /** The value that a description stands for. */
  revive(value: unknown, depth: number = 0): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (depth > DEEPEST) throw this.source.fail(`holds values nested more than ${DEEPEST} deep`);
    const known = this.made.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value) && !(value instanceof Size)) return this.array(value, depth);
    if (value instanceof Dict) return this.dict(value, depth);
    if (value instanceof PythonSet) return this.set(value, depth);
    const made = this.single(value);
    this.made.set(value, made);
    return made;
  }

  private single(value: object): unknown {
    if (isTensor(value)) return this.tensor(value);
    if (isParameter(value)) return new Parameter(this.tensor(value.data), value.requiresGrad);
    if (isStorage(value)) return this.elements(value, 0, value.length);
    if (isPart(value)) return this.elements(value.storage, value.offset, value.storage.length - value.offset);
    if (
      value instanceof Size ||
      value instanceof Uint8Array ||
      value instanceof Complex ||
      value instanceof DType ||
      value instanceof Device
    )
      return value;
    throw this.source.fail("holds a function or class of Python's, which is no data");
  }

  private array(items: readonly unknown[], depth: number): readonly unknown[] {
    const made: unknown[] = [];
    this.made.set(items, made);
    for (const item of items) made.push(this.revive(item, depth + 1));
    return Object.isFrozen(items) ? Object.freeze(made) : made;
  }

  private set(set: PythonSet, depth: number): Set<unknown> {
    const made = new Set<unknown>();
    this.made.set(set, made);
    for (const member of set.members) made.add(this.revive(member, depth + 1));
    return made;
  }

  /** A plain object where all keys are strings, or all are whole numbers; else a map. */
  private dict(dict: Dict, depth: number): unknown {
    const keys = dict.pairs.map(([key]) => key);
    const isPlain =
      keys.every((key) => typeof key === "string") || keys.every((key) => typeof key === "number" && Number.isSafeInteger(key) && key >= 0);
    if (!isPlain) return this.map(dict, depth);
    const made = {};
    this.made.set(dict, made);
    for (const [key, item] of dict.pairs) setOwn(made, String(key), this.revive(item, depth + 1), true);
    const attributes = dict.attributes instanceof Dict ? dict.attributes.pairs : [];
    const metadata = attributes.find(([name]) => name === "_metadata")?.[1];
    if (metadata instanceof Dict) setOwn(made, "_metadata", this.revive(metadata, depth + 1), false);
    return made;
  }

  private map(dict: Dict, depth: number): Map<unknown, unknown> {
    const made = new Map<unknown, unknown>();
    this.made.set(dict, made);
    for (const [key, item] of dict.pairs) made.set(this.revive(key, depth + 1), this.revive(item, depth + 1));
    return made;
  }

  private storage(reference: StorageReference): Storage {
    const known = this.storages.get(reference);
    if (known !== undefined) return known;
    this.file.check(reference);
    const backend = placed(this.source.call, this.mapLocation, reference.location);
    const made = storageFrom(backend, reference.dtype, reference.length, (bytes) => this.file.fill(reference, bytes));
    this.storages.set(reference, made);
    return made;
  }

  private elements(reference: StorageReference, offset: number, length: number): Tensor {
    return tensorOver(this.storage(reference), [length], [1], offset, reference.dtype);
  }

  private tensor({ storage, dtype, shape, strides, offset, requiresGrad, pending }: TensorReference): Tensor {
    if (storage === null) {
      const memory = backendOf(Device.of("meta")).allocate(dtype, 0);
      const tensor = tensorOver(memory, shape, strides, 0, dtype);
      if (requiresGrad) tensor.requiresGrad = true;
      return tensor;
    }
    const memory = this.storage(storage);
    let tensor = tensorOver(memory.dtype === dtype ? memory : memory.reinterpret(dtype), shape, strides, offset, dtype);
    for (const step of pending) tensor = step === "conj" ? tensor.conj() : tensor.neg();
    if (requiresGrad) tensor.requiresGrad = true;
    return tensor;
  }
}
