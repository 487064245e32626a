/**
 * Models in several safetensors files with an index beside them, as Hugging Face publishes them: `model.safetensors.index.json` tells which file holds
 * which tensor.
 */

import type { Device } from "../../core/device.js";
import { ArgumentError, SerializationError } from "../../core/errors.js";
import { writeFileAtomically } from "../atomic.js";
import { requiredModule } from "../host.js";
import { type Readable, withSource } from "../source.js";
import { readTensors, type Tensors } from "./open.js";
import { type Metadata, saveFile, type TensorsToSave } from "./save.js";

/** Indexes name tensors, and nothing else. */
const LONGEST_INDEX = 100_000_000;

/** The names of the tensors by the file that holds them. */
function readIndex(call: string, path: string | URL): Map<string, string[]> {
  return withSource(call, path, (source) => {
    if (source.size > LONGEST_INDEX) throw source.fail(`has ${source.size} bytes; an index has at most ${LONGEST_INDEX}`);
    let index: unknown;
    try {
      index = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(source.read(0, source.size, "the index")));
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      throw source.fail(`is no JSON text in UTF-8: ${error.message}`);
    }
    const map: unknown = typeof index === "object" && index !== null && "weight_map" in index ? index.weight_map : null;
    if (typeof map !== "object" || map === null || Array.isArray(map))
      throw source.fail("has no weight_map: it is no index of safetensors files");
    const files = new Map<string, string[]>();
    for (const [name, file] of Object.entries(map as Record<string, unknown>)) {
      // The files lie beside the index: a path elsewhere would let an index read any file.
      if (typeof file !== "string" || !/^[^/\\:]+\.safetensors$/.test(file)) {
        throw source.fail(`tensor '${name}' is said to be in ${JSON.stringify(file)}, which is no safetensors file beside the index`);
      }
      files.set(file, [...(files.get(file) ?? []), name]);
    }
    return files;
  });
}

function isIndex(path: Readable): path is string | URL {
  return (typeof path === "string" || path instanceof URL) && /\.json$/i.test(path instanceof URL ? path.pathname : path);
}

/** A file beside another. */
function beside(call: string, path: string | URL, file: string): string | URL {
  return path instanceof URL
    ? new URL(encodeURIComponent(file), path)
    : requiredModule(call, "path").join(requiredModule(call, "path").dirname(path), file);
}

/**
 * The tensors of a safetensors file by name, or of all files that an index (`….index.json`) lists.
 * @param path the path of the file or index, or the bytes of a file.
 * @param options `device`, where the tensors go; the CPU by default. The device may be given alone.
 * @throws {SerializationError} if a file breaks a rule of the format, or lacks a tensor of the index; the message names the tensor.
 * @example
 * ```ts
 * import { safetensors } from "flambeau/io";
 * safetensors.saveFile(model.stateDict(), "model.safetensors");
 * model.loadStateDict(safetensors.loadFile("model.safetensors"));
 * ```
 */
export function loadFile(path: Readable, options: Device | string | { device?: Device | string } = {}): Tensors {
  const given = typeof options === "string" || "type" in options ? { device: options } : options;
  const tensors: Tensors = {};
  if (!isIndex(path)) readTensors("loadFile", path, given, tensors, null);
  else
    for (const [file, names] of readIndex("loadFile", path)) readTensors("loadFile", beside("loadFile", path, file), given, tensors, names);
  return tensors;
}

/** Options of `saveSharded`. */
export interface ShardingOptions {
  /** The most bytes of tensors in one file; 5 GB by default. A larger tensor gets a file of its own. */
  maxShardSize?: number;
  /** The begin of the names of the files; `model` by default. */
  name?: string;
  /** Texts to save along in every file. */
  metadata?: Metadata;
}

/** Tensors in their order, in groups of at most `limit` bytes. */
function groups(tensors: TensorsToSave, limit: number): TensorsToSave[] {
  const all: Record<string, TensorsToSave[string]>[] = [];
  let room = -1;
  for (const [name, tensor] of Object.entries(tensors)) {
    const bytes = tensor.numel() * tensor.elementSize();
    if (bytes > room) {
      all.push({});
      room = Math.max(limit, bytes);
    }
    (all[all.length - 1] as Record<string, TensorsToSave[string]>)[name] = tensor;
    room -= bytes;
  }
  return all;
}

/**
 * Saves tensors by name in as many safetensors files as their size asks for, named `model-00001-of-00003.safetensors` and so on, and then the index
 * `model.safetensors.index.json`; a single file is just `model.safetensors`. The index comes last: as long as it is the old one, so is the model, unless
 * files of the same names were replaced.
 * @returns the paths that were written.
 * @throws {SerializationError} as `saveFile`.
 * @example
 * ```ts
 * import { safetensors } from "flambeau/io";
 * safetensors.saveSharded(model.stateDict(), "out", { maxShardSize: 2e9 });
 * ```
 */
export function saveSharded(tensors: TensorsToSave, folder: string, options: ShardingOptions = {}): string[] {
  const { maxShardSize = 5e9, name = "model", metadata = null } = options;
  if (!(maxShardSize > 0)) throw new ArgumentError(`saveSharded: maxShardSize must be positive, not ${maxShardSize}`);
  if (!/^[^/\\:]+$/.test(name)) throw new SerializationError(`saveSharded: '${name}' is no begin of a file's name`);
  const { join } = requiredModule("saveSharded", "path");
  const shards = groups(tensors, maxShardSize);
  if (shards.length <= 1) {
    const path = join(folder, `${name}.safetensors`);
    saveFile(tensors, path, metadata);
    return [path];
  }
  const number = (n: number): string => String(n).padStart(5, "0");
  const files = shards.map((_, i) => `${name}-${number(i + 1)}-of-${number(shards.length)}.safetensors`);
  const weights: [string, string][] = [];
  let total = 0;
  shards.forEach((shard, i) => {
    const file = files[i] as string;
    saveFile(shard, join(folder, file), metadata);
    for (const [key, tensor] of Object.entries(shard)) {
      weights.push([key, file]);
      total += tensor.numel() * tensor.elementSize();
    }
  });
  const index = join(folder, `${name}.safetensors.index.json`);
  const map = Object.fromEntries(weights.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileAtomically("saveSharded", index, `${JSON.stringify({ metadata: { total_size: total }, weight_map: map }, null, 2)}\n`);
  return [...files.map((file) => join(folder, file)), index];
}
