/** Reads ONNX files: protobuf's wire format, and the messages of a model as far as exported ones have them. */

import * as torch from "flambeau";
import { fromHost, resolveBackend } from "../../../src/tensor/create.js";

/** A field of a message: its number, and an integer or bytes. */
type Field = readonly [number: number, value: bigint | Uint8Array];

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new SyntaxError("onnx: the file ends within a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new SyntaxError("onnx: the file ends within a field");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const type = tag & 7;
    if (type !== 0 && type !== 2 && type !== 5) throw new SyntaxError(`onnx: wire type ${type}`);
    yield [tag >> 3, type === 0 ? varint() : take(type === 5 ? 4 : Number(varint()))];
  }
}

const text = (value: bigint | Uint8Array): string => new TextDecoder().decode(value as Uint8Array);
const all = (bytes: Uint8Array, field: number): (bigint | Uint8Array)[] =>
  [...fieldsOf(bytes)].flatMap(([number, value]) => (number === field ? [value] : []));
const messages = (bytes: Uint8Array, field: number): Uint8Array[] => all(bytes, field) as Uint8Array[];
const first = (bytes: Uint8Array, field: number): bigint | Uint8Array | undefined => all(bytes, field)[0];
const name = (bytes: Uint8Array, field: number): string => text(first(bytes, field) ?? new Uint8Array());
const number = (bytes: Uint8Array, field: number): number => Number((first(bytes, field) as bigint | undefined) ?? 0n);

export type AttributeValue = number | string | readonly number[] | readonly string[];

export interface ModelNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface ModelValue {
  readonly name: string;
  readonly dtype: torch.DType;
  readonly shape: readonly (number | string)[];
}

export interface Model {
  readonly opset: number;
  readonly irVersion: number;
  readonly producer: string;
  readonly nodes: readonly ModelNode[];
  readonly initializers: ReadonlyMap<string, torch.Tensor>;
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

/** The dtypes by their numbers in `TensorProto.DataType`. */
export const dtypes: ReadonlyMap<number, torch.DType> = new Map([
  [1, torch.float32],
  [2, torch.uint8],
  [3, torch.int8],
  [5, torch.int16],
  [6, torch.int32],
  [7, torch.int64],
  [9, torch.bool],
  [10, torch.float16],
  [11, torch.float64],
  [16, torch.bfloat16],
]);

function dtypeOf(code: number): torch.DType {
  const dtype = dtypes.get(code);
  if (dtype === undefined) throw new SyntaxError(`onnx: data type ${code}`);
  return dtype;
}

function attribute(bytes: Uint8Array): readonly [string, AttributeValue] {
  const kind = number(bytes, 20);
  const value = (): AttributeValue => {
    if (kind === 1) return new DataView((first(bytes, 2) as Uint8Array).slice().buffer).getFloat32(0, true);
    if (kind === 2) return number(bytes, 3);
    if (kind === 3) return name(bytes, 4);
    if (kind === 7) return all(bytes, 8).map(Number);
    if (kind === 8) return messages(bytes, 9).map(text);
    throw new SyntaxError(`onnx: an attribute of type ${kind}`);
  };
  return [name(bytes, 1), value()];
}

function tensor(bytes: Uint8Array): readonly [string, torch.Tensor] {
  const dtype = dtypeOf(number(bytes, 2));
  const shape = all(bytes, 1).map(Number);
  const raw = (first(bytes, 9) as Uint8Array).slice();
  const data = new dtype.array(raw.buffer, 0, raw.byteLength / dtype.itemsize);
  return [name(bytes, 8), fromHost(data, shape, dtype, resolveBackend("cpu"))];
}

function value(bytes: Uint8Array): ModelValue {
  const type = first(first(bytes, 2) as Uint8Array, 1) as Uint8Array;
  const shape = messages(first(type, 2) as Uint8Array, 1).map((dim) => {
    const symbol = first(dim, 2);
    return symbol === undefined ? number(dim, 1) : text(symbol);
  });
  return { name: name(bytes, 1), dtype: dtypeOf(number(type, 1)), shape };
}

/** The model in a file. */
export function readModel(bytes: Uint8Array): Model {
  const graph = first(bytes, 7) as Uint8Array;
  return {
    opset: number(first(bytes, 8) as Uint8Array, 2),
    irVersion: number(bytes, 1),
    producer: name(bytes, 2),
    nodes: messages(graph, 1).map((node) => ({
      op: name(node, 4),
      name: name(node, 3),
      inputs: messages(node, 1).map(text),
      outputs: messages(node, 2).map(text),
      attributes: Object.fromEntries(messages(node, 5).map(attribute)),
    })),
    initializers: new Map(messages(graph, 5).map(tensor)),
    inputs: messages(graph, 11).map(value),
    outputs: messages(graph, 12).map(value),
  };
}
