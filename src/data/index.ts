/** `torch.utils.data`: datasets, samplers and the loader. */

export { type Collated, defaultCollate } from "./collate.js";
export { ChainDataset, ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset } from "./dataset.js";
export { DataLoader, type DataLoaderOptions } from "./loader.js";
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from "./sampler.js";
export { randomSplit } from "./split.js";
