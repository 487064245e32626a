/** Several datasets side by side. */

import { ArgumentError } from "../core/errors.js";
import { isOptions } from "../tensor/schema.js";
import { Dataset } from "./dataset.js";
import { registerPortable } from "./workers/portable.js";

type Items<D> = { -readonly [K in keyof D]: D[K] extends Dataset<infer T> ? T : never };

/** Datasets as they are given: one after the other, or all by name in one object. */
type Given = readonly Dataset<unknown>[] | readonly [Readonly<Record<string, Dataset<unknown>>>];

type Datasets<G extends Given> = G extends readonly [infer R] ? (R extends Dataset<unknown> ? G : R) : G;

/**
 * Datasets of one length side by side: item `i` holds item `i` of each, in an array, or by the names that the datasets were given under.
 * @throws {ArgumentError} if lengths differ.
 * @example
 * ```ts
 * const [images, labels] = [new torch.utils.data.TensorDataset(torch.ones(3, 2)), new torch.utils.data.TensorDataset(torch.zeros(3))];
 * new torch.utils.data.StackDataset({ image: images, label: labels }).getItem(1).label; // [tensor(0.)]
 * ```
 */
export class StackDataset<G extends Given> extends Dataset<Items<Datasets<G>>> {
  readonly datasets: Datasets<G>;

  constructor(...datasets: G) {
    super();
    const only: unknown = datasets[0];
    this.datasets = (datasets.length === 1 && isOptions(only) ? only : datasets) as Datasets<G>;
    const lengths = this.parts().map(([, dataset]) => dataset.length);
    if (lengths.length === 0) throw new ArgumentError("StackDataset: At least one dataset should be passed");
    if (lengths.some((length) => length !== lengths[0]))
      throw new ArgumentError(`StackDataset: Size mismatch between datasets: lengths are ${lengths.join(", ")}`);
  }

  private parts(): [string, Dataset<unknown>][] {
    return Object.entries(this.datasets) as [string, Dataset<unknown>][];
  }

  private joined(values: readonly unknown[]): Items<Datasets<G>> {
    if (Array.isArray(this.datasets)) return [...values] as Items<Datasets<G>>;
    return Object.fromEntries(this.parts().map(([name], i) => [name, values[i]])) as Items<Datasets<G>>;
  }

  override get length(): number {
    return this.parts()[0]?.[1].length ?? 0;
  }

  override getItem(index: number): Items<Datasets<G>> {
    return this.joined(this.parts().map(([, dataset]) => dataset.getItem(index)));
  }

  /** Several items at once, by the datasets' own `getItems` where they have one. */
  override getItems(indices: readonly number[]): Items<Datasets<G>>[] {
    const columns = this.parts().map(([name, dataset]) => {
      const items = dataset.getItems?.(indices) ?? indices.map((index) => dataset.getItem(index));
      if (items.length !== indices.length)
        throw new ArgumentError(
          `StackDataset: Nested dataset's output size mismatch. Expected ${indices.length}, got ${items.length} from dataset ${name}`,
        );
      return items;
    });
    return indices.map((_, i) => this.joined(columns.map((column) => column[i])));
  }
}

registerPortable<StackDataset<Given>>(
  import.meta.url,
  StackDataset,
  ({ datasets }) => (Array.isArray(datasets) ? datasets : [datasets]) as Given,
);
