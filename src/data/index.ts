/** `torch.utils.data`: datasets, samplers, the loader, and readers of data in files. */

export { DataChunk } from "./chunk.js";
export { type Collated, defaultCollate } from "./collate.js";
export { type Converted, defaultConvert } from "./convert.js";
export { ChainDataset, ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset } from "./dataset.js";
export { DistributedSampler, type DistributedSamplerOptions } from "./distributedSampler.js";
export { DataLoader } from "./loader.js";
export { Progress, type ProgressOptions, type ProgressStream, progress } from "./progress.js";
export * from "./readers/index.js";
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./sampler.js";
export type { DataLoaderOptions } from "./settings.js";
export { randomSplit } from "./split.js";
export { StackDataset } from "./stackDataset.js";
export { getWorkerInfo, type WorkerInfo } from "./workers/info.js";
export { exported, fromModule } from "./workers/portable.js";
