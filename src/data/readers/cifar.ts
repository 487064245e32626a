/** CIFAR-10 and CIFAR-100 in their binary version. */

import { int64, uint8 } from "../../core/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { registerPortable } from "../workers/portable.js";
import { existingFile, joined, readBytes } from "./bytes.js";
import { tensorOf } from "./elements.js";
import { missingData, VisionDataset, type VisionOptions } from "./vision.js";

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;

/** How the files of a data set look. */
interface Format {
  readonly name: string;
  readonly folder: string;
  readonly archive: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** The file with the names of the labels, one in a line. */
  readonly meta: string;
  /** The bytes before the pixels of an image, and which of them is the label. */
  readonly labels: number;
  readonly label: number;
}

const SOURCE = "https://www.cs.toronto.edu/~kriz/";

/** Reads one of the two: in each file, images follow each other, each with its label bytes and 3·32·32 pixels, channel after channel. */
abstract class Cifar extends VisionDataset {
  override readonly data: Tensor;
  override readonly targets: Tensor;
  override readonly classes: readonly string[];

  constructor(format: Format, root: string, options: VisionOptions) {
    super(root, options);
    const parts = (this.train ? format.train : format.test).map((file) => readPart(format, this.find(format, file)));
    const count = parts.reduce((sum, part) => sum + part.labels.length, 0);
    const pixels = new Uint8Array(count * PIXELS);
    const labels = new BigInt64Array(count);
    let at = 0;
    for (const part of parts) {
      pixels.set(part.pixels, at * PIXELS);
      labels.set(part.labels, at);
      at += part.labels.length;
    }
    this.data = tensorOf(uint8, pixels, [count, 3, SIDE, SIDE]);
    this.targets = tensorOf(int64, labels, [count]);
    this.classes = this.names(format);
  }

  private places(format: Format, file: string): string[] {
    return [this.root, joined(format.name, this.root, format.folder)].map((folder) => joined(format.name, folder, file));
  }

  private find(format: Format, file: string): string {
    const found = existingFile(format.name, this.places(format, file));
    if (found === null) throw missingData(format.name, this.root, [file, `${format.folder}/${file}`], `${SOURCE}${format.archive}`);
    return found;
  }

  private names(format: Format): string[] {
    const found = existingFile(format.name, this.places(format, format.meta));
    if (found === null) return [];
    return new TextDecoder()
      .decode(readBytes(format.name, found).bytes)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }
}

function readPart({ name, labels: width, label }: Format, path: string): { readonly pixels: Uint8Array; readonly labels: BigInt64Array } {
  const { bytes, fail } = readBytes(name, path);
  const record = width + PIXELS;
  if (bytes.length % record !== 0 || bytes.length === 0) {
    throw fail(
      `has ${bytes.length} bytes, which is no multiple of the ${record} bytes of an image: it is cut off, or not the binary version`,
    );
  }
  const count = bytes.length / record;
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * record;
    labels[i] = BigInt(bytes[start + label] as number);
    pixels.set(bytes.subarray(start + width, start + record), i * PIXELS);
  }
  return { pixels, labels };
}

/**
 * CIFAR-10 from the files of its binary version (`data_batch_1.bin` …) in `root` or `root/cifar-10-batches-bin`: 50,000 images for training and
 * 10,000 for testing, `[3, 32, 32]`, of ten classes.
 * @throws {SerializationError} if a file is missing or cut off.
 * @example
 * ```
 * const [image, label] = new torch.utils.data.CIFAR10("data", { train: true }).getItem(0); // shape [3, 32, 32], and 6
 * ```
 */
export class CIFAR10 extends Cifar {
  constructor(root: string, options: VisionOptions = {}) {
    const train = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
    const format = { name: "CIFAR10", folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar.gz", train, test: ["test_batch.bin"] };
    super({ ...format, meta: "batches.meta.txt", labels: 1, label: 0 }, root, options);
  }
}

/**
 * CIFAR-100 from the files of its binary version in `root` or `root/cifar-100-binary`; labels are the fine ones, of a hundred classes.
 * @throws {SerializationError} if a file is missing or cut off.
 */
export class CIFAR100 extends Cifar {
  constructor(root: string, options: VisionOptions = {}) {
    const format = {
      name: "CIFAR100",
      folder: "cifar-100-binary",
      archive: "cifar-100-binary.tar.gz",
      train: ["train.bin"],
      test: ["test.bin"],
    };
    super({ ...format, meta: "fine_label_names.txt", labels: 2, label: 1 }, root, options);
  }
}

registerPortable<CIFAR10>(import.meta.url, CIFAR10, ({ root, options }) => [root, options]);
registerPortable<CIFAR100>(import.meta.url, CIFAR100, ({ root, options }) => [root, options]);
