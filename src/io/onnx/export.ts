/** `torch.onnx.export`: models as ONNX files, which other run times and languages run. */

import { ArgumentError, SerializationError } from "../../core/errors.js";
import { Module } from "../../nn/module.js";
import { Tensor } from "../../tensor/tensor.js";
import { writeFileAtomically } from "../atomic.js";
import { collected } from "../pieces.js";
import { dynamicAxes, type NamedAxes, namesOf } from "./axes.js";
import { Conversion } from "./conversion.js";
import { converterOf, readsShapeOnly } from "./converters/index.js";
import { type Axis, Graph } from "./graph.js";
import { type Call, type Program, placeOf, programOf, type Value, valuesIn } from "./program.js";
import { encodeModel, type NodeProto, type ValueProto } from "./proto.js";
import { type Exportable, runsOf, tensorsIn } from "./run.js";
import { sameSize, sizeOf } from "./sizes.js";

/** The first and the last version of ONNX's operators that models are written for. */
const OPSETS = [18, 23] as const;

/** A protobuf message has at most this many bytes. */
const LARGEST_FILE = 2 ** 31 - 1;

/** How a model is exported. */
export interface ExportOptions {
  /** Names of the inputs, in the order of the tensors among the arguments. */
  inputNames?: readonly string[];
  /** Names of the outputs. */
  outputNames?: readonly string[];
  /** Dimensions of inputs that may have any size, by the name of the input: `{ x: { 0: "batch" } }` or `{ x: [0] }`. Outputs may be named, too. */
  dynamicAxes?: Readonly<Record<string, NamedAxes>>;
  /** The same by the names of inputs or in their order: `[{ 0: "batch" }]`. */
  dynamicShapes?: Readonly<Record<string, NamedAxes | null>> | readonly (Readonly<Record<number, string>> | null)[];
  /** The version of the operators: 18 by default. */
  opsetVersion?: number;
}

/** An exported model. */
export class ONNXProgram {
  constructor(
    /** The file. */
    readonly bytes: Uint8Array,
    readonly inputNames: readonly string[],
    readonly outputNames: readonly string[],
    readonly opsetVersion: number,
  ) {}

  /**
   * Writes the file; it appears whole or not at all.
   * @throws {SerializationError} if it cannot be written.
   */
  save(path: string | URL): void {
    writeFileAtomically("onnx.export", path, this.bytes);
  }
}

/** Names for several things: those that are given, then numbered ones. */
function named(given: readonly string[] | undefined, count: number, what: string): string[] {
  if (given !== undefined && given.length > count)
    throw new ArgumentError(`onnx.export: ${given.length} ${what}Names are given (${given.join(", ")}), but there are ${count} ${what}s`);
  if (given !== undefined && new Set(given).size < given.length)
    throw new ArgumentError(`onnx.export: ${what}Names repeat a name: ${given.join(", ")}`);
  return Array.from({ length: count }, (_, i) => given?.[i] ?? (count === 1 ? what : `${what}_${i}`));
}

/** Axes by the names of inputs, from both options. */
function axesByName({ dynamicAxes: axes, dynamicShapes: shapes }: ExportOptions, inputNames: readonly string[]): Record<string, NamedAxes> {
  const byName: Record<string, NamedAxes> = { ...axes };
  const listed = Array.isArray(shapes) ? shapes.map((one, i) => [inputNames[i] ?? String(i), one] as const) : Object.entries(shapes ?? {});
  for (const [name, one] of listed as readonly (readonly [string, NamedAxes | null])[]) if (one !== null) byName[name] = one;
  return byName;
}

/** The names of a module's parameters and buffers, by the tensors and by where they lie. */
function stateNames(model: Exportable): (tensor: Tensor) => string | undefined {
  const state = model instanceof Module ? [...model.namedParameters(), ...model.namedBuffers()] : [];
  return (tensor) =>
    state.find(
      ([, one]) => one === tensor || (one.storage.root === tensor.storage.root && one.offset === tensor.offset && sameLayout(one, tensor)),
    )?.[0];
}

const sameLayout = (a: Tensor, b: Tensor): boolean =>
  a.shape.join() === b.shape.join() && a.strides.join() === b.strides.join() && a.dtype === b.dtype;

/** What stands for the outputs among those who read values. */
const outputCall: Call = {
  record: { kind: "composite", name: "output", schema: { name: "output", text: "output()", parameters: [], positional: 0, required: 0 } },
  args: [],
  outs: [],
  path: "",
  compute: null,
  viewed: null,
};

/** The calls that outputs depend on, and who reads each value. */
function liveCalls(program: Program): { readonly calls: readonly Call[]; readonly users: ReadonlyMap<Value, readonly Call[]> } {
  const users = new Map<Value, Call[]>(program.outputs.map((value) => [value, [outputCall]]));
  const calls: Call[] = [];
  for (const call of [...program.calls].reverse()) {
    const wanted = call.outs.some((out) => out !== null && out.constant === null && users.has(out));
    if (!wanted) continue;
    calls.push(call);
    for (const value of call.args.flatMap(valuesIn)) users.set(value, [...(users.get(value) ?? []), call]);
  }
  return { calls: calls.reverse(), users };
}

