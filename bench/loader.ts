/** Epochs of a `DataLoader`: what it costs to bring samples together, with 0, 1 and 2 workers that stay from epoch to epoch. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";
import { Images } from "./images.js";

const { DataLoader, TensorDataset, fromModule } = torch.utils.data;

type Loader = Iterable<readonly torch.Tensor[]>;
type Options = { batchSize: number; shuffle: boolean; numWorkers: number; persistentWorkers: boolean };

/** One epoch; gives the number of samples. */
function epoch(loader: Loader): () => unknown {
  return () => {
    let count = 0;
    for (const [inputs] of loader) count += (inputs as torch.Tensor).length;
    return count;
  };
}

/** The same loader with 0, 1 and 2 workers. */
function withWorkers(name: string, title: string, make: (options: Options) => Loader): Benchmark[] {
  return [0, 1, 2].map((numWorkers) => ({
    name: `${name}_${numWorkers}`,
    title: `${title}, ${numWorkers} worker${numWorkers === 1 ? "" : "s"}`,
    target: 1,
    least: 1,
    setup: () => epoch(make({ batchSize: 64, shuffle: true, numWorkers, persistentWorkers: numWorkers > 0 })),
  }));
}

export const loading: readonly Benchmark[] = [
  ...withWorkers("loader_tensors", "epoch of 4,096 rows of 16 in memory", (options) => {
    return new DataLoader(new TensorDataset(torch.randn(4096, 16), torch.randint(10, [4096])), options);
  }),
  ...withWorkers("loader_images", "epoch of 1,024 images made one by one", (options) => {
    return new DataLoader(fromModule(new URL("./images.js", import.meta.url), Images, 1024), options);
  }),
];
