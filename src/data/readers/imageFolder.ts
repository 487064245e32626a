/** Images in folders, one folder for each class. */

import { uint8 } from "../../core/dtype.js";
import { ArgumentError, IndexError, SerializationError } from "../../core/errors.js";
import { requiredModule } from "../../io/host.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Dataset } from "../dataset.js";
import { registerPortable } from "../workers/portable.js";
import { tensorOf } from "./elements.js";

/** What is used of the package `sharp`. */
interface Sharp {
  (path: string): Sharp;
  removeAlpha(): Sharp;
  toColourspace(space: string): Sharp;
  resize(width: number, height: number, options: { fit: "fill" }): Sharp;
  raw(): {
    toBuffer(options: {
      resolveWithObject: true;
    }): Promise<{ data: Uint8Array; info: { width: number; height: number; channels: number } }>;
  };
}

let loading: Promise<Sharp> | null = null;

async function importSharp(): Promise<Sharp> {
  // A variable, so that neither the compiler nor a bundler asks for a package that few need.
  const name = "sharp";
  try {
    const module = (await import(name)) as { readonly default: Sharp };
    return module.default;
  } catch (error) {
    loading = null;
    throw new ArgumentError(
      `ImageFolder: images are decoded by the package sharp, which cannot be loaded: npm install sharp, or give a loader of your own. (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/**
 * An image file as a tensor `[3, H, W]` of float32 in [0, 1], by the package `sharp`, which is to be installed for it; resized if a size is given.
 * @throws {ArgumentError} if sharp is not installed.
 * @throws {SerializationError} if the file is no image.
 */
export async function readImage(path: string, size: readonly [height: number, width: number] | null = null): Promise<Tensor> {
  loading ??= importSharp();
  const sharp = await loading;
  const file = sharp(path).removeAlpha().toColourspace("srgb");
  const sized = size === null ? file : file.resize(size[1], size[0], { fit: "fill" });
  let image: { data: Uint8Array; info: { width: number; height: number; channels: number } };
  try {
    image = await sized.raw().toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new SerializationError(`readImage: ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { data, info } = image;
  return tensorOf(uint8, data, [info.height, info.width, info.channels]).permute(2, 0, 1).div(255).contiguous();
}

/** Options of `ImageFolder`. */
export interface ImageFolderOptions {
  /** The size that images are brought to; null for their own. A batch needs images of one size. */
  size?: readonly [height: number, width: number] | null;
  /** Applied to each image, `[3, H, W]` of float32 in [0, 1]. */
  transform?: ((image: Tensor) => Tensor) | null;
  /** Applied to each label. */
  targetTransform?: ((label: number) => number) | null;
  /** Reads an image; by default `readImage`. */
  loader?: ((path: string) => Tensor | Promise<Tensor>) | null;
  /** Endings of the names of images, in lower case. */
  extensions?: readonly string[];
}

const EXTENSIONS: readonly string[] = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif", ".svg"];

/**
 * Images in folders: `root/cat/1.png`, `root/cat/more/2.jpg`, `root/dog/3.png` … The folders' names in order are the classes. Item `i` is a promise
 * of `[image, label]`, for images are decoded beside the program: loop over a loader with `for await`, or with workers.
 * @throws {SerializationError} if there is no such folder, it has no folders, or a class has no images.
 * @example
 * ```
 * const pets = new torch.utils.data.ImageFolder("data/pets", { size: [64, 64] });
 * for await (const [images, labels] of new torch.utils.data.DataLoader(pets, { batchSize: 16, shuffle: true })) train(images, labels);
 * ```
 */
export class ImageFolder extends Dataset<Promise<[Tensor, number]>> {
  /** The names of the classes, in order. */
  readonly classes: readonly string[];
  /** The number of each class by name. */
  readonly classToIdx: Readonly<Record<string, number>>;
  /** The path and the number of the class of each image. */
  readonly samples: readonly (readonly [path: string, label: number])[];

  constructor(
    readonly root: string,
    readonly options: ImageFolderOptions = {},
  ) {
    super();
    const fs = requiredModule("ImageFolder", "fs");
    const { join } = requiredModule("ImageFolder", "path");
    if (fs.statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new SerializationError(`ImageFolder: there is no folder ${root}`);
    const folders = fs.readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    this.classes = folders.map(({ name }) => name).sort();
    if (this.classes.length === 0) throw new SerializationError(`ImageFolder: Couldn't find any class folder in ${root}.`);
    this.classToIdx = Object.fromEntries(this.classes.map((name, i) => [name, i]));
    const extensions = options.extensions ?? EXTENSIONS;
    const isImage = (path: string): boolean => extensions.some((extension) => path.toLowerCase().endsWith(extension));
    this.samples = this.classes.flatMap((name, label) => {
      const paths = fs.readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).filter(isImage).sort();
      if (paths.length === 0) {
        throw new SerializationError(
          `ImageFolder: Found no valid file for the classes ${name} in ${root}. Supported extensions are: ${extensions.join(", ")}`,
        );
      }
      return paths.map((path) => [join(root, name, path), label] as const);
    });
  }

  override get length(): number {
    return this.samples.length;
  }

  override async getItem(index: number): Promise<[Tensor, number]> {
    const sample = this.samples[index < 0 ? index + this.length : index];
    if (sample === undefined) throw new IndexError(`ImageFolder: index ${index} is out of range for ${this.length} items`);
    const { size = null, transform = null, targetTransform = null, loader = null } = this.options;
    const [path, label] = sample;
    const image = loader === null ? await readImage(path, size) : await loader(path);
    return [transform === null ? image : transform(image), targetTransform === null ? label : targetTransform(label)];
  }
}

registerPortable<ImageFolder>(import.meta.url, ImageFolder, ({ root, options }) => [root, options]);
