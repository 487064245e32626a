/** Trees of tensors: a tensor, or a list or a record of trees. What else is in them stays as it is. */

import { isOptions } from "../../tensor/schema.js";
import { Tensor } from "../../tensor/tensor.js";

/** A tree with other types in the place of tensors. */
export type Mapped<T, To> = T extends Tensor
  ? To
  : T extends readonly unknown[] | Readonly<Record<string, unknown>>
    ? { [K in keyof T]: Mapped<T[K], To> }
    : T;

/** The tensors of a tree, in order. */
export function tensorsOf(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(tensorsOf);
  return isOptions(tree) ? Object.values(tree).flatMap(tensorsOf) : [];
}

/** A tree with something else in the place of each tensor; `i` counts them. */
export function mapTensors<T, To>(tree: T, change: (tensor: Tensor, i: number) => To): Mapped<T, To> {
  let count = 0;
  const walk = (node: unknown): unknown => {
    if (node instanceof Tensor) return change(node, count++);
    if (Array.isArray(node)) return named(node, node.map(walk));
    return isOptions(node) ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)])) : node;
  };
  return walk(tree) as Mapped<T, To>;
}

/** Gives the elements of a list the names that those of another have, as PyTorch's named tuples do. */
export function named<T>(like: readonly unknown[], values: T[]): T[] {
  for (const name of Object.getOwnPropertyNames(like)) {
    if (name === "length" || /^\d+$/.test(name)) continue;
    const i = like.indexOf(Object.getOwnPropertyDescriptor(like, name)?.value);
    if (i >= 0) Object.defineProperty(values, name, { value: values[i], enumerable: false });
  }
  return values;
}

/** Pairs each tensor of a tree with the value that a prefix of the tree has for it: one for all of a subtree. */
export function spread<V>(prefix: unknown, tree: unknown, isValue: (node: unknown) => node is V): V[] | null {
  if (tree instanceof Tensor) return isValue(prefix) ? [prefix] : null;
  const children: readonly (readonly [key: string, child: unknown])[] =
    Array.isArray(tree) || isOptions(tree) ? Object.entries(tree as Readonly<Record<string, unknown>>) : [];
  const found: V[] = [];
  for (const [key, child] of children) {
    const below = isValue(prefix)
      ? prefix
      : Array.isArray(prefix) || isOptions(prefix)
        ? (prefix as Record<string, unknown>)[key]
        : undefined;
    const values = spread(below, child, isValue);
    if (values === null) return null;
    found.push(...values);
  }
  return found;
}
