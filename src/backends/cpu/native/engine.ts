/** The native engine: kernels of the shared library where it has them, for operands that are large enough to gain from it. */

import type { KernelTable } from "../../../backend/contract.js";
import { numelOf } from "../../../core/shape.js";
import { alignWith, type CpuStorage } from "../storage.js";
import { LEAST_ELEMENTS } from "../thresholds.js";
import { Arguments } from "./arguments.js";
import { nativeAttention } from "./attention.js";
import { nativeBatchNorm } from "./batchNorm.js";
import { nativeConvolutions } from "./conv.js";
import { nativeCopy } from "./copy.js";
import { nativeDistances } from "./distance.js";
import { stepTable } from "./encode.js";
import { nativeFft } from "./fft.js";
import { nativeIndexing } from "./gather.js";
import { withHalves } from "./half.js";
import { nativeLayerNorm } from "./layerNorm.js";
import type { NativeLibrary } from "./library.js";
import { nativeLinalg } from "./linalg.js";
import { nativeArgReduce, nativeScan, nativeSelect } from "./lines.js";
import { nativeMatmul } from "./matmul.js";
import { nativeNonzero, nativeSearch } from "./nonzero.js";
import { nativePointwise } from "./pointwise.js";
import { nativePointwiseEach } from "./pointwiseEach.js";
import { nativePooling } from "./pool.js";
import { nativeRecurrence } from "./recurrence.js";
import { nativeReduce } from "./reduce.js";
import { nativeIndexGet, nativeSort } from "./rows.js";
import { nativeSoftmax } from "./softmax.js";

/** The kernels of the CPU: what is optional in the contract is there. */
export type Kernels = KernelTable<CpuStorage> &
  Required<Pick<KernelTable<CpuStorage>, "softmax" | "pointwiseEach" | "indexRange" | "linalg">>;

/** Kernels that only libraries have. */
type Fused = "layerNorm" | "layerNormBackward" | "attention" | "attentionBackward" | "batchNorm" | "batchNormBackward" | "recurrence";

export type NativeKernels = Kernels & Required<Pick<KernelTable<CpuStorage>, Fused>>;

/**
 * The kernels of a library over those of the js engine; `always` gives it small operands too, for tests. `args` are those of a library with
 * memory of its own.
 */
export function nativeKernels(library: NativeLibrary, js: Kernels, always: boolean, args: Arguments = inPlace(library)): NativeKernels {
  const steps = stepTable(library.text("steps"));
  const pointwise = nativeCopy(library, args, nativePointwise(library, args, steps, js.pointwise, always));
  const reduce = nativeReduce(library, args, steps, js.reduce, always);
  const softmax = nativeSoftmax(library, args, js.softmax);
  const sort = nativeSort(library, args, js.sort);
  const indexing = nativeIndexing(library, args, js);
  const indexGet = nativeIndexGet(library, args, indexing.indexGet);
  const scan = nativeScan(library, args, js.scan);
  const argReduce = nativeArgReduce(library, args, js.argReduce);
  const fft = nativeFft(library, args, js.fft);
  const nonzero = nativeNonzero(library, args, js.nonzero);
  const least = always ? 1 : LEAST_ELEMENTS;
  return {
    ...js,
    ...nativeLayerNorm(library, args),
    pointwiseEach: nativePointwiseEach(library, args, steps, js.pointwiseEach, always),
    recurrence: nativeRecurrence(library, args, steps),
    ...nativeAttention(library, args),
    ...nativeBatchNorm(library, args),
    ...withHalves({ matmul: nativeMatmul(library, args, js.matmul, always), ...nativeConvolutions(library, args, js, always) }, pointwise),
    ...nativePooling(library, args, js, always),
    pointwise: (program, compute, outputs, inputs) => {
      if ((outputs[0]?.count ?? 0) < least) js.pointwise(program, compute, outputs, inputs);
      else pointwise(program, compute, outputs, inputs);
    },
    reduce: (reducer, program, compute, output, inputs, shape, dims, scale) => {
      if (numelOf(shape) < least) js.reduce(reducer, program, compute, output, inputs, shape, dims, scale);
      else reduce(reducer, program, compute, output, inputs, shape, dims, scale);
    },
    softmax: (output, input, dim, log) => {
      if (output.count < least) js.softmax(output, input, dim, log);
      else softmax(output, input, dim, log);
    },
    sort: (values, indices, input, dim, descending) => {
      if (input.count < least) js.sort(values, indices, input, dim, descending);
      else sort(values, indices, input, dim, descending);
    },
    linalg: nativeLinalg(library, args, js.linalg, always),
    distances: nativeDistances(library, args),
    select: nativeSelect(library, args),
    search: nativeSearch(library, args),
    scan: (kind, values, indices, input, dim) => {
      if (input.count < least) js.scan(kind, values, indices, input, dim);
      else scan(kind, values, indices, input, dim);
    },
    argReduce: (kind, values, indices, input, dim) => {
      if (input.count < least) js.argReduce(kind, values, indices, input, dim);
      else argReduce(kind, values, indices, input, dim);
    },
    fft: (output, input, dim, inverse, scale) => {
      if (output.count < least) js.fft(output, input, dim, inverse, scale);
      else fft(output, input, dim, inverse, scale);
    },
    nonzero: (input) => (input.count < least ? js.nonzero(input) : nonzero(input)),
    gather: (output, input, dim, index) => {
      if (index.count < least) js.gather(output, input, dim, index);
      else indexing.gather(output, input, dim, index);
    },
    scatter: (output, dim, index, source, mode) => {
      if (index.count < least) js.scatter(output, dim, index, source, mode);
      else indexing.scatter(output, dim, index, source, mode);
    },
    indexPut: (output, indices, source, accumulate) => {
      if (source.count < least) js.indexPut(output, indices, source, accumulate);
      else indexing.indexPut(output, indices, source, accumulate);
    },
    indexRange: (index) => (index.count < least ? js.indexRange(index) : indexing.indexRange(index)),
    indexGet: (output, input, indices) => {
      if (output.count < least) js.indexGet(output, input, indices);
      else indexGet(output, input, indices);
    },
  };
}

/** Arguments for kernels that read arrays where they lie, which are aligned from now on. */
function inPlace(library: NativeLibrary): Arguments {
  alignWith(library.address);
  return new Arguments(library);
}
