/** Copies, and conversions to other dtypes and devices. */

import { backendOf } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import * as dt from "../../core/dtype.js";
import { DType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyOn, fromHost } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import { type Op, type OverloadedOp, overloaded } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

/** A copy in memory of its own, through which gradients flow. */
export const clone: Op<(input: Tensor) => Tensor> = primitive("clone(Tensor input)", {
  forward: (input) => denseCopy(input),
  gradient: { input: (grad) => grad },
  keepsValues: false,
});

/** The tensor itself if its elements lie row-major without gaps, else a copy of which this holds. */
export const contiguous: Op<(input: Tensor) => Tensor> = composite("contiguous(Tensor input)", (input) =>
  input.dense ? input : input.clone(),
);

/** A copy in another dtype. */
const toCopy: Op<(input: Tensor, dtype: DType) => Tensor> = primitive("toCopy(Tensor input, dtype dtype)", {
  forward: (input, dtype) => denseCopy(input, dtype),
  gradient: { input: (grad, { given: { input } }) => grad.to(input.dtype) },
  keepsValues: false,
});

/** A copy on another device. */
const toDevice: Op<(input: Tensor, device: Device) => Tensor> = primitive("toDevice(Tensor input, device device)", {
  forward: (input, device) => {
    const backend = backendOf(device);
    if (device.type === "meta") return emptyOn(backend, input.shape, input.dtype);
    return fromHost(input.storage.backend.read(input), input.shape, input.dtype, backend);
  },
  gradient: { input: (grad, { given: { input } }) => grad.to(input.device) },
  keepsValues: false,
  gradName: "ToCopyBackward0",
});

function convert(input: Tensor, dtype: DType | null, device: Device | null, copy: boolean): Tensor {
  let result = input;
  if (device !== null && backendOf(device) !== input.storage.backend) result = toDevice(result, device);
  if (dtype !== null && dtype !== result.dtype) result = toCopy(result, dtype);
  return copy && result === input ? input.clone() : result;
}

/** What `to` converts to: a dtype, a device, or those of another tensor. */
export type ConversionTarget = DType | Device | string | Tensor;

/**
 * The tensor in another dtype or on another device; the tensor itself if nothing changes.
 * @throws {DeviceError} if the device is absent.
 * @example
 * ```ts
 * torch.ones(2).to(torch.int32);
 * torch.ones(2).to("cpu", torch.float64);
 * ```
 */
export const to: Op<
  (
    input: Tensor,
    target?: ConversionTarget | { dtype?: DType; device?: Device | string; copy?: boolean },
    dtype?: DType | { dtype?: DType; copy?: boolean } | { copy?: boolean },
  ) => Tensor
> = composite(
  "to(Tensor input, any target=null, dtype? second=null, *, dtype? dtype=null, device? device=null, bool copy=false, bool nonBlocking=false)",
  (input, target, second, dtype, device, copy) => {
    if (target === null) return convert(input, dtype, device, copy);
    if (target instanceof DType) return convert(input, target, device, copy);
    if (target instanceof Device || typeof target === "string") return convert(input, second ?? dtype, Device.of(target), copy);
    if (target instanceof Tensor) return convert(input, target.dtype, target.device, copy);
    throw new ArgumentError(`to(): expected a dtype, a device or a tensor, not ${typeof target}`);
  },
);

const conversion = (name: string, dtype: DType): Op<(input: Tensor) => Tensor> =>
  composite(`${name}(Tensor input)`, (input) => convert(input as Tensor, dtype, null, false));

/** The tensor as float32. */
export const float: Op<(input: Tensor) => Tensor> = conversion("float", dt.float32);
/** The tensor as float64. */
export const double: Op<(input: Tensor) => Tensor> = conversion("double", dt.float64);
/** The tensor as float16. */
export const half: Op<(input: Tensor) => Tensor> = conversion("half", dt.float16);
/** The tensor as bfloat16. */
export const bfloat16: Op<(input: Tensor) => Tensor> = conversion("bfloat16", dt.bfloat16);
/** The tensor as uint8. */
export const byte: Op<(input: Tensor) => Tensor> = conversion("byte", dt.uint8);
/** The tensor as int8. */
export const char: Op<(input: Tensor) => Tensor> = conversion("char", dt.int8);
/** The tensor as int16. */
export const short: Op<(input: Tensor) => Tensor> = conversion("short", dt.int16);
/** The tensor as int32. */
export const int: Op<(input: Tensor) => Tensor> = conversion("int", dt.int32);
/** The tensor as int64. */
export const long: Op<(input: Tensor) => Tensor> = conversion("long", dt.int64);
/** The tensor as bool: whether each element is not zero. */
export const bool: Op<(input: Tensor) => Tensor> = conversion("bool", dt.bool);
/** The tensor as complex64. */
export const cfloat: Op<(input: Tensor) => Tensor> = conversion("cfloat", dt.complex64);
/** The tensor as complex128. */
export const cdouble: Op<(input: Tensor) => Tensor> = conversion("cdouble", dt.complex128);
/** The tensor on the CPU. */
export const cpu: Op<(input: Tensor) => Tensor> = composite("cpu(Tensor input)", (input) => convert(input, null, Device.of("cpu"), false));
/** The tensor in the dtype of another. */
export const typeAs: Op<(input: Tensor, other: Tensor) => Tensor> = composite("typeAs(Tensor input, Tensor other)", (input, other) =>
  convert(input, other.dtype, null, false),
);

/** The name of the tensor's type, such as `"torch.FloatTensor"`; given a dtype, the tensor in that dtype. */
export const type: OverloadedOp<<D extends DType | undefined = undefined>(input: Tensor, dtype?: D) => D extends DType ? Tensor : string> =
  overloaded(
    composite("type(Tensor input, dtype? dtype=null)", (input, dtype) => {
      if (dtype !== null) return convert(input, dtype, null, false);
      const device = input.device.type;
      return `torch.${device === "cpu" || device === "meta" ? "" : `${device}.`}${input.dtype.legacyName}Tensor`;
    }),
  );
