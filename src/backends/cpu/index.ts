/** The CPU device. */

import type { Backend } from "../../backend/contract.js";
import { Device } from "../../core/device.js";
import type { DType, TypedArray } from "../../core/dtype.js";
import { chooseEngine, fetchEngine, plain } from "./engine.js";
import { argReduce } from "./js/argReduce.js";
import { avgPool, avgPoolBackward } from "./js/averagePool.js";
import { conv, convTranspose, convWeight } from "./js/conv.js";
import { fft } from "./js/fft.js";
import { gather } from "./js/gather.js";
import { indexGet, indexPut } from "./js/indexing.js";
import { indexRange } from "./js/indexRange.js";
import { join } from "./js/join.js";
import { linalg } from "./js/linalg/index.js";
import { matmul } from "./js/matmul.js";
import { maxPool, maxPoolBackward } from "./js/maxPool.js";
import { nonzero } from "./js/nonzero.js";
import { pointwise } from "./js/pointwise.js";
import { pointwiseEach } from "./js/pointwiseEach.js";
import { bernoulli, multinomial, random, randomState, sample } from "./js/random.js";
import { reduce } from "./js/reduce.js";
import { scan } from "./js/scan.js";
import { scatter } from "./js/scatter.js";
import { sequence } from "./js/sequence.js";
import { softmax } from "./js/softmax.js";
import { sort } from "./js/sort.js";
import type { Kernels } from "./native/engine.js";
import { read } from "./read.js";
import { allocate, CpuStorage, reclaim } from "./storage.js";

/** The kernels of the js engine, which knows everything. */
export const jsKernels: Kernels = {
  pointwise,
  pointwiseEach,
  reduce,
  argReduce,
  softmax,
  scan,
  matmul,
  conv,
  convTranspose,
  convWeight,
  maxPool,
  maxPoolBackward,
  avgPool,
  avgPoolBackward,
  fft,
  join,
  gather,
  scatter,
  indexGet,
  indexPut,
  sort,
  nonzero,
  sequence,
  random,
  bernoulli,
  sample,
  multinomial,
  indexRange,
  linalg,
};

const { kernels, settings, regenerator } = chooseEngine(jsKernels);

/** The CPU backend. */
export const cpuBackend: Backend<CpuStorage> = {
  device: Device.of("cpu"),
  canBlock: true,
  allocate,
  reclaim,
  upload: (dtype: DType, data: TypedArray) => new CpuStorage(dtype, data.length / dtype.components, data, 0),
  read,
  readAsync: async (operand) => read(operand),
  hostMemory: ({ data, base }) => ({ data, base }),
  synchronize: () => {},
  randomState: (seed) => randomState(seed, regenerator),
  settings,
  kernels,
};

/** Lets WebAssembly compute from now on if this is a page and its module can be fetched. */
export async function loadEngine(): Promise<void> {
  if (settings.engine !== "js" || globalThis.process?.versions?.node !== undefined) return;
  const engine = await fetchEngine(jsKernels);
  Object.assign(cpuBackend, typeof engine === "string" ? { settings: plain("js", "none", engine) } : engine);
}

Object.defineProperty(CpuStorage.prototype, "backend", { value: cpuBackend });
