/** Tensors and storages as a checkpoint describes them, before any element is read. */

import type { DType } from "../../core/dtype.js";
import { shown } from "../pickle/values.js";
import type { ByteSource } from "../source.js";

/** A storage in the file. */
export interface StorageReference {
  readonly kind: "storage";
  /** Its name in the file. */
  readonly key: string;
  readonly dtype: DType;
  /** The number of elements. */
  readonly length: number;
  /** The device that it was saved from, as PyTorch tags it: `cpu`, `cuda:0`. */
  readonly location: string;
}

/** A part of a storage that counts as a storage of its own, in the oldest files. */
export interface StoragePart {
  readonly kind: "part";
  readonly storage: StorageReference;
  readonly offset: number;
}

/** A tensor in the file. */
export interface TensorReference {
  readonly kind: "tensor";
  /** Null for tensors of the `meta` device, which have no elements. */
  readonly storage: StorageReference | null;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly requiresGrad: boolean;
  /** What PyTorch had still to do to the elements when it saved them. */
  readonly pending: readonly ("conj" | "neg")[];
}

/** A parameter in the file. */
export interface ParameterReference {
  readonly kind: "parameter";
  readonly data: TensorReference;
  readonly requiresGrad: boolean;
}

/** More dimensions than PyTorch's kernels take. */
const MOST_DIMENSIONS = 64;

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** A whole number of at least 0. */
export function count(source: ByteSource, value: unknown, what: string): number {
  if (isCount(value)) return value;
  throw source.fail(`${what} must be a whole number of at least 0, not ${shown(value)}`);
}

function counts(source: ByteSource, values: unknown, what: string): number[] {
  if (!Array.isArray(values) || values.length > MOST_DIMENSIONS)
    throw source.fail(`${what} must be at most ${MOST_DIMENSIONS} whole numbers`);
  return values.map((value: unknown) => count(source, value, what));
}

/** What is common to shape and strides of a tensor in a file. */
export interface FileLayout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** The number of elements. */
  readonly numel: number;
}

/**
 * A tensor's layout, checked to lie within a storage of `length` elements.
 * @throws {SerializationError} if it does not, or is no layout at all.
 */
export function checkedLayout(
  source: ByteSource,
  length: number,
  given: { shape: unknown; strides: unknown; offset: unknown },
): FileLayout {
  const shape = counts(source, given.shape, "a tensor's sizes");
  const strides = counts(source, given.strides, "a tensor's strides");
  const offset = count(source, given.offset, "a tensor's storage offset");
  if (shape.length !== strides.length) throw source.fail(`a tensor has ${shape.length} sizes and ${strides.length} strides`);
  const numel = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((at, size, d) => at + (size - 1) * (strides[d] as number), offset);
  if (!Number.isSafeInteger(numel) && !shape.includes(0))
    throw source.fail(`a tensor of shape [${shape.join(", ")}] has too many elements`);
  if (!shape.includes(0) && !(last < length)) {
    throw source.fail(
      `a tensor of shape [${shape.join(", ")}], strides [${strides.join(", ")}] and offset ${offset} reaches element ${last}, but its storage has ${length}: setStorage: out of bounds for storage`,
    );
  }
  return { shape, strides, offset, numel };
}
