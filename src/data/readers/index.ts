/** Datasets and tables from files. */

export type { Readable } from "./bytes.js";
export { CIFAR10, CIFAR100 } from "./cifar.js";
export { type Column, type CsvOptions, readCsv, Table } from "./csv.js";
export { readIdx } from "./idx.js";
export { ImageFolder, type ImageFolderOptions, readImage } from "./imageFolder.js";
export { FashionMNIST, MNIST } from "./mnist.js";
export { readNpy, readNpz } from "./npy.js";
export { VisionDataset, type VisionOptions } from "./vision.js";
