/** `torch.load`. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import { isOptions } from "../../tensor/schema.js";
import { type ByteSource, type Readable, withSource } from "../source.js";
import { LegacyCheckpoint } from "./legacy.js";
import { CheckpointMeanings } from "./meanings.js";
import type { MapLocation } from "./placement.js";
import { Reviver } from "./revive.js";
import { ZippedCheckpoint } from "./zipped.js";

/** Options of `load`. */
export interface LoadOptions {
  /** Where to put what is loaded; the device that it was saved from by default. */
  mapLocation?: MapLocation;
  /** Only data is ever loaded: false is an error. */
  weightsOnly?: true;
  /** Accepted as PyTorch's; a file is read by range with or without it, and never whole. */
  mmap?: boolean;
}

const known: ReadonlySet<string> = new Set<keyof LoadOptions>(["mapLocation", "weightsOnly", "mmap"]);

function optionsOf(args: readonly unknown[]): LoadOptions {
  const last = args[args.length - 1];
  const named = isOptions(last) ? last : {};
  for (const name of Object.keys(named)) {
    if (!known.has(name)) throw new ArgumentError(`load() got an unexpected keyword argument '${name}'; it takes ${[...known].join(", ")}`);
  }
  const first = isOptions(args[0]) ? undefined : args[0];
  const options = { ...named, ...(first === undefined ? {} : { mapLocation: first }) } as LoadOptions;
  if (options.weightsOnly !== undefined && options.weightsOnly !== true) {
    throw new ArgumentError("load: weightsOnly: false would run Python code from the file; only data can be loaded");
  }
  return options;
}

/** Why a file that is in neither format is none. */
function refuse(source: ByteSource): never {
  const head = source.read(0, Math.min(source.size, 512), "its head");
  const text = new TextDecoder("latin1").decode(head);
  if (text.slice(257, 262) === "ustar")
    throw source.fail("is in the tar format of PyTorch 0.1, which is not supported: load and save it with PyTorch");
  if (text[8] === "{") throw source.fail("seems to be a safetensors file: use safetensors.loadFile");
  throw source.fail("is no checkpoint: it is neither a zip archive nor a pickle");
}

const ZIP = 0x504b0304;
const PICKLE = 0x80;

function loadFrom(source: ByteSource, mapLocation: MapLocation): unknown {
  if (source.size < 4) throw source.fail(`has ${source.size} bytes: it is no checkpoint`);
  const head = new DataView(source.read(0, 4, "its head").buffer);
  if (head.getUint32(0) === ZIP) {
    const file = new ZippedCheckpoint(source);
    return new Reviver(source, file, mapLocation).revive(file.pickle(new CheckpointMeanings(source)));
  }
  if (head.getUint8(0) !== PICKLE) refuse(source);
  const file = new LegacyCheckpoint(source, () => new CheckpointMeanings(source));
  return new Reviver(source, file, mapLocation).revive(file.object);
}

/**
 * Loads what `torch.save` wrote, here or in PyTorch, in the zip format or in that from before PyTorch 1.6.
 *
 * Only data is loaded: tensors, parameters, numbers, strings, bytes, containers, sizes, dtypes and devices; nothing in a file can run. Views of one
 * storage share it again. A dict becomes a plain object (a Map where its keys are neither all strings nor all whole numbers), a list an array, a
 * tuple a frozen array, an int a number (a bigint beyond 2^53). From a file, only the ranges that are needed are read.
 *
 * @param f the path of a file, or its bytes: in a browser `new Uint8Array(await (await fetch(url)).arrayBuffer())`.
 * @throws {SerializationError} if the file is damaged, or holds anything but data; the message names what.
 * @throws {DeviceError} if it comes from a device that is not here; `mapLocation` says where to put it.
 * @example
 * ```ts
 * torch.save(model.stateDict(), "model.pt");
 * model.loadStateDict(torch.load("model.pt", { mapLocation: "cpu" }));
 * ```
 */
export function load<T = unknown>(f: Readable, ...args: Args<[mapLocation: MapLocation], LoadOptions>): T {
  const { mapLocation = null } = optionsOf(args);
  return withSource("load", f, (source) => loadFrom(source, mapLocation)) as T;
}
