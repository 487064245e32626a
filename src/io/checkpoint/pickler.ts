/** From JavaScript values to the pickle of a checkpoint, and the storages that it mentions. */

import type { Storage } from "../../backend/storage.js";
import { Complex } from "../../core/complex.js";
import { Device } from "../../core/device.js";
import { DType } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import { isUninitialized, Parameter } from "../../nn/parameter.js";
import { metadataOf } from "../../nn/stateDict.js";
import { Size } from "../../tensor/size.js";
import { Tensor } from "../../tensor/tensor.js";
import { shown } from "../pickle/values.js";
import { PickleWriter } from "../pickle/writer.js";
import { storageName } from "./names.js";

/** Python itself pickles less deeply nested values. */
const DEEPEST = 1000;

type Step = () => void;

/** The tag under which PyTorch finds a device again. Devices that only this library has are saved as the CPU. */
function locationOf(device: Device): string {
  return device.type === "cuda" ? `cuda:${device.index ?? 0}` : "cpu";
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether names are those of an array's places: `0`, `1`, `12`. */
function areIndices(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => /^(0|[1-9]\d{0,14})$/.test(name));
}

/** Tells storages apart by the memory behind them: two objects may stand for one memory. */
class Memories {
  private readonly buffers = new Map<object, Map<number, { readonly key: string; readonly dtype: DType }>>();
  readonly storages: Storage[] = [];

  /** The name of a storage in the file. */
  keyOf(storage: Storage): string {
    const memory = storage.length === 0 ? null : storage.backend.hostMemory(storage);
    const owner: object = storage.length === 0 ? storage : (memory?.data.buffer ?? storage.root);
    const at = memory === null ? 0 : memory.data.byteOffset + memory.base * storage.dtype.itemsize;
    const places = this.buffers.get(owner) ?? new Map<number, { readonly key: string; readonly dtype: DType }>();
    this.buffers.set(owner, places);
    const known = places.get(at);
    if (known === undefined) {
      const key = String(this.storages.length);
      this.storages.push(storage);
      places.set(at, { key, dtype: storage.dtype });
      return key;
    }
    if (known.dtype === storage.dtype) return known.key;
    throw new SerializationError(
      `save: Cannot save multiple tensors or storages that view the same data as different types: ${known.dtype} and ${storage.dtype}; clone() one of them`,
    );
  }
}

/** Describes one value in a pickle. */
export class CheckpointPickler {
  private readonly out = new PickleWriter();
  private readonly memories = new Memories();
  private depth = 0;

  /** The storages that the pickle mentions, in the order of their names. */
  get storages(): readonly Storage[] {
    return this.memories.storages;
  }

  /** The whole pickle of a value. */
  pickle(value: unknown): Uint8Array {
    this.value(value, "obj");
    return this.out.finish();
  }

  private value(value: unknown, path: string): void {
    const { out } = this;
    if (value === null) return out.none();
    switch (typeof value) {
      case "boolean":
        return out.bool(value);
      case "number":
        return Number.isSafeInteger(value) && !Object.is(value, -0) ? out.int(value) : out.float(value);
      case "bigint":
        return out.int(value);
      case "string":
        return this.string(value, path);
      case "object":
        if (!out.recalled(value)) this.nested(value, path);
        return;
      default:
        throw this.refusal(path, typeof value === "function" ? "a function or module" : String(value));
    }
  }

  private refusal(path: string, what: string): SerializationError {
    return new SerializationError(
      `save: ${path} is ${what}, which cannot be saved. Tensors, numbers, strings, booleans, null, bytes, arrays, plain objects, maps and sets can; of modules and optimizers save the stateDict()`,
    );
  }

  private string(value: string, path: string): void {
    if (/[\ud800-\udfff]/.test(value) && /(?:[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff])/.test(value)) {
      throw this.refusal(path, "a string with half a surrogate pair");
    }
    this.out.string(value);
  }

  private nested(value: object, path: string): void {
    if (++this.depth > DEEPEST)
      throw new SerializationError(`save: ${path.slice(0, 60)}… is nested more than ${DEEPEST} deep, or contains itself`);
    this.object(value, path);
    this.depth--;
  }

