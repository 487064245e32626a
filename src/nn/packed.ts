/** `torch.nn.utils.rnn`: sequences of different lengths in one tensor, padded, or packed step by step without the padding. */

import type { Device } from "../core/device.js";
import { type DType, int64 } from "../core/dtype.js";
import { ArgumentError, ShapeError } from "../core/errors.js";
import { arange } from "../ops/create/ranges.js";
import { tensor } from "../ops/create/tensor.js";
import { cat } from "../ops/shape/joining.js";
import type { Args } from "../tensor/dispatch.js";
import { printAsText } from "../tensor/inspect.js";
import { Tensor } from "../tensor/tensor.js";
import { reader } from "./arguments.js";

const integers = (values: readonly number[]): Tensor => tensor(BigInt64Array.from(values, BigInt));

const numbersOf = (indices: Tensor): number[] => (indices.tolist() as (number | bigint)[]).map(Number);

/** The inverse of a permutation; null stays null. */
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  const positions = arange(permutation.count, { dtype: int64, device: permutation.device });
  return permutation.newEmpty(permutation.shape).scatter(0, permutation, positions);
}

/**
 * Sequences packed step by step: first the first elements of all sequences, then the second elements of those that have one, and so on, the longest
 * sequence first. Recurrent modules take it and give it. `packSequence` and `packPaddedSequence` make it.
 */
export class PackedSequence {
  constructor(
    /** `[total length, …]` */
    readonly data: Tensor,
    /** The number of sequences that reach each step (int64, on the CPU). */
    readonly batchSizes: Tensor,
    /** For each sequence, the longest first, its place before sorting; null where they were sorted. */
    readonly sortedIndices: Tensor | null = null,
    /** The inverse of `sortedIndices`. */
    readonly unsortedIndices: Tensor | null = invertPermutation(sortedIndices),
  ) {
    if (batchSizes.device.type !== "cpu")
      throw new ArgumentError(
        `PackedSequence: batch_sizes should always be on CPU, not on ${batchSizes.device}. Make it by packSequence or packPaddedSequence.`,
      );
  }