/** Adds the nodes of all calls. */
function convert(program: Program, graph: Graph): void {
  const { calls, users } = liveCalls(program);
  for (const call of calls) {
    const wanted = call.outs.filter((out): out is Value => out !== null && out.constant === null && users.has(out));
    if (wanted.every((out) => graph.isBound(out))) continue;
    graph.path = call.path;
    const converter = converterOf(call.record);
    if (converter === undefined && call.args.flatMap(valuesIn).length === 0) {
      throw new SerializationError(
        `onnx.export: the result of ${placeOf(call)} differs from run to run, but no operation on the inputs made it; what is random, or depends on sizes in its own way, cannot be exported`,
      );
    }
    if (converter === undefined) {
      throw new SerializationError(
        `onnx.export: there is no converter for ${placeOf(call)}; express it with other operations, or compute it outside of the model`,
      );
    }
    const made = converter(new Conversion(graph, call, (value) => users.get(value) ?? []));
    const names = typeof made === "string" ? [made] : made;
    call.outs.forEach((out, i) => {
      const name = names[i];
      if (out !== null && name !== null && name !== undefined && !graph.isBound(out)) graph.bind(out, name);
    });
  }
  graph.path = "";
}

/** The nodes that outputs depend on, under the names that the outputs have. */
function finished(graph: Graph, values: readonly Value[], names: readonly string[], inputs: readonly string[]): readonly NodeProto[] {
  const renamed = new Map<string, string>();
  values.forEach((value, i) => {
    const name = graph.nameOf(value);
    const isFree = !inputs.includes(name) && !graph.initializers.has(name) && !renamed.has(name);
    const own = isFree ? name : (graph.add("Identity", [name], {}, 1)[0] as string);
    renamed.set(own, names[i] as string);
  });
  const final = (name: string): string => renamed.get(name) ?? name;
  const needed = new Set(renamed.keys());
  const nodes: NodeProto[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of node.inputs) needed.add(name);
    nodes.push({ ...node, inputs: node.inputs.map(final), outputs: node.outputs.map(final) });
  }
  for (const name of graph.initializers.keys()) if (!needed.has(name)) graph.initializers.delete(name);
  return nodes.reverse();
}

/** An input or an output with the names of its dynamic sizes. */
function described(value: Value, name: string, axes: readonly Axis[], given: NamedAxes | undefined): ValueProto {
  const own = new Map(namesOf(given, name).map(([dim, symbol]) => [dim < 0 ? dim + value.shape.length : dim, symbol]));
  const shape = value.shape.map((size, d) => {
    if (typeof size === "number") return size;
    return own.get(d) ?? axes.find(({ sizes }) => sameSize(sizeOf(sizes), size))?.symbol ?? `${name}_dim_${d}`;
  });
  return { name, dtype: value.dtype.name, shape };
}

/**
 * Exports a module, or a function of tensors, as an ONNX model: it is traced on example arguments, several times, and what it calls is written
 * with ONNX's operators. Parameters and buffers become initialisers with their names. Switch modules to evaluation before (`model.eval()`).
 *
 * Dimensions that are not among the dynamic ones keep their sizes. Branches and loops are those that the example arguments lead to.
 *
 * @param args the arguments: one tensor, or an array of all.
 * @param path where to write the file, or null for nowhere.
 * @throws {SerializationError} for an operation without counterpart in ONNX, named with the module that called it, and for values that depend on
 * inputs in a way that no operation shows.
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2)).eval();
 * const program = torch.onnx.export(net, torch.randn(1, 4), null, { inputNames: ["x"], dynamicAxes: { x: { 0: "batch" } } });
 * program.inputNames; // ["x"]
 * ```
 */
export function exportModel(
  model: Exportable,
  args: Tensor | readonly unknown[],
  path: string | URL | null = null,
  options: ExportOptions = {},
): ONNXProgram {
  const opset = options.opsetVersion ?? OPSETS[0];
  if (!Number.isInteger(opset) || opset < OPSETS[0] || opset > OPSETS[1])
    throw new ArgumentError(`onnx.export: opsetVersion must be from ${OPSETS[0]} to ${OPSETS[1]}, got ${opset}`);
  const given = args instanceof Tensor ? [args] : args;
  const tensors = tensorsIn(given);
  const [first] = tensors;
  if (first === undefined) throw new ArgumentError("onnx.export: the arguments have no tensor, so that the model would have no input");
  const inputNames = named(options.inputNames, tensors.length, "input");
  const byName = axesByName(options, inputNames);
  const dynamic = dynamicAxes(tensors, inputNames, options.outputNames ?? ["output"], byName);
  const { traces, sizes, written } = runsOf(model, given, dynamic);
  const program = programOf(traces, readsShapeOnly);
  const outputNames = named(options.outputNames, program.outputs.length, "output");
  const axes = dynamic.map(
    ({ input, dim, symbol }, i): Axis => ({ symbol, dim, input: program.inputs[input] as Value, sizes: sizes[i] as readonly number[] }),
  );
  const graph = new Graph(opset, axes, stateNames(model), first);
  for (const name of [...inputNames, ...outputNames]) graph.unique(name);
  for (const [i, value] of program.inputs.entries()) graph.bind(value, inputNames[i] as string);
  convert(program, graph);
  if (written !== null)
    throw new SerializationError(
      `onnx.export: the model writes '${written}' while it runs, which an exported model cannot; call model.eval() first`,
    );
  const nodes = finished(graph, program.outputs, outputNames, inputNames);
  const pieces = encodeModel({
    opset,
    producer: "flambeau",
    name: model instanceof Module ? model._getName() : "main_graph",
    nodes,
    initializers: [...graph.initializers.values()],
    inputs: program.inputs.map((value, i) => described(value, inputNames[i] as string, axes, byName[inputNames[i] as string])),
    outputs: program.outputs.map((value, i) => described(value, outputNames[i] as string, axes, byName[outputNames[i] as string])),
  });
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (size > LARGEST_FILE)
    throw new SerializationError(`onnx.export: the model takes ${size} bytes; a file of ONNX holds at most ${LARGEST_FILE}`);
  const bytes = collected((write) => {
    for (const piece of pieces) write(piece);
  });
  const made = new ONNXProgram(bytes, inputNames, outputNames, opset);
  if (path !== null) made.save(path);
  return made;
}
