/** The messages of ONNX (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that an exported model is made of. */

import type { DTypeName } from "../../core/dtype.js";
import { Message } from "./protobuf.js";

/** `TensorProto.DataType`. */
export const dataTypes: Readonly<Record<DTypeName, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
};

/** The value of an attribute of a node. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly ints: readonly number[] };

/** A node: an operator of ONNX, the names of its operands (empty where one is left out) and of its results. */
export interface NodeProto {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor with its elements, little-endian. */
export interface TensorProto {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly data: readonly Uint8Array[];
}

/** An input or an output: sizes that are known, and the names of others. */
export interface ValueProto {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly shape: readonly (number | string)[];
}

/** A model. */
export interface ModelProto {
  readonly opset: number;
  readonly producer: string;
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueProto[];
  readonly outputs: readonly ValueProto[];
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if ("int" in value) return message.int(3, value.int).int(20, 2);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  if ("text" in value) return message.text(4, value.text).int(20, 3);
  if ("texts" in value) {
    for (const one of value.texts) message.text(9, one);
    return message.int(20, 8);
  }
  for (const one of value.ints) message.int(8, one);
  return message.int(20, 7);
}

function node({ op, name, inputs, outputs, attributes }: NodeProto): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(3, name).text(4, op);
  for (const [key, value] of Object.entries(attributes)) message.message(5, attribute(key, value));
  return message;
}

function tensor({ name, dtype, shape, data }: TensorProto): Message {
  const message = new Message();
  for (const size of shape) message.int(1, size);
  return message.int(2, dataTypes[dtype]).text(8, name).data(9, data);
}

function value({ name, dtype, shape }: ValueProto): Message {
  const dims = new Message();
  for (const size of shape) dims.message(1, typeof size === "number" ? new Message().int(1, size) : new Message().text(2, size));
  const type = new Message().int(1, dataTypes[dtype]).message(2, dims);
  return new Message().text(1, name).message(2, new Message().message(1, type));
}

/** The version of the file format that came with a version of the operators. */
function formatVersion(opset: number): number {
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  return opset <= 22 ? 10 : 11;
}

/** The bytes of a model, in pieces. */
export function encodeModel(model: ModelProto): readonly Uint8Array[] {
  const graph = new Message();
  for (const one of model.nodes) graph.message(1, node(one));
  graph.text(2, model.name);
  for (const one of model.initializers) graph.message(5, tensor(one));
  for (const one of model.inputs) graph.message(11, value(one));
  for (const one of model.outputs) graph.message(12, value(one));
  return new Message()
    .int(1, formatVersion(model.opset))
    .text(2, model.producer)
    .message(7, graph)
    .message(8, new Message().text(1, "").int(2, model.opset))
    .finish();
}