  /** @internal The same sequences with other elements. */
  withData(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  /** The sequences in another dtype or on another device. */
  to(target: DType | Device | string): PackedSequence {
    const data = this.data.to(target);
    if (data === this.data) return this;
    const move = (indices: Tensor | null): Tensor | null => indices?.to(data.device) ?? null;
    return new PackedSequence(data, this.batchSizes, move(this.sortedIndices), move(this.unsortedIndices));
  }

  /** The sequences on the CPU. */
  cpu(): PackedSequence {
    return this.to("cpu");
  }

  /** The elements in float32. */
  float(): PackedSequence {
    return this.withData(this.data.float());
  }

  /** The elements in float64. */
  double(): PackedSequence {
    return this.withData(this.data.double());
  }

  /** The elements in float16. */
  half(): PackedSequence {
    return this.withData(this.data.half());
  }

  /** The fields in order, as PyTorch's named tuple gives them. */
  *[Symbol.iterator](): IterableIterator<Tensor | null> {
    yield* [this.data, this.batchSizes, this.sortedIndices, this.unsortedIndices];
  }

  /** PyTorch's text. */
  toString(): string {
    const text = (value: Tensor | null): string => (value === null ? "None" : String(value));
    return `PackedSequence(data=${text(this.data)}, batch_sizes=${text(this.batchSizes)}, sorted_indices=${text(this.sortedIndices)}, unsorted_indices=${text(this.unsortedIndices)})`;
  }
}

printAsText(PackedSequence);

/** The number of sequences that reach each step. */
function batchSizesOf(lengths: readonly number[]): number[] {
  const steps = lengths[0] ?? 0;
  return Array.from({ length: steps }, (_, t) => lengths.filter((length) => length > t).length);
}

/** Where the elements of a packed sequence lie among the rows `[step · stride + sequence]` of a padded one. */
const packedRows = (sizes: readonly number[], stride: number): Tensor =>
  integers(sizes.flatMap((size, t) => Array.from({ length: size }, (_, j) => t * stride + j)));

interface PackOptions {
  /** Whether the input is `[batch, steps, …]` instead of `[steps, batch, …]`. */
  batchFirst?: boolean;
  /** Whether the sequences must come sorted, the longest first; else they are sorted here. */
  enforceSorted?: boolean;
}

const packArguments = reader("packPaddedSequence(Tensor input, any lengths, bool batchFirst=false, bool enforceSorted=true)");

function checkLengths(lengths: readonly number[], steps: number, batch: number): void {
  const name = "packPaddedSequence";
  if (lengths.length !== batch)
    throw new ShapeError(`${name}: Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${batch})`);
  if (lengths.some((length) => length <= 0))
    throw new ArgumentError(
      `${name}: Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0: [${lengths.join(", ")}]`,
    );
  if (lengths.some((length, i) => i > 0 && length > (lengths[i - 1] as number)))
    throw new ArgumentError(
      `${name}: \`lengths\` array must be sorted in decreasing order when \`enforce_sorted\` is True, but is [${lengths.join(", ")}]. You can pass { enforceSorted: false } to have the sequences sorted.`,
    );
  if ((lengths[0] ?? 0) > steps)
    throw new ShapeError(`${name}: the longest sequence has ${lengths[0]} elements, but the input has only ${steps} steps`);
}

/**
 * Packs padded sequences, `[steps, batch, …]`, of the given lengths.
 * @throws {ArgumentError} if a length is below 1, or the lengths rise although `enforceSorted` says that they do not.
 * @example
 * ```ts
 * const padded = torch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]]);
 * nn.utils.rnn.packPaddedSequence(padded, [2, 1, 3], { batchFirst: true, enforceSorted: false }).data; // tensor([4., 1., 3., 5., 2., 6.])
 * ```
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Tensor | readonly number[],
  ...args: Args<[batchFirst: boolean, enforceSorted: boolean], PackOptions>
): PackedSequence {
  const [, , batchFirst, enforceSorted] = packArguments([input, lengths, ...args]);
  let counts = lengths instanceof Tensor ? lengths.to(int64) : integers(lengths);
  let batches = batchFirst ? input.transpose(0, 1) : input;
  let sortedIndices: Tensor | null = null;
  if (!enforceSorted) {
    const { values, indices } = counts.sort(0, true);
    sortedIndices = indices.to(input.device);
    counts = values;
    batches = batches.indexSelect(1, sortedIndices);
  }
  const [steps, batch, ...rest] = batches.shape as [number, number, ...number[]];
  const sorted = numbersOf(counts);
  checkLengths(sorted, steps, batch);
  const sizes = batchSizesOf(sorted);
  const data = batches.reshape([steps * batch, ...rest]).indexSelect(0, packedRows(sizes, batch).to(input.device));
  return new PackedSequence(data, integers(sizes), sortedIndices);
}

interface PadOptions {
  batchFirst?: boolean;
  paddingValue?: number;
}

const padArguments = reader("padPackedSequence(any sequence, bool batchFirst=false, float paddingValue=0, int? totalLength=null)");

/**
 * The reverse of `packPaddedSequence`: the padded sequences, `[steps, batch, …]`, in the order that they had, and their lengths.
 * @throws {ArgumentError} if `totalLength` is less than the longest sequence.
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...args: Args<[batchFirst: boolean, paddingValue: number, totalLength: number | null], PadOptions & { totalLength?: number | null }>
): readonly [padded: Tensor, lengths: Tensor] {
  const [, batchFirst, paddingValue, totalLength] = padArguments([sequence, ...args]);
  const { data, unsortedIndices } = sequence;
  const sizes = numbersOf(sequence.batchSizes);
  if (totalLength !== null && totalLength < sizes.length)
    throw new ArgumentError(
      `padPackedSequence: Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${sizes.length}`,
    );
  const [steps, batch] = [totalLength ?? sizes.length, sizes[0] ?? 0];
  const rest = data.shape.slice(1);
  const rows = data.newFull([steps * batch, ...rest], paddingValue).indexCopy(0, packedRows(sizes, batch).to(data.device), data);
  const padded = rows.view([steps, batch, ...rest]);
  const lengths = integers(Array.from({ length: batch }, (_, j) => sizes.filter((size) => size > j).length));
  const ordered = unsortedIndices === null ? padded : padded.indexSelect(1, unsortedIndices);
  return [
    batchFirst ? ordered.transpose(0, 1) : ordered,
    unsortedIndices === null ? lengths : lengths.indexSelect(0, unsortedIndices.cpu()),
  ];
}

const padListArguments = reader("padSequence(any sequences, bool batchFirst=false, float paddingValue=0, str paddingSide='right')");

/**
 * Sequences `[lengthᵢ, …]` as one tensor `[longest, sequences, …]`, or with `batchFirst` `[sequences, longest, …]`.
 * @throws {ArgumentError} for an empty list.
 */
export function padSequence(
  sequences: Iterable<Tensor>,
  ...args: Args<[batchFirst: boolean, paddingValue: number, paddingSide: "left" | "right"], PadOptions & { paddingSide?: "left" | "right" }>
): Tensor {
  const list = sequences instanceof Tensor ? sequences.unbind(0) : [...sequences];
  const [, batchFirst, paddingValue, paddingSide] = padListArguments([list, ...args]);
  const [first] = list;
  if (first === undefined) throw new ArgumentError("padSequence: received an empty list of sequences");
  if (paddingSide !== "left" && paddingSide !== "right")
    throw new ArgumentError(`padSequence: Expected padding_side to be one of left or right, but got ${paddingSide}.`);
  const lengths = list.map((sequence) => sequence.shape[0] as number);
  const [steps, count] = [Math.max(...lengths), list.length];
  const rest = first.shape.slice(1);
  const place = (sequence: number, step: number): number => (batchFirst ? sequence * steps + step : step * count + sequence);
  const rows = lengths.flatMap((length, i) => Array.from({ length }, (_, t) => place(i, paddingSide === "left" ? t + steps - length : t)));
  const padded = first.newFull([steps * count, ...rest], paddingValue).indexCopy(0, integers(rows).to(first.device), cat(list));
  return padded.view(batchFirst ? [count, steps, ...rest] : [steps, count, ...rest]);
}

/** The reverse of `padSequence`: every sequence of a padded tensor in its length. */
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: Tensor | readonly number[],
  batchFirst: boolean | { batchFirst?: boolean } = false,
): Tensor[] {
  const isFirst = typeof batchFirst === "boolean" ? batchFirst : batchFirst.batchFirst === true;
  const sequences = (isFirst ? paddedSequences : paddedSequences.transpose(0, 1)).unbind(0);
  const counts = lengths instanceof Tensor ? numbersOf(lengths) : lengths;
  if (counts.length !== sequences.length)
    throw new ArgumentError(`unpadSequence: expected a length for each of ${sequences.length} sequences, got ${counts.length}`);
  return sequences.map((sequence, i) => sequence.narrow(0, 0, Math.min(counts[i] as number, sequence.shape[0] as number)));
}

/**
 * Packs sequences `[lengthᵢ, …]`, which come sorted, the longest first, unless `enforceSorted` is false.
 * @throws {ArgumentError} for an empty sequence, or if the lengths rise.
 */
export function packSequence(sequences: readonly Tensor[], enforceSorted: boolean | { enforceSorted?: boolean } = true): PackedSequence {
  const isSorted = typeof enforceSorted === "boolean" ? enforceSorted : enforceSorted.enforceSorted !== false;
  const lengths = sequences.map((sequence) => sequence.shape[0] as number);
  return packPaddedSequence(padSequence(sequences), lengths, { enforceSorted: isSorted });
}

/** The sequences of a packed one, in the order that they had. */
export function unpackSequence(packedSequences: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(packedSequences, { batchFirst: true });
  return unpadSequence(padded, lengths, true);
}
