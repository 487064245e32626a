/** MNIST, and what comes in its format. */

import { int64 } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { registerPortable } from "../workers/portable.js";
import { existingFile, joined } from "./bytes.js";
import { readIdx } from "./idx.js";
import { missingData, VisionDataset, type VisionOptions } from "./vision.js";

/**
 * The handwritten digits of MNIST from its four IDX files, packed or not, in the folder `root` or where torchvision puts them
 * (`root/MNIST/raw`): 60,000 images for training and 10,000 for testing, 28×28 grey levels.
 * @throws {SerializationError} if a file is missing, damaged, or does not belong to the other one.
 * @example
 * ```
 * const digits = new torch.utils.data.MNIST("data", { train: false });
 * const [image, label] = digits.getItem(0); // shape [1, 28, 28], and 7
 * ```
 */
export class MNIST extends VisionDataset {
  override readonly data: Tensor;
  override readonly targets: Tensor;

  constructor(root: string, options: VisionOptions = {}) {
    super(root, options);
    const part = this.train ? "train" : "t10k";
    const images = this.find(`${part}-images-idx3-ubyte`);
    this.data = readIdx(images);
    this.targets = readIdx(this.find(`${part}-labels-idx1-ubyte`)).to(int64);
    const [shape, labels] = [this.data.shape, this.targets.shape];
    if (shape.length !== 3 || labels.length !== 1 || shape[0] !== labels[0])
      throw new SerializationError(
        `${this.name}: ${images} holds images of shape [${shape.join(", ")}], the file of labels beside it [${labels.join(", ")}]`,
      );
  }

  /** The name of the data set, which is that of torchvision's folder. */
  protected get name(): string {
    return "MNIST";
  }

  /** Where the data set can be had. */
  protected get source(): string {
    return "https://ossci-datasets.s3.amazonaws.com/mnist/";
  }

  get classes(): readonly string[] {
    return ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine"];
  }

  private find(file: string): string {
    const folders = [this.root, joined(this.name, this.root, this.name, "raw")];
    const paths = folders.flatMap((folder) => [joined(this.name, folder, file), joined(this.name, folder, `${file}.gz`)]);
    const found = existingFile(this.name, paths);
    if (found === null) throw missingData(this.name, this.root, [file, `${file}.gz`], this.source);
    return found;
  }
}

/** Pictures of clothes in MNIST's format, from `root` or `root/FashionMNIST/raw`. */
export class FashionMNIST extends MNIST {
  protected override get name(): string {
    return "FashionMNIST";
  }

  protected override get source(): string {
    return "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
  }

  override get classes(): readonly string[] {
    return ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
  }
}

registerPortable<MNIST>(import.meta.url, MNIST, ({ root, options }) => [root, options]);
registerPortable<FashionMNIST>(import.meta.url, FashionMNIST, ({ root, options }) => [root, options]);
