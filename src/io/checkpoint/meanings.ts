/** What the names in PyTorch's checkpoints mean: the whole list of what may be loaded. Anything else is an error that names it. */

import { Complex } from "../../core/complex.js";
import { Device } from "../../core/device.js";
import { DType, uint8 } from "../../core/dtype.js";
import type { SerializationError } from "../../core/errors.js";
import { Size } from "../../tensor/size.js";
import type { Meanings } from "../pickle/reader.js";
import { Dict, GlobalName, isTuple, PythonSet, shown } from "../pickle/values.js";
import type { ByteSource } from "../source.js";
import { constantNamed, isAbsentDType, StorageType } from "./names.js";
import {
  checkedLayout,
  count,
  type ParameterReference,
  type StoragePart,
  type StorageReference,
  type TensorReference,
} from "./references.js";

function hasKind<K extends string>(value: unknown, kind: K): value is { readonly kind: K } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Whether a value is a storage in the file. */
export function isStorage(value: unknown): value is StorageReference {
  return hasKind(value, "storage");
}

/** Whether a value is a part of a storage in the file. */
export function isPart(value: unknown): value is StoragePart {
  return hasKind(value, "part");
}

/** Whether a value is a tensor in the file. */
export function isTensor(value: unknown): value is TensorReference {
  return hasKind(value, "tensor");
}

/** Whether a value is a parameter in the file. */
export function isParameter(value: unknown): value is ParameterReference {
  return hasKind(value, "parameter");
}

type Args = readonly unknown[];

/** The meanings for one file. */
export class CheckpointMeanings implements Meanings {
  /** Every storage that the pickle mentions. */
  readonly storages: Map<string, StorageReference> = new Map();

  constructor(private readonly source: ByteSource) {}

  fail(text: string): SerializationError {
    return this.source.fail(text);
  }

  global(path: string): unknown {
    const constant = constantNamed(path);
    if (constant !== undefined) return constant;
    if (this.calls.has(path)) return new GlobalName(path);
    if (isAbsentDType(path)) throw this.fail(`Unsupported global: ${path}, a type of elements that is not supported`);
    throw this.fail(
      `Unsupported global: GLOBAL ${path} was not an allowed global by default. Only data is loaded: tensors, parameters, numbers, strings and containers of them`,
    );
  }

  reduce(name: GlobalName, args: Args): unknown {
    const meaning = this.calls.get(name.path);
    if (meaning === undefined) throw this.fail(`Unsupported global: GLOBAL ${name.path}`);
    return meaning(args);
  }

  build(object: unknown, state: unknown): void {
    if (!(object instanceof Dict) || !object.ordered || !(state instanceof Dict)) {
      throw this.fail("the pickle gives state to an object that has none: Can only build OrderedDict");
    }
    object.attributes = state;
  }

  persistent(id: unknown): unknown {
    const [kind, type, key, location, numel, part = null] = isTuple(id) ? id : [];
    if (kind !== "storage") throw this.fail(`Only persistent_load of storage is allowed, but got ${shown(kind)}`);
    if (!(type instanceof StorageType) || typeof key !== "string" || typeof location !== "string")
      throw this.fail("the pickle describes a storage wrongly");
    const dtype = type.dtype ?? uint8;
    const length = count(this.source, numel, `the length of storage '${key}'`);
    const storage = this.storageOf({ kind: "storage", key, dtype, length, location });
    if (part === null) return storage;
    const [, offset, size] = isTuple(part) ? part : [];
    const from = count(this.source, offset, `the offset of a part of storage '${key}'`);
    if (from + count(this.source, size, `the length of a part of storage '${key}'`) > length)
      throw this.fail(`a part of storage '${key}' lies outside of it`);
    return { kind: "part", storage, offset: from } satisfies StoragePart;
  }

  /** The one description of a storage: all that mention it must agree. */
  private storageOf(reference: StorageReference): StorageReference {
    const known = this.storages.get(reference.key);
    if (known === undefined) {
      this.storages.set(reference.key, reference);
      return reference;
    }
    if (known.dtype === reference.dtype && known.length === reference.length) return known;
    throw this.fail(
      `storage '${reference.key}' is described both as ${known.length} of ${known.dtype} and as ${reference.length} of ${reference.dtype}`,
    );
  }

  private readonly calls: ReadonlyMap<string, (args: Args) => unknown> = new Map<string, (args: Args) => unknown>([
    ["collections.OrderedDict", (args) => this.dict(args, true)],
    ["collections.Counter", (args) => this.dict(args, false)],
    ["builtins.set", ([members]) => this.set(members)],
    ["builtins.frozenset", ([members]) => this.set(members)],
    ["builtins.bytearray", ([bytes]) => this.bytearray(bytes)],
    ["builtins.complex", ([re, im]) => this.complex(re, im)],
    ["_codecs.encode", ([text, encoding]) => this.encoded(text, encoding)],
    ["torch.Size", ([sizes]) => this.size(sizes)],
    ["torch.device", ([type, index]) => this.device(type, index)],
    ["torch.Tensor", () => this.unsupported("torch.Tensor in the form of PyTorch 0.1")],
    ["torch.nn.parameter.Parameter", ([data, requiresGrad = true]) => this.parameter(data, requiresGrad)],
    ["torch._utils._rebuild_parameter", ([data, requiresGrad]) => this.parameter(data, requiresGrad)],
    ["torch._utils._rebuild_parameter_with_state", ([data, requiresGrad]) => this.parameter(data, requiresGrad)],
    [
      "torch._utils._rebuild_tensor",
      ([storage, offset, shape, strides]) => this.tensor(storage, null, { offset, shape, strides }, false, null),
    ],
    [
      "torch._utils._rebuild_tensor_v2",
      ([storage, offset, shape, strides, requiresGrad, , pending]) =>
        this.tensor(storage, null, { offset, shape, strides }, requiresGrad, pending),
    ],
    [
      "torch._utils._rebuild_tensor_v3",
      ([storage, offset, shape, strides, requiresGrad, , dtype, pending]) =>
        this.tensor(storage, dtype, { offset, shape, strides }, requiresGrad, pending),
    ],
    [
      "torch._utils._rebuild_meta_tensor_no_storage",
      ([dtype, shape, strides, requiresGrad]) => this.meta(dtype, { offset: 0, shape, strides }, requiresGrad),
    ],
    ["torch._tensor._rebuild_from_type_v2", ([rebuild, type, args]) => this.withAttributes(rebuild, type, args)],
  ]);

