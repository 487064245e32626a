/**
 * The format of checkpoints before PyTorch 1.6, for reading: five pickles one after the other (a magic number, a version, facts about the machine, the
 * object, the names of its storages), then for each storage its length in 8 bytes and its elements.
 */

import { Exhausted, type Meanings, readPickle } from "../pickle/reader.js";
import { Dict, shown } from "../pickle/values.js";
import type { Pieces } from "../pieces.js";
import type { ByteSource } from "../source.js";
import { swapBytes } from "./elements.js";
import type { CheckpointMeanings } from "./meanings.js";
import type { StorageReference } from "./references.js";
import type { StorageFile } from "./revive.js";

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;

/** How much of the file is read at first in search of the end of a pickle, and by how much more each time. */
const FIRST_WINDOW = 2 ** 20;
const WINDOW_GROWTH = 8;
const LARGEST_PICKLE = 2 ** 29;

/** The pickles of a file, one after the other. */
class PickleSequence {
  /** Where the next one begins. */
  at = 0;

  constructor(private readonly source: ByteSource) {}

  /** Reads the next pickle. `meanings` makes new ones for each attempt: an attempt that ran out of bytes is forgotten. */
  next<M extends Meanings>(what: string, meanings: () => M): { readonly value: unknown; readonly meanings: M } {
    for (let window = FIRST_WINDOW; ; window *= WINDOW_GROWTH) {
      const length = Math.min(window, LARGEST_PICKLE, this.source.size - this.at);
      const bytes = this.source.read(this.at, length, what);
      const given = meanings();
      try {
        const { value, end } = readPickle(bytes, 0, given);
        this.at += end;
        return { value, meanings: given };
      } catch (error) {
        if (!(error instanceof Exhausted)) throw error;
        if (length < window || length === LARGEST_PICKLE) throw this.source.fail(`${what} ends too early: the file is cut off or corrupt`);
      }
    }
  }
}

/** An open checkpoint of the old format. */
export class LegacyCheckpoint implements StorageFile {
  /** The object that was saved, described. */
  readonly object: unknown;
  private readonly places = new Map<string, number>();
  private readonly isBigEndian: boolean;

  constructor(
    private readonly source: ByteSource,
    meanings: () => CheckpointMeanings,
  ) {
    const pickles = new PickleSequence(source);
    if (pickles.next("the magic number", meanings).value !== MAGIC_NUMBER) throw source.fail("Invalid magic number; corrupt file?");
    const version = pickles.next("the version", meanings).value;
    if (version !== PROTOCOL_VERSION) throw source.fail(`Invalid protocol version: ${shown(version)}`);
    const facts = pickles.next("the description of the machine", meanings).value;
    this.isBigEndian = facts instanceof Dict && facts.pairs.some(([key, value]) => key === "little_endian" && value === false);
    const object = pickles.next("the pickled object", meanings);
    this.object = object.value;
    const keys = pickles.next("the list of storages", meanings).value;
    this.locate(Array.isArray(keys) ? keys : [], object.meanings.storages, pickles.at);
  }

  private locate(keys: readonly unknown[], storages: ReadonlyMap<string, StorageReference>, start: number): void {
    const { source } = this;
    let at = start;
    for (const key of keys) {
      const storage = typeof key === "string" ? storages.get(key) : undefined;
      if (storage === undefined) throw source.fail(`storage ${shown(key)} is listed, but nothing is known of it`);
      const header = source.read(at, 8, `the length of storage '${storage.key}'`);
      if (this.isBigEndian) header.reverse();
      const length = Number(new DataView(header.buffer).getBigInt64(0, true));
      if (length !== storage.length)
        throw source.fail(`storage '${storage.key}' has ${length} elements, but ${storage.length} are expected`);
      const bytes = length * storage.dtype.itemsize;
      source.check(at + 8, bytes, `storage '${storage.key}'`);
      this.places.set(storage.key, at + 8);
      at += 8 + bytes;
    }
  }

  private place({ key }: StorageReference): number {
    const at = this.places.get(key);
    if (at === undefined) throw this.source.fail(`storage '${key}' is missing`);
    return at;
  }

  check(reference: StorageReference): void {
    this.place(reference);
  }

  fill(reference: StorageReference, into: Pieces): void {
    this.source.readInto(into, this.place(reference), `storage '${reference.key}'`);
    if (this.isBigEndian) swapBytes(into, reference.dtype.itemsize / reference.dtype.components);
  }
}
