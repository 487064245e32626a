/**
 * Runs exported models: with ONNX Runtime (WebAssembly) where `onnxruntime-web` is installed, as `.ci/run` does; it takes 139 MB, so that it is
 * no dependency of the project.
 */

import * as torch from "flambeau";

type Data = Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array | Int16Array | Uint16Array | BigInt64Array;

interface RuntimeTensor {
  readonly type: string;
  readonly data: Data;
  readonly dims: readonly number[];
}

interface Runtime {
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>> }>;
  };
  readonly Tensor: new (type: string, data: Data, dims: readonly number[]) => RuntimeTensor;
  readonly env: { readonly wasm: { numThreads: number } };
}

const types: readonly (readonly [torch.DType, string])[] = [
  [torch.float32, "float32"],
  [torch.float64, "float64"],
  [torch.float16, "float16"],
  [torch.int64, "int64"],
  [torch.int32, "int32"],
  [torch.int16, "int16"],
  [torch.int8, "int8"],
  [torch.uint8, "uint8"],
  [torch.bool, "bool"],
];

/** ONNX Runtime, or null. */
export const runtime: Runtime | null = await import(/* @vite-ignore */ process.env["ONNXRUNTIME"] ?? "onnxruntime-web").then(
  (module: Runtime) => module,
  () => null,
);
if (runtime !== null) runtime.env.wasm.numThreads = 1;

function toRuntime(ort: Runtime, tensor: torch.Tensor): RuntimeTensor {
  const type = types.find(([dtype]) => dtype === tensor.dtype)?.[1] as string;
  const raw = tensor.dtype === torch.float16 ? tensor.contiguous().view(torch.int16) : tensor;
  const data = raw.toArray() as Data;
  return new ort.Tensor(
    type,
    tensor.dtype === torch.float16 ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data,
    tensor.shape,
  );
}

function fromRuntime({ type, data, dims }: RuntimeTensor): torch.Tensor {
  const dtype = types.find(([, name]) => name === type)?.[0] as torch.DType;
  if (type === "float16")
    return torch
      .tensor(new Int16Array(data.buffer, data.byteOffset, data.length))
      .view(torch.float16)
      .reshape([...dims]);
  return torch
    .tensor(data)
    .to(dtype)
    .reshape([...dims]);
}

/** The outputs of a model for inputs, in order. */
export async function runModel(program: torch.onnx.ONNXProgram, inputs: readonly torch.Tensor[]): Promise<torch.Tensor[]> {
  const ort = runtime;
  if (ort === null) throw new Error("onnxruntime-web is not installed");
  const session = await ort.InferenceSession.create(program.bytes, { logSeverityLevel: 3 });
  const feeds = Object.fromEntries(program.inputNames.map((name, i) => [name, toRuntime(ort, inputs[i] as torch.Tensor)]));
  const results = await session.run(feeds);
  return program.outputNames.map((name) => fromRuntime(results[name] as RuntimeTensor));
}