  private unsupported(what: string): never {
    throw this.fail(`${what} is not supported`);
  }

  private dict(args: Args, ordered: boolean): Dict {
    const dict = new Dict(ordered);
    const [given] = args;
    if (given instanceof Dict) for (const pair of given.pairs) dict.pairs.push(pair);
    else if (Array.isArray(given)) {
      for (const pair of given as unknown[]) {
        if (!Array.isArray(pair) || pair.length !== 2) throw this.fail("the pickle makes a dict of what are no pairs");
        dict.pairs.push([pair[0], pair[1]]);
      }
    } else if (given !== undefined) throw this.fail("the pickle makes a dict of what is none");
    return dict;
  }

  private set(members: unknown): PythonSet {
    if (members !== undefined && !Array.isArray(members)) throw this.fail("the pickle makes a set of what is no list");
    return new PythonSet([...((members as unknown[] | undefined) ?? [])]);
  }

  private bytearray(bytes: unknown): Uint8Array {
    if (bytes === undefined) return new Uint8Array(0);
    return bytes instanceof Uint8Array ? bytes : this.unsupported("a bytearray of anything but bytes");
  }

  private complex(re: unknown, im: unknown): Complex {
    if (typeof re !== "number" || typeof im !== "number") throw this.fail("the pickle makes a complex number of what are no numbers");
    return new Complex(re, im);
  }

  /** Bytes in protocol 2: text of which each character is one of them. */
  private encoded(text: unknown, encoding: unknown): Uint8Array {
    if (typeof text !== "string" || encoding !== "latin1")
      throw this.fail(`_codecs.encode is known for latin1 only, not ${shown(encoding)}`);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  private size(sizes: unknown): Size {
    const values = Array.isArray(sizes) ? (sizes as unknown[]) : [];
    return Size.ofShape(values.map((value) => count(this.source, value, "torch.Size")));
  }

  private device(type: unknown, index: unknown): Device {
    if (typeof type !== "string") throw this.fail("the pickle names a device by what is no text");
    return Device.of(typeof index === "number" ? `${type}:${index}` : type);
  }

  private parameter(data: unknown, requiresGrad: unknown): ParameterReference {
    const tensor = isParameter(data) ? data.data : data;
    if (!isTensor(tensor)) throw this.fail("the pickle makes a parameter of what is no tensor");
    return { kind: "parameter", data: tensor, requiresGrad: requiresGrad === true };
  }

  private tensor(
    from: unknown,
    as: unknown,
    given: { shape: unknown; strides: unknown; offset: unknown },
    requiresGrad: unknown,
    metadata: unknown,
  ): TensorReference {
    const storage = isPart(from) ? from.storage : from;
    if (!isStorage(storage)) throw this.fail("the pickle makes a tensor of what is no storage");
    if (as !== null && !(as instanceof DType)) throw this.fail("the pickle gives a tensor a dtype that is none");
    const dtype = as ?? storage.dtype;
    const shift = isPart(from) ? from.offset : 0;
    const length = Math.floor((storage.length * storage.dtype.itemsize) / dtype.itemsize);
    const { shape, strides, offset, numel } = checkedLayout(this.source, length - shift, given);
    const pending = this.pending(metadata);
    // Doing what is pending takes memory for every element: an expanded tensor would take more than the file has.
    if (pending.length > 0 && numel > length)
      throw this.fail(`a tensor of shape [${shape.join(", ")}] cannot be conjugated: it has more elements than its storage`);
    return { kind: "tensor", storage, dtype, shape, strides, offset: offset + shift, requiresGrad: requiresGrad === true, pending };
  }

  private pending(metadata: unknown): ("conj" | "neg")[] {
    const pairs = metadata instanceof Dict ? metadata.pairs : [];
    return (["conj", "neg"] as const).filter((name) => pairs.some(([key, value]) => key === name && value === true));
  }

  private meta(dtype: unknown, given: { shape: unknown; strides: unknown; offset: unknown }, requiresGrad: unknown): TensorReference {
    if (!(dtype instanceof DType)) throw this.fail("the pickle gives a tensor a dtype that is none");
    const { shape, strides } = checkedLayout(this.source, Number.MAX_SAFE_INTEGER, given);
    return { kind: "tensor", storage: null, dtype, shape, strides, offset: 0, requiresGrad: requiresGrad === true, pending: [] };
  }

  /** A tensor that carries attributes of the user's: the tensor is loaded, they are not. */
  private withAttributes(rebuild: unknown, type: unknown, args: unknown): unknown {
    const isKnown = type instanceof GlobalName && (type.path === "torch.Tensor" || type.path === "torch.nn.parameter.Parameter");
    if (!(rebuild instanceof GlobalName) || !rebuild.path.startsWith("torch._utils._rebuild_") || !isKnown || !isTuple(args)) {
      throw this.fail("the pickle has a tensor of a class that is not supported");
    }
    return this.reduce(rebuild, args);
  }
}
