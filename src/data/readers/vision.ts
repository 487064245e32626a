/** Labelled images that are in memory as a whole. */

import { float32 } from "../../core/dtype.js";
import { IndexError, SerializationError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Dataset } from "../dataset.js";

/** Options of datasets of labelled images. */
export interface VisionOptions {
  /** Whether the training part is read, or the test part. */
  train?: boolean;
  /** Applied to each image, `[C, H, W]` of float32 in [0, 1]. */
  transform?: ((image: Tensor) => Tensor) | null;
  /** Applied to each label. */
  targetTransform?: ((label: number) => number) | null;
}

/**
 * Images and their labels. Item `i` is `[image, label]`, the image `[C, H, W]` of float32 in [0, 1], as torchvision's datasets give it with the
 * transform `ToTensor()`.
 */
export abstract class VisionDataset extends Dataset<[Tensor, number]> {
  /** All images as they are in the files, of uint8. */
  abstract readonly data: Tensor;
  /** All labels, of int64. */
  abstract readonly targets: Tensor;
  /** The names of the labels. */
  abstract readonly classes: readonly string[];

  readonly train: boolean;
  readonly transform: ((image: Tensor) => Tensor) | null;
  readonly targetTransform: ((label: number) => number) | null;

  constructor(
    /** The folder that the data lie in. */
    readonly root: string,
    readonly options: VisionOptions = {},
  ) {
    super();
    this.train = options.train ?? true;
    this.transform = options.transform ?? null;
    this.targetTransform = options.targetTransform ?? null;
  }

  override get length(): number {
    return this.targets.length;
  }

  /** The number of an item from the front. */
  private place(index: number): number {
    const at = index < 0 ? index + this.length : index;
    if (at >= 0 && at < this.length) return at;
    throw new IndexError(`${this.constructor.name}: index ${index} is out of range for ${this.length} items`);
  }

  override getItem(index: number): [Tensor, number] {
    const at = this.place(index);
    const pixels = this.data.select(0, at);
    const image = (pixels.ndim === 2 ? pixels.unsqueeze(0) : pixels).to(float32).div(255);
    const label = this.targets.select(0, at).item() as number;
    return [this.transform === null ? image : this.transform(image), this.targetTransform === null ? label : this.targetTransform(label)];
  }
}

/** The error of data that are not where they are looked for. */
export function missingData(name: string, root: string, files: readonly string[], source: string): SerializationError {
  return new SerializationError(`${name}: Dataset not found. There is no ${files.join(" or ")} below ${root}; download it from ${source}`);
}