  private object(value: object, path: string): void {
    if (value instanceof Tensor) return this.tensor(value, path);
    if (value instanceof Size) return this.out.call("torch", "Size", [() => this.out.ints(value)], value);
    if (Array.isArray(value)) return this.array(value, path);
    if (value instanceof Map) return this.map(value, path);
    if (value instanceof Set) return this.set(value, path);
    if (value instanceof Uint8Array) return this.out.bytes(value);
    if (value instanceof DType) return this.out.global("torch", value.name);
    if (value instanceof Device) return this.device(value);
    if (value instanceof Complex) {
      return this.out.call("__builtin__", "complex", [() => this.out.float(value.re), () => this.out.float(value.im)], value);
    }
    if (isPlain(value)) return this.plain(value, path);
    throw this.refusal(path, `a ${value.constructor.name || "class instance"}`);
  }

  private device(device: Device): void {
    const { index } = device;
    this.out.call("torch", "device", [() => this.out.string(device.type), ...(index === null ? [] : [() => this.out.int(index)])], device);
  }

  private array(items: readonly unknown[], path: string): void {
    const steps = Array.from(
      items,
      (item, i): Step =>
        () =>
          this.value(item, `${path}[${i}]`),
    );
    if (Object.isFrozen(items)) return this.out.tupleAs(items, steps);
    this.out.empty("list", items);
    this.out.append(steps);
  }

  private map(map: ReadonlyMap<unknown, unknown>, path: string): void {
    this.out.empty("dict", map);
    this.out.setItems(
      Array.from(
        map,
        ([key, item]): Step =>
          () => {
            this.value(key, `a key of ${path}`);
            this.value(item, `${path}.get(${shown(key)})`);
          },
      ),
    );
  }

  private set(set: ReadonlySet<unknown>, path: string): void {
    const members = (): void => {
      this.out.empty("list");
      this.out.append(
        Array.from(
          set,
          (member): Step =>
            () =>
              this.value(member, `a member of ${path}`),
        ),
      );
    };
    this.out.call("__builtin__", "set", [members], set);
  }

  /** A dict; an `OrderedDict` where metadata are attached, as to the state of a module. */
  private plain(object: Readonly<Record<string, unknown>>, path: string): void {
    const metadata = Object.prototype.propertyIsEnumerable.call(object, "_metadata") ? null : metadataOf(object);
    if (metadata === null) {
      this.out.empty("dict", object);
      return this.items(object, path, areIndices(Object.keys(object)));
    }
    this.orderedDict(object);
    this.items(object, path, false);
    this.out.build(() => {
      this.out.empty("dict");
      this.out.setItems([
        () => {
          this.out.string("_metadata");
          this.orderedDict(metadata);
          this.items(metadata, `${path}._metadata`, false);
        },
      ]);
    });
  }

  private orderedDict(as?: object): void {
    this.out.call("collections", "OrderedDict", [], as);
  }

  private items(object: Readonly<Record<string, unknown>>, path: string, isNumbered: boolean): void {
    const entries = Object.entries(object).filter(([, item]) => item !== undefined);
    this.out.setItems(
      entries.map(
        ([name, item]): Step =>
          () => {
            if (isNumbered) this.out.int(Number(name));
            else this.string(name, path);
            this.value(item, `${path}[${JSON.stringify(name)}]`);
          },
      ),
    );
  }

  private tensor(tensor: Tensor, path: string): void {
    if (isUninitialized(tensor)) throw this.refusal(path, "a parameter that has no shape yet");
    if (!(tensor instanceof Parameter)) return this.rebuilt(tensor, tensor.requiresGrad, tensor);
    const parts = [() => this.rebuilt(tensor, false), () => this.out.bool(tensor.requiresGrad), () => this.orderedDict()];
    this.out.call("torch._utils", "_rebuild_parameter", parts, tensor);
  }

  private rebuilt(tensor: Tensor, requiresGrad: boolean, as?: Tensor): void {
    const { out } = this;
    const layout = [() => out.ints(tensor.shape), () => out.ints(tensor.strides), () => out.bool(requiresGrad)];
    if (tensor.device.type === "meta") {
      return out.call("torch._utils", "_rebuild_meta_tensor_no_storage", [() => out.global("torch", tensor.dtype.name), ...layout], as);
    }
    const parts = [() => this.storage(tensor.storage), () => out.int(tensor.offset), ...layout, () => this.orderedDict()];
    out.call("torch._utils", "_rebuild_tensor_v2", parts, as);
  }

  private storage(storage: Storage): void {
    const { out } = this;
    out.tuple([
      () => out.string("storage"),
      () => out.global("torch", storageName(storage.dtype)),
      () => out.string(this.memories.keyOf(storage)),
      () => out.string(locationOf(storage.device)),
      () => out.int(storage.length),
    ]);
    out.persistent();
  }
}
