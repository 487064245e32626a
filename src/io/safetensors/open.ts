/** Reading safetensors files: whole, or tensor by tensor. */

import type { Backend } from "../../backend/contract.js";
import { backendOf } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import { SerializationError } from "../../core/errors.js";
import { contiguousStrides } from "../../core/shape.js";
import { cat } from "../../ops/shape/joining.js";
import { tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { storageFrom } from "../checkpoint/elements.js";
import { type ByteSource, openSource, type Readable } from "../source.js";
import { type Header, nameOfDType, readHeader, type TensorEntry } from "./header.js";

/** Options of reading. */
export interface OpenOptions {
  /** Where tensors go; the CPU by default. */
  device?: Device | string;
}

/** A part of a tensor in a file that is read when it is indexed. */
export class TensorSlice {
  /** @internal */
  constructor(
    private readonly entry: TensorEntry,
    private readonly rows: (entry: TensorEntry, from: number, to: number) => Tensor,
  ) {}

  /** The sizes of the whole tensor. */
  getShape(): readonly number[] {
    return [...this.entry.shape];
  }

  /** The format's name of the dtype, such as `F32`. */
  getDtype(): string {
    return nameOfDType(this.entry.dtype) ?? "";
  }

  /**
   * The indexed part, as `Tensor.index` gives it. Where the first index is a number or a range `"a:b"` or `"a:b:step"`, only those rows are read.
   * @throws {IndexError} as `Tensor.index`.
   */
  index(...indices: Parameters<Tensor["index"]>): Tensor {
    const [first, ...rest] = indices;
    const size = this.entry.shape[0];
    if (size === undefined) return this.rows(this.entry, 0, 0).index(...indices);
    const range = typeof first === "string" ? /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(first.trim()) : null;
    if (range === null && !(typeof first === "number" && Number.isInteger(first) && first >= -size && first < size))
      return this.rows(this.entry, 0, size).index(...indices);
    const bound = (text: string | undefined, fallback: number): number => {
      const n = text === undefined ? fallback : Number(text);
      return Math.min(Math.max(n < 0 ? n + size : n, 0), size);
    };
    if (range === null) {
      const row = bound(String(first), 0);
      return this.rows(this.entry, row, row + 1).index(0, ...rest);
    }
    const from = bound(range[1], 0);
    const to = Math.max(bound(range[2], size), from);
    const step = Number(range[3] ?? 1);
    if (step <= 1 || from === to) return this.rows(this.entry, from, to).index(step === 1 ? ":" : `::${step}`, ...rest);
    const count = Math.ceil((to - from) / step);
    return cat(Array.from({ length: count }, (_, i) => this.rows(this.entry, from + i * step, from + i * step + 1))).index(":", ...rest);
  }
}

/** An open safetensors file. Only its header has been read; tensors are when they are asked for. */
export class SafetensorsFile {
  private readonly header: Header;
  private readonly backend: Backend;
  private isOpen = true;

  /** @internal */
  constructor(
    private readonly source: ByteSource,
    device: Device | string,
  ) {
    this.backend = backendOf(Device.of(device));
    this.header = readHeader(source);
  }

  /** The names of the tensors, sorted. */
  keys(): string[] {
    return [...this.header.tensors.keys()].sort();
  }

  /** The names of the tensors in the order of their elements in the file. */
  offsetKeys(): string[] {
    return [...this.header.tensors.keys()];
  }

  /** The texts that were saved along, or null. */
  metadata(): Readonly<Record<string, string>> | null {
    return this.header.metadata;
  }

  /**
   * Reads one tensor.
   * @throws {SerializationError} if the file has none of that name.
   */
  getTensor(name: string): Tensor {
    const entry = this.entry(name);
    return this.rows(entry, 0, entry.shape[0] ?? 0);
  }

  /**
   * One tensor, of which nothing is read before it is indexed.
   * @throws {SerializationError} if the file has none of that name.
   */
  getSlice(name: string): TensorSlice {
    return new TensorSlice(this.entry(name), (entry, from, to) => this.rows(entry, from, to));
  }

  private entry(name: string): TensorEntry {
    const entry = this.header.tensors.get(name);
    if (entry !== undefined) return entry;
    throw this.source.fail(`File does not contain tensor ${name}`);
  }

  /** The rows `from` to `to` of a tensor; a tensor without dimensions as a whole. */
  private rows(entry: TensorEntry, from: number, to: number): Tensor {
    if (!this.isOpen) throw this.source.fail("is closed");
    const { dtype, name } = entry;
    const [size, ...rest] = entry.shape;
    const shape = size === undefined ? [] : [to - from, ...rest];
    const row = size === undefined || size === 0 ? entry.bytes : entry.bytes / size;
    const bytes = size === undefined ? row : row * (to - from);
    const storage = storageFrom(this.backend, dtype, bytes / dtype.itemsize, (into) =>
      this.source.readInto(into, entry.at + from * row, `tensor '${name}'`),
    );
    return tensorOver(storage, shape, contiguousStrides(shape), 0, dtype);
  }

  /** Closes the file. Tensors that were read stay. */
  close(): void {
    if (this.isOpen) this.source.close();
    this.isOpen = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @internal Opens a file for a call, whose errors begin with its name. */
export function openFor(call: string, path: Readable, { device = "cpu" }: OpenOptions): SafetensorsFile {
  const source = openSource(call, path);
  try {
    return new SafetensorsFile(source, device);
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * Opens a safetensors file, to read single tensors or parts of them. Close it, or declare it with `using`.
 * @param path the path of the file, or its bytes.
 * @throws {SerializationError} if the file breaks a rule of the format.
 * @example
 * ```ts
 * import { safetensors } from "flambeau/io";
 * safetensors.saveFile({ "embed.weight": torch.zeros(1000, 8) }, "model.safetensors");
 * using file = safetensors.safeOpen("model.safetensors");
 * file.getTensor("embed.weight").shape; // [1000, 8]
 * file.getSlice("embed.weight").index("0:100").shape; // [100, 8]
 * ```
 */
export function safeOpen(path: Readable, options: OpenOptions = {}): SafetensorsFile {
  return openFor("safeOpen", path, options);
}

/** Tensors by name. */
export interface Tensors {
  [name: string]: Tensor;
}

/** @internal Reads the tensors of some names, or all, into an object. */
export function readTensors(call: string, path: Readable, options: OpenOptions, into: Tensors, names: readonly string[] | null): void {
  using file = openFor(call, path, options);
  for (const name of names ?? file.offsetKeys()) {
    try {
      Object.defineProperty(into, name, { value: file.getTensor(name), enumerable: true, writable: true, configurable: true });
    } catch (error) {
      if (error instanceof RangeError)
        throw new SerializationError(`${call}: tensor '${name}' is too large for this host: ${error.message}`);
      throw error;
    }
  }
}
