/** From the encoded values of golden files to tensors and arguments. */

import * as torch from "../../src/index.js";
import { encodeElement, fromHost, resolveBackend, type Scalar, tensorOver } from "../../src/tensor/create.js";
import type { Call, Json, JsonObject, TensorJson } from "./cases.js";
import { camelCase } from "./names.js";

/** How a call's tensors are made. */
export interface DecodeOptions {
  /** Whether tensors marked `requires_grad` require grad. */
  readonly grad?: boolean;
  /** The dtype that replaces floats (and, in its complex form, complex numbers). */
  readonly float64?: boolean;
  /** Whether tensors are made as views with steps and an offset. */
  readonly strided?: boolean;
}

/** A call, ready to be made, and those of its tensors that were marked `requires_grad`, in order. */
export interface DecodedCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly leaves: readonly torch.Tensor[];
}

/** Whether a value of the files is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The tensor that a value of the files encodes, or null if it encodes something else. */
export function tensorJson(value: Json | undefined): TensorJson | null {
  if (!isObject(value)) return null;
  const tensor = value["$tensor"];
  if (!isObject(tensor)) return null;
  const { dtype, shape, data, requires_grad } = tensor;
  if (typeof dtype !== "string" || !isNumbers(shape) || !Array.isArray(data)) throw new SyntaxError("golden: not a tensor");
  return { dtype, shape, data, requires_grad: requires_grad === true };
}

function isNumbers(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => typeof n === "number");
}

/** The encoded tensors among values, in order. */
export function tensorsIn(value: Json): TensorJson[] {
  const tensor = tensorJson(value);
  if (tensor !== null) return [tensor];
  if (Array.isArray(value)) return value.flatMap((one: Json) => tensorsIn(one));
  return isObject(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

/** The number that an element of `data` stands for. */
export function numberOf(value: Json | undefined): number | bigint | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  if (isObject(value) && typeof value["$int"] === "string") return BigInt(value["$int"]);
  if (isObject(value) && typeof value["$float"] === "number") return value["$float"];
  throw new SyntaxError(`golden: not a number: ${JSON.stringify(value)}`);
}

const dtypes: ReadonlyMap<string, torch.DType> = new Map(
  Object.values(torch)
    .filter((value): value is torch.DType => value instanceof torch.DType)
    .map((dtype) => [dtype.name, dtype]),
);

/** The dtype of a name. */
export function dtypeOf(name: string): torch.DType {
  const dtype = dtypes.get(name);
  if (dtype === undefined) throw new SyntaxError(`golden: unknown dtype ${name}`);
  return dtype;
}

function widened(dtype: torch.DType): torch.DType {
  if (dtype.isComplex) return torch.complex128;
  return dtype.isFloatingPoint ? torch.float64 : dtype;
}

function elementAt(json: TensorJson, i: number): Scalar {
  if (!json.dtype.startsWith("complex")) return numberOf(json.data[i]);
  return { re: Number(numberOf(json.data[2 * i])), im: Number(numberOf(json.data[2 * i + 1])) };
}

/** Steps of a column-major layout with a gap behind every element. */
function gappedStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  shape.forEach((_, d) => {
    strides.push(d === 0 ? 2 : (strides[d - 1] as number) * Math.max(shape[d - 1] as number, 1));
  });
  return strides;
}

/** Where an element, counted row-major, lies in the gapped layout. */
function gappedPosition(flat: number, shape: readonly number[], strides: readonly number[]): number {
  let at = 1;
  for (let d = shape.length - 1, rest = flat; d >= 0; d--) {
    const size = shape[d] as number;
    at += (rest % size) * (strides[d] as number);
    rest = Math.floor(rest / size);
  }
  return at;
}

/** A tensor of the files as a tensor: row-major, or with `strided` column-major with an offset and gaps that hold 77. */
export function makeTensor(json: TensorJson, options: DecodeOptions = {}): torch.Tensor {
  const { shape } = json;
  const dtype = options.float64 ? widened(dtypeOf(json.dtype)) : dtypeOf(json.dtype);
  const count = shape.reduce((a, b) => a * b, 1);
  if (!options.strided) {
    const host = new dtype.array(count * dtype.components);
    for (let i = 0; i < count; i++) encodeElement(host, i, dtype, elementAt(json, i));
    return fromHost(host, shape, dtype, resolveBackend("cpu"));
  }
  const strides = gappedStrides(shape);
  const host = new dtype.array(2 * count * dtype.components);
  for (let i = 0; i < 2 * count; i++) encodeElement(host, i, dtype, 77);
  for (let i = 0; i < count; i++) encodeElement(host, gappedPosition(i, shape, strides), dtype, elementAt(json, i));
  const { storage } = fromHost(host, [2 * count], dtype, resolveBackend("cpu"));
  return tensorOver(storage, shape, strides, count === 0 ? 0 : 1, dtype);
}

/** Decodes values, and collects the tensors that require grad. */
class Decoder {
  readonly leaves: torch.Tensor[] = [];

  constructor(private readonly options: DecodeOptions) {}

  value(json: Json): unknown {
    if (json === null || typeof json === "boolean" || typeof json === "number") return json;
    if (typeof json === "string") return json === "NaN" || json === "Infinity" || json === "-Infinity" ? numberOf(json) : json;
    if (Array.isArray(json)) return json.map((one: Json) => this.value(one));
    return isObject(json) ? this.object(json) : undefined;
  }

  object(json: JsonObject): unknown {
    const tensor = tensorJson(json);
    if (tensor !== null) return this.tensor(tensor);
    if (typeof json["$dtype"] === "string") return this.dtype(json["$dtype"]);
    if (typeof json["$device"] === "string") return json["$device"];
    if (json["$ellipsis"] === true) return "...";
    if ("$int" in json || "$float" in json) return numberOf(json);
    const slice = json["$slice"];
    if (Array.isArray(slice))
      return slice
        .map((n: Json) => (n === null ? "" : String(n)))
        .join(":")
        .replace(/:$/, "");
    const complex = json["$complex"];
    if (Array.isArray(complex)) return new torch.Complex(Number(numberOf(complex[0])), Number(numberOf(complex[1])));
    return this.named(json);
  }

  named(json: JsonObject): Record<string, unknown> {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [camelCase(name), this.value(value)]));
  }

  private dtype(name: string): torch.DType {
    return this.options.float64 ? widened(dtypeOf(name)) : dtypeOf(name);
  }

  private tensor(json: TensorJson): torch.Tensor {
    const tensor = makeTensor(json, this.options);
    if (json.requires_grad && this.options.grad) tensor.requiresGrad = true;
    if (json.requires_grad) this.leaves.push(tensor);
    return tensor;
  }
}

/** A value of the files as a value. */
export function decode(json: Json): unknown {
  return new Decoder({}).value(json);
}

/** The arguments of a call of the files; names of keyword arguments follow the rule. */
export function decodeCall(call: Call, options: DecodeOptions = {}): DecodedCall {
  const decoder = new Decoder(options);
  const args = call.args.map((arg) => decoder.value(arg));
  return { args, kwargs: decoder.named(call.kwargs), leaves: decoder.leaves };
}
