/** flambeau: PyTorch for TypeScript. The public namespace; names only. */

import "./devices.js";
import "./ops/methods.js";
import "./numpy/methods.js";
import "./tensor/inspect.js";

export {
  autocast,
  clearAutocastCache,
  getAutocastDtype,
  isAutocastCacheEnabled,
  isAutocastEnabled,
  setAutocastCacheEnabled,
  setAutocastDtype,
  setAutocastEnabled,
} from "./amp/autocast.js";
export * as amp from "./amp/index.js";
export * as autograd from "./autodiff/index.js";
export { enableGrad, inferenceMode, isGradEnabled, isInferenceModeEnabled, noGrad, setGradEnabled } from "./autograd/modes.js";
export { Complex } from "./core/complex.js";
export { e, inf, nan, newaxis, pi } from "./core/constants.js";
export { Device } from "./core/device.js";
export {
  bfloat16,
  bool,
  complex64,
  complex64 as cfloat,
  complex128,
  complex128 as cdouble,
  DType,
  float16,
  float16 as half,
  float32,
  float32 as float,
  float64,
  float64 as double,
  getDefaultDtype,
  int8,
  int16,
  int16 as short,
  int32,
  int32 as int,
  int64,
  int64 as long,
  setDefaultDtype,
  uint8,
} from "./core/dtype.js";
export * from "./core/errors.js";
export { FloatInfo, finfo, IntInfo, iinfo } from "./core/limits.js";
export { channelsLast, channelsLast3d, contiguousFormat, MemoryFormat } from "./core/memoryFormat.js";
export { getPrintoptions, setPrintoptions } from "./core/printing/index.js";
export { canCast, promoteTypes } from "./core/promotion.js";
export * as cuda from "./cuda.js";
export * as func from "./func.js";
export { vmap } from "./func.js";
export * as serialization from "./io/checkpoint/index.js";
export { load, save, saveAsync } from "./io/checkpoint/index.js";
export * as onnx from "./io/onnx/index.js";
export * as nn from "./nn/index.js";
export * as fft from "./ops/fft.js";
export * from "./ops/index.js";
export * as linalg from "./ops/linalg.js";
export * as random from "./ops/random/seeding.js";
export * as special from "./ops/special.js";
export * as optim from "./optim/index.js";
export {
  __version__,
  areDeterministicAlgorithmsEnabled,
  backends,
  device,
  getDeterministicDebugMode,
  getFloat32MatmulPrecision,
  getNumInteropThreads,
  getNumThreads,
  isWarnAlwaysEnabled,
  type MatmulPrecision,
  setDeterministicDebugMode,
  setFloat32MatmulPrecision,
  setNumInteropThreads,
  setNumThreads,
  setWarnAlways,
  useDeterministicAlgorithms,
} from "./settings.js";
export { getDefaultDevice, setDefaultDevice } from "./tensor/create.js";
export { Generator, getRngState, initialSeed, manualSeed, seed, setRngState } from "./tensor/generator.js";
export { Size } from "./tensor/size.js";
export { Tensor } from "./tensor/tensor.js";
export { UntypedStorage } from "./tensor/untyped.js";
export * as testing from "./testing/index.js";
export * as utils from "./utils.js";
