/** Einstein's summation convention. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { numelOf } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { labelOf, readEquation, resolveSubscripts } from "./subscripts.js";

/** A tensor with a label for each of its dimensions. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

const sizeOf = ({ tensor, labels }: Labelled, label: string): number => tensor.shape[labels.indexOf(label)] as number;

const without = (labels: readonly string[], dropped: readonly string[]): string[] => labels.filter((label) => !dropped.includes(label));

/** Checks that dimensions of one label have one size, or 1. */
function checkSizes(operands: readonly Labelled[]): void {
  const sizes = new Map<string, number>();
  operands.forEach(({ tensor, labels }, i) => {
    labels.forEach((label, d) => {
      const size = tensor.shape[d] as number;
      const first = labels.indexOf(label);
      if (first < d && tensor.shape[first] !== size) {
        throw new ShapeError(
          `einsum(): subscript ${label} is repeated for operand ${i} but the sizes don't match, ${size} != ${tensor.shape[first]}`,
        );
      }
      const known = sizes.get(label) ?? 1;
      if (size !== 1 && known !== 1 && size !== known) {
        throw new ShapeError(
          `einsum(): subscript ${label.startsWith(".") ? "..." : label} has size ${size} for operand ${i} which does not broadcast with previously seen size ${known}`,
        );
      }
      if (size !== 1) sizes.set(label, size);
    });
  });
}

/** An operand without repeated labels: of those the diagonal is taken. */
function withoutRepeats({ tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, d) => labels.indexOf(label) < d);
  if (second < 0) return { tensor, labels };
  const label = labels[second] as string;
  const first = labels.indexOf(label);
  const rest = labels.filter((_, d) => d !== first && d !== second);
  return withoutRepeats({ tensor: tensor.diagonal(0, first, second), labels: [...rest, label] });
}

/** Drops labels whose dimensions have size 1. */
function squeezed(operand: Labelled, which: readonly string[]): Labelled {
  if (which.length === 0) return operand;
  const kept = without(operand.labels, which);
  return { tensor: operand.tensor.reshape(kept.map((label) => sizeOf(operand, label))), labels: kept };
}

/** Sums over labels; those of size 1 only go. */
function summed(operand: Labelled, over: readonly string[]): Labelled {
  const kept = squeezed(
    operand,
    over.filter((label) => sizeOf(operand, label) === 1),
  );
  const dims = over.filter((label) => kept.labels.includes(label)).map((label) => kept.labels.indexOf(label));
  return dims.length === 0 ? kept : { tensor: kept.tensor.sum(dims), labels: without(kept.labels, over) };
}

/** The dimensions in the order of `labels`; those that are missing get size 1. */
function arranged(operand: Labelled, labels: readonly string[]): Tensor {
  const present = labels.filter((label) => operand.labels.includes(label));
  const ordered = operand.tensor.permute(present.map((label) => operand.labels.indexOf(label)));
  return present.length === labels.length
    ? ordered
    : ordered.reshape(labels.map((label) => (operand.labels.includes(label) ? sizeOf(operand, label) : 1)));
}

/** The product of two operands, summed over the labels that nothing else needs. */
function contract(first: Labelled, second: Labelled, needed: ReadonlySet<string>): Labelled {
  const shared = first.labels.filter((label) => second.labels.includes(label));
  // A label of size 1 says nothing where the other's is longer, or where nobody needs it.
  const idle = (one: Labelled, other: Labelled): string[] =>
    shared.filter((label) => sizeOf(one, label) === 1 && (sizeOf(other, label) !== 1 || !needed.has(label)));
  let [a, b] = [squeezed(first, idle(first, second)), squeezed(second, idle(second, first))];
  const aloneIn = (one: Labelled, other: Labelled): string[] =>
    one.labels.filter((label) => !other.labels.includes(label) && !needed.has(label));
  [a, b] = [summed(a, aloneIn(a, b)), summed(b, aloneIn(b, a))];
  const common = a.labels.filter((label) => b.labels.includes(label));
  const batch = common.filter((label) => needed.has(label));
  const inner = common.filter((label) => !needed.has(label));
  const [rows, columns] = [without(a.labels, common), without(b.labels, common)];
  const labels = [...batch, ...rows, ...columns];
  if (inner.length === 0) return { tensor: arranged(a, labels).mul(arranged(b, labels)), labels };
  const sizes = (one: Labelled, which: readonly string[]): number[] => which.map((label) => sizeOf(one, label));
  const [batches, n, k, m] = [sizes(a, batch), sizes(a, rows), sizes(a, inner), sizes(b, columns)];
  const left = arranged(a, [...batch, ...rows, ...inner]).reshape([numelOf(batches), numelOf(n), numelOf(k)]);
  const right = arranged(b, [...batch, ...inner, ...columns]).reshape([numelOf(batches), numelOf(k), numelOf(m)]);
  return { tensor: left.bmm(right).reshape([...batches, ...n, ...m]), labels };
}

