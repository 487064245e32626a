/** Constructors by the older names of tensor types, such as `torch.FloatTensor`. */

import { backendOf } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import * as dt from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import type { NestedArray } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";
import { blank } from "./blank.js";
import { tensorFrom } from "./tensor.js";

/** What typed constructors take: sizes, or values in nested arrays. */
export type TypedArguments = readonly number[] | readonly [data: readonly NestedArray[] | dt.TypedArray | Tensor];

/** A constructor of tensors of one dtype, called with or without `new`. */
export interface TypedConstructor {
  new (...args: TypedArguments): Tensor;
  (...args: TypedArguments): Tensor;
  /** The dtype of its tensors. */
  readonly dtype: DType;
  /** Whether a value is a tensor of this type. */
  [Symbol.hasInstance](value: unknown): boolean;
}

function make(name: string, dtype: DType, device: string, args: readonly unknown[]): Tensor {
  const place = Device.of(device);
  backendOf(place);
  const [first] = args;
  if (first instanceof Tensor) {
    if (first.dtype !== dtype)
      throw new DTypeError(`${name}: expected a tensor of ${dtype}, got ${first.dtype}. Convert it with .to(dtype).`);
    return first.detach();
  }
  if (args.length === 1 && typeof first === "object" && first !== null) return tensorFrom(name, first, dtype, place);
  const sizes = args.map((size) => {
    if (typeof size !== "number" || !Number.isInteger(size))
      throw new ArgumentError(`${name}: new(): data must be a sequence (got ${typeof size === "number" ? `float ${size}` : typeof size})`);
    return size;
  });
  return blank(name, sizes.length === 0 ? [0] : sizes, dtype, place);
}

/** The constructor of tensors of a dtype on a type of device. */
export function typedConstructor(dtype: DType, device = "cpu"): TypedConstructor {
  const name = `${device === "cpu" ? "" : `${device}.`}${dtype.legacyName}Tensor`;
  // A function of its own and not an arrow: those cannot be called with `new`.
  function construct(...args: readonly unknown[]): Tensor {
    return make(name, dtype, device, args);
  }
  Object.defineProperty(construct, "name", { value: name });
  Object.defineProperty(construct, Symbol.hasInstance, {
    value: (value: unknown) => value instanceof Tensor && value.dtype === dtype && value.device.type === device,
  });
  return Object.assign(construct, { dtype }) as typeof construct & TypedConstructor;
}

/** A float32 tensor of the given sizes (not initialised) or values. */
export const FloatTensor: TypedConstructor = typedConstructor(dt.float32);
/** A float64 tensor of the given sizes (not initialised) or values. */
export const DoubleTensor: TypedConstructor = typedConstructor(dt.float64);
/** A float16 tensor of the given sizes (not initialised) or values. */
export const HalfTensor: TypedConstructor = typedConstructor(dt.float16);
/** A bfloat16 tensor of the given sizes (not initialised) or values. */
export const BFloat16Tensor: TypedConstructor = typedConstructor(dt.bfloat16);
/** A uint8 tensor of the given sizes (not initialised) or values. */
export const ByteTensor: TypedConstructor = typedConstructor(dt.uint8);
/** An int8 tensor of the given sizes (not initialised) or values. */
export const CharTensor: TypedConstructor = typedConstructor(dt.int8);
/** An int16 tensor of the given sizes (not initialised) or values. */
export const ShortTensor: TypedConstructor = typedConstructor(dt.int16);
/** An int32 tensor of the given sizes (not initialised) or values. */
export const IntTensor: TypedConstructor = typedConstructor(dt.int32);
/** An int64 tensor of the given sizes (not initialised) or values. */
export const LongTensor: TypedConstructor = typedConstructor(dt.int64);
/** A bool tensor of the given sizes (not initialised) or values. */
export const BoolTensor: TypedConstructor = typedConstructor(dt.bool);

const constructors = [
  FloatTensor,
  DoubleTensor,
  HalfTensor,
  BFloat16Tensor,
  ByteTensor,
  CharTensor,
  ShortTensor,
  IntTensor,
  LongTensor,
  BoolTensor,
];

/**
 * Makes the dtype of a tensor type, such as `torch.DoubleTensor` or its name, the one that numbers take when none is asked for. Deprecated in
 * PyTorch: `setDefaultDtype`.
 * @throws {ArgumentError} for another name; {DTypeError} for a type that is not floating point.
 */
export function setDefaultTensorType(type: TypedConstructor | string): void {
  const found = typeof type === "string" ? constructors.find(({ name }) => `torch.${name}` === type) : type;
  if (found === undefined) throw new ArgumentError(`setDefaultTensorType: invalid type object: ${String(type)} is no tensor type`);
  if (!found.dtype.isFloatingPoint)
    throw new DTypeError(`setDefaultTensorType: only floating-point types are supported as the default type, not ${found.dtype}`);
  dt.setDefaultDtype(found.dtype);
}
