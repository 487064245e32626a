/** The format of checkpoints since PyTorch 1.6: a zip archive with one pickle, and one entry for each storage. */

import { Exhausted, type Meanings, readPickle } from "../pickle/reader.js";
import type { Pieces } from "../pieces.js";
import type { ByteSource } from "../source.js";
import { type ZipEntry, ZipReader } from "../zip/reader.js";
import { swapBytes } from "./elements.js";
import type { StorageReference } from "./references.js";
import type { StorageFile } from "./revive.js";

/** Pickles are small: elements stand elsewhere. */
const LARGEST_PICKLE = 2 ** 29;

/** An open checkpoint. */
export class ZippedCheckpoint implements StorageFile {
  private readonly zip: ZipReader;
  /** The folder that everything in the archive lies in, with its slash. */
  private readonly folder: string;
  private readonly isBigEndian: boolean;

  constructor(private readonly source: ByteSource) {
    this.zip = new ZipReader(source);
    const [first = ""] = this.zip.entries.keys();
    this.folder = first.slice(0, first.indexOf("/") + 1);
    if (this.zip.entries.has(`${this.folder}constants.pkl`))
      throw source.fail("is a TorchScript archive, which holds a program; save its state dict instead");
    this.isBigEndian = this.byteOrder() === "big";
  }

  private byteOrder(): string {
    const entry = this.zip.entries.get(`${this.folder}byteorder`);
    if (entry === undefined) return "little";
    const order = entry.size > 16 ? "too long" : new TextDecoder().decode(this.zip.read(entry));
    if (order !== "little" && order !== "big") throw this.source.fail(`Unknown endianness type: ${order}`);
    return order;
  }

  /** Reads the pickle. */
  pickle(meanings: Meanings): unknown {
    const entry = this.zip.entries.get(`${this.folder}data.pkl`);
    if (entry === undefined) throw this.source.fail(`is a zip archive without '${this.folder}data.pkl': torch.save did not write it`);
    if (entry.size > LARGEST_PICKLE) throw this.source.fail(`has a pickle of ${entry.size} bytes; at most ${LARGEST_PICKLE} are read`);
    try {
      return readPickle(this.zip.read(entry), 0, meanings).value;
    } catch (error) {
      if (error instanceof Exhausted) throw this.source.fail("the pickle ends too early: the file is corrupt");
      throw error;
    }
  }

  private entryOf({ key, dtype, length }: StorageReference): ZipEntry {
    const entry = this.zip.entries.get(`${this.folder}data/${key}`);
    if (entry === undefined) throw this.source.fail(`storage '${key}' is missing: there is no '${this.folder}data/${key}'`);
    if (entry.size !== length * dtype.itemsize) {
      throw this.source.fail(
        `storage '${key}' of ${length} ${dtype} takes ${length * dtype.itemsize} bytes, but '${entry.name}' has ${entry.size}`,
      );
    }
    return entry;
  }

  check(reference: StorageReference): void {
    this.zip.check(this.entryOf(reference));
  }

  fill(reference: StorageReference, into: Pieces): void {
    this.zip.readInto(this.entryOf(reference), into);
    if (this.isBigEndian) swapBytes(into, reference.dtype.itemsize / reference.dtype.components);
  }
}