/** The pair of operands whose contraction needs the fewest multiplications. */
function cheapestPair(operands: readonly Labelled[]): [number, number] {
  let best: [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < operands.length; i++) {
    for (let j = i + 1; j < operands.length; j++) {
      const [a, b] = [operands[i] as Labelled, operands[j] as Labelled];
      const cost = [...new Set([...a.labels, ...b.labels])].reduce(
        (n, label) => n * Math.max(...[a, b].filter((one) => one.labels.includes(label)).map((one) => sizeOf(one, label))),
        1,
      );
      if (cost < least) {
        least = cost;
        best = [i, j];
      }
    }
  }
  return best;
}

/** Contracts all operands to one, the cheapest pair first, and brings it to the order of `output`. */
function contractAll(given: readonly Labelled[], output: readonly string[]): Tensor {
  let operands = given.map(withoutRepeats);
  while (operands.length > 1) {
    const [i, j] = operands.length === 2 ? [0, 1] : cheapestPair(operands);
    const others = operands.filter((_, k) => k !== i && k !== j);
    const needed = new Set([...output, ...others.flatMap((one) => one.labels)]);
    operands = [contract(operands[i] as Labelled, operands[j] as Labelled, needed), ...others];
  }
  const last = operands[0] as Labelled;
  // A sum of integers is int64, also one over labels of size 1.
  const [tensor] = given.map((one) => one.tensor);
  if (given.length === 1 && tensor !== undefined && without(last.labels, output).length > 0)
    return arranged(
      {
        tensor: last.tensor.sum(without(last.labels, output).map((label) => last.labels.indexOf(label))),
        labels: last.labels.filter((label) => output.includes(label)),
      },
      output,
    );
  return arranged(summed(last, without(last.labels, output)), output);
}

/** Subscripts given as lists of numbers behind each tensor, and a last one for the output. */
function readSublists(args: readonly unknown[]): { tensors: Tensor[]; subscripts: { operands: string[][]; output: string[] | null } } {
  const tensors: Tensor[] = [];
  const operands: string[][] = [];
  let i = 0;
  for (; i + 1 < args.length; i += 2) {
    const [tensor, list] = [args[i], args[i + 1]];
    if (!(tensor instanceof Tensor) || !Array.isArray(list))
      throw new ArgumentError("einsum(): expected operands and lists of subscripts in turn");
    tensors.push(tensor);
    operands.push(list.map(labelOf));
  }
  const last = args[i];
  return { tensors, subscripts: { operands, output: Array.isArray(last) ? last.map(labelOf) : null } };
}

/** Whether what follows a tensor is the list of its subscripts, which binding takes for all operands where it is the only one. */
const isSublist = (given: readonly unknown[]): boolean => given.every((one) => one === "..." || typeof one === "number");

/** The arguments of `einsum`: an equation and tensors, or tensors each followed by its subscripts. */
export type EinsumArguments =
  | [equation: string, ...operands: Tensor[]]
  | [equation: string, operands: readonly Tensor[]]
  | [first: Tensor, subscripts: readonly (number | "...")[], ...rest: (Tensor | readonly (number | "...")[])[]];

/**
 * Sums of products by Einstein's convention: dimensions with one letter are multiplied element by element, and those whose letter the output
 * lacks are summed. Without an output, it has the letters that appear once, in alphabetical order. Three or more operands are contracted pair
 * by pair, the cheapest first.
 * @throws {ArgumentError | ShapeError} if the equation is malformed or does not fit the operands.
 * @example
 * ```ts
 * const [a, b] = [torch.rand(3, 2, 2), torch.rand(3, 2, 4)];
 * torch.einsum("bij,bjk->bik", a, b); // products of batches of matrices
 * torch.einsum("bii->bi", a);         // the diagonals
 * torch.einsum("...ij->...ji", a);    // the transposes
 * ```
 */
export const einsum: Op<(...args: EinsumArguments) => Tensor> = composite("einsum(any equation, ...any operands)", (equation, rest) => {
  const given = rest as readonly unknown[];
  const { tensors, subscripts } =
    typeof equation === "string"
      ? { tensors: given, subscripts: readEquation(equation) }
      : readSublists([equation, ...(isSublist(given) ? [given] : given)]);
  if (tensors.length === 0)
    throw new ArgumentError(
      "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list",
    );
  const operands = tensors.map((tensor) => {
    if (!(tensor instanceof Tensor)) throw new ArgumentError(`einsum(): operands must be tensors, got ${typeof tensor}`);
    return tensor;
  });
  const { operands: labels, output } = resolveSubscripts(subscripts, operands);
  const labelled = operands.map((tensor, i) => ({ tensor, labels: labels[i] as readonly string[] }));
  checkSizes(labelled);
  return contractAll(labelled, output);
});
