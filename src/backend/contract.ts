/** The contract between the library and a device: memory, transfer, and one table of kernels. */

import type { Device } from "../core/device.js";
import type { DType, TypedArray } from "../core/dtype.js";
import type { Program } from "../expr/program.js";
import type { Operand, Storage } from "./storage.js";

/** An input of a pointwise program: elements, or one number for all of them (a bigint where int64 is computed). */
export type PointwiseInput<S extends Storage = Storage> = Operand<S> | number | bigint;

/** Reductions to one value over dimensions. */
export type Reducer = "sum" | "prod" | "max" | "min" | "any" | "all";

/** Running reductions along a dimension; those of `max` and `min` also give indices. */
export type Scanner = "sum" | "prod" | "max" | "min" | "logsumexp";

/** How `scatter` combines what is written with what is there. */
export type ScatterMode = "write" | "add" | "mul" | "max" | "min";

/** Random distributions; the parameters are those of PyTorch's in-place methods. */
export type Distribution =
  | { readonly kind: "uniform"; readonly from: number; readonly to: number }
  | { readonly kind: "normal"; readonly mean: number; readonly std: number }
  | { readonly kind: "exponential"; readonly lambda: number }
  | { readonly kind: "bernoulli"; readonly p: number }
  | { readonly kind: "cauchy"; readonly median: number; readonly sigma: number }
  | { readonly kind: "logNormal"; readonly mean: number; readonly std: number }
  | { readonly kind: "geometric"; readonly p: number }
  | { readonly kind: "truncNormal"; readonly mean: number; readonly std: number; readonly a: number; readonly b: number }
  | { readonly kind: "integer"; readonly from: bigint; readonly to: bigint }
  /** Integers from 0 to the largest of the dtype; for floats to the largest below which there is no gap. */
  | { readonly kind: "anyInteger" }
  | { readonly kind: "randperm" };

/**
 * Distributions whose parameters are elements: rates, trials and probabilities, shapes, concentrations in the last dimension; for
 * `uniformWhere` a mask, the lower and the upper bound: where the mask is 0 nothing is drawn and 1 is written.
 */
export type Sampler = "poisson" | "binomial" | "standardGamma" | "dirichlet" | "uniformWhere";

/** The state of a device's random generator. */
export interface RandomState {
  /** The seed that the state was made from. */
  readonly seed: bigint;
  /** The state as PyTorch's `get_rng_state` gives it. */
  save(): Uint8Array;
  /** Continues from a saved state. */
  restore(state: Uint8Array): void;
  /** A number below 2^32 (`bits` 32) or 2^64 (`bits` 64), for seeds. */
  draw(bits: 32 | 64): bigint;
}

/** Options of `matmul`: `out = alpha·a·b + beta·bias`. */
export interface MatmulOptions<S extends Storage = Storage> {
  readonly bias?: Operand<S> | null;
  readonly alpha?: number;
  readonly beta?: number;
}

/** How something moves over the spatial dimensions of `[N, C, …spatial]`: one entry for each of them. */
export interface Sliding {
  readonly stride: readonly number[];
  /** What lies before the first element. How much follows the last one is left to the sizes of the operands. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** A convolution, whose channels fall into `groups` that do not mix. */
export interface Convolution extends Sliding {
  readonly groups: number;
}

/** What attention reads: `[batch, heads, length, size]` of any strides; `key` and `value` may have fewer heads, which several of `query` share in order. */
export interface AttentionInputs<S extends Storage = Storage> {
  readonly query: Operand<S>;
  readonly key: Operand<S>;
  readonly value: Operand<S>;
  /** What is added to the scores, of their shape `[batch, heads, queries, keys]`. */
  readonly mask: Operand<S> | null;
  /** Whether query number i sees only the keys up to number i. */
  readonly causal: boolean;
  readonly scale: number;
}

/** What attention gives: the results, whose last dimension has stride 1, and the logarithm of the sum of exponentials for each query, dense. */
export interface AttentionOutputs<S extends Storage = Storage> {
  readonly output: Operand<S>;
  readonly logsumexp: Operand<S>;
}

/** The windows of pooling. */
export interface PoolWindow extends Sliding {
  readonly kernel: readonly number[];
}

/** The windows that averages are taken over, without dilation: sums are divided by `divisor`, or by the number of places. */
export interface AverageWindow extends Omit<PoolWindow, "dilation"> {
  /** Whether places in the padding count. */
  readonly countIncludePad: boolean;
  readonly divisor: number | null;
}

/** What a recurrence reads or writes in its steps. */
export interface Series<S extends Storage = Storage> {
  /** `[steps, rows, columns]`; the same in every step without the first dimension, and in every row without the second. */
  readonly values: Operand<S>;
  /** Where it is given, a step reads the values of the step that was taken before it, and the first step this; null for nothing. */
  readonly before?: Operand<S> | null;
  /** Where it is given, a step reads the values of the step that is taken after it, and the last step this. */
  readonly after?: Operand<S>;
}

/**
 * Steps along sequences, in their order or from the end. Each computes `sums = state · weight + added` for all rows, and then a program over blocks
 * of `size` columns. Of one floating dtype throughout.
 */
export interface Recurrence<S extends Storage = Storage> {
  readonly steps: number;
  readonly reverse: boolean;
  /** `[rows, k]` in each step. In a step in which it is nothing there is no product. */
  readonly state: Series<S>;
  /** `[k, n]`, with any strides. */
  readonly weight: Operand<S>;
  /** `[rows, n]` in each step. */
  readonly added: Series<S> | null;
  readonly program: Program;
  readonly size: number;
  /** The blocks of these, one after the other, are the program's inputs; null stands for the sums. */
  readonly inputs: readonly (Series<S> | null)[];
  /** The blocks of these are its outputs. */
  readonly outputs: readonly Operand<S>[];
}

/**
 * Decompositions of the matrices in the last two dimensions of operands, one for each place in the dimensions before, which all operands
 * have in common. Matrices are float32, float64 or complex of these; what is real of a complex one (eigenvalues of Hermitian matrices,
 * singular values) has the dtype of its parts. Conventions, signs among them, are LAPACK's. `info` (int32) is 0 for every matrix for
 * which all went well; pivots (int32) count from 1.
 */
export interface LinalgKernels<S extends Storage = Storage> {
  /** `L` with `L·Lᴴ = input`, or `U` with `Uᴴ·U`; of `input` that triangle is read. `info` is the order of the first minor that is not positive. */
  cholesky(output: Operand<S>, info: Operand<S>, input: Operand<S>, upper: boolean): void;
  /** `L` without its diagonal and `U` in one matrix. `info` is the number of the first zero in the diagonal of `U`. */
  lu(output: Operand<S>, pivots: Operand<S>, info: Operand<S>, input: Operand<S>): void;
  /** The order of rows (int64, from 0) that pivots stand for: row `output[i]` of `input` is row `i` of `L·U`. */
  permutation(output: Operand<S>, pivots: Operand<S>): void;
  /** The solution of `A·X = b`, or of `Aᴴ·X = b`, for `A` as `lu` packs it. */
  luSolve(output: Operand<S>, packed: Operand<S>, pivots: Operand<S>, b: Operand<S>, adjoint: boolean): void;
  /** The solution of `A·X = b` for one triangle of `a`; its diagonal counts as ones with `unit`. */
  triangularSolve(output: Operand<S>, a: Operand<S>, b: Operand<S>, upper: boolean, unit: boolean): void;
  /** `L·D·Lᵀ`, or `L·D·Lᴴ`, from the lower triangle, in one matrix. `info` is the number of the first pivot that is 0. */
  ldl(output: Operand<S>, pivots: Operand<S>, info: Operand<S>, input: Operand<S>, hermitian: boolean): void;
  /** The solution of `A·X = b` for `A` as `ldl` packs it. */
  ldlSolve(output: Operand<S>, packed: Operand<S>, pivots: Operand<S>, b: Operand<S>, hermitian: boolean): void;
  /** `R` and below it Householder's reflectors, whose factors are `tau`. */
  geqrf(output: Operand<S>, tau: Operand<S>, input: Operand<S>): void;
  /** The first columns, as many as `output` has, of the product of the reflectors in `packed`. */
  householderProduct(output: Operand<S>, packed: Operand<S>, tau: Operand<S>): void;
  /** The ascending eigenvalues of Hermitian matrices, of which one triangle is read, and their vectors as columns. */
  eigh(values: Operand<S>, vectors: Operand<S> | null, info: Operand<S>, input: Operand<S>, upper: boolean): void;
  /** The complex eigenvalues and vectors. `info` is negative where `input` is not finite. */
  eig(values: Operand<S>, vectors: Operand<S> | null, info: Operand<S>, input: Operand<S>): void;
  /** The descending singular values with `input = U·diag(values)·Vᴴ`; `u` and `vh` have as many columns and rows as are wanted, or both are null. */
  svd(values: Operand<S>, u: Operand<S> | null, vh: Operand<S> | null, info: Operand<S>, input: Operand<S>): void;
}

/**
 * The kernels of a device, a closed list of families. Kernels trust their arguments: shapes, dtypes and bounds are checked before.
 * Outputs are allocated by the caller. No output overlaps an input, unless both are the same elements in the same order.
 */
export interface KernelTable<S extends Storage = Storage> {
  /** Evaluates a program element by element, computing in `compute`. Inputs have the outputs' shape (strides may be 0 or negative). */
  pointwise(program: Program, compute: DType, outputs: readonly Operand<S>[], inputs: readonly PointwiseInput<S>[]): void;
  /**
   * Evaluates a program over many lists of operands, as an optimiser does over all parameters. `operands` has the lists one after the other, `width`
   * operands each: the program's first inputs; `numbers` are the others. `written` says which operand of a list each output writes. The operands of a
   * list have one shape, and all are dense and of the dtype `compute`. Optional: without it, and where it gives false because it has no kernel for
   * the program, the library calls `pointwise` for each list.
   */
  pointwiseEach?(
    program: Program,
    compute: DType,
    operands: readonly Operand<S>[],
    width: number,
    written: readonly number[],
    numbers: readonly number[],
  ): boolean;
  /**
   * Evaluates a one-output program and reduces it over `dims` (of the common shape of the inputs), then multiplies by `scale`.
   * The output's shape is the inputs' with `dims` removed.
   */
  reduce(
    reducer: Reducer,
    program: Program,
    compute: DType,
    output: Operand<S>,
    inputs: readonly PointwiseInput<S>[],
    shape: readonly number[],
    dims: readonly number[],
    scale: number,
  ): void;
  /** The extreme value along `dim` and its first index (int64), NaN winning. The outputs lack `dim`; `values` may be null. */
  argReduce(kind: "max" | "min", values: Operand<S> | null, indices: Operand<S>, input: Operand<S>, dim: number): void;
  /** Softmax along `dim`, or its logarithm. Optional: without it the library composes reductions. */
  softmax?(output: Operand<S>, input: Operand<S>, dim: number, log: boolean): void;
  /**
   * `(input - mean)·rstd·weight + bias` for rows, `rstd = 1/√(variance + eps)`; `mean` and `rstd` have an element for each row, `weight` and
   * `bias` one for each column. All are dense and real. Optional: without it the library composes reductions.
   */
  layerNorm?(
    output: Operand<S>,
    mean: Operand<S>,
    rstd: Operand<S>,
    input: Operand<S>,
    weight: Operand<S> | null,
    bias: Operand<S> | null,
    eps: number,
  ): void;
  /**
   * The gradients of `layerNorm`: that of the input, and sums over rows for `weight` and `bias`. All are dense and of one dtype, float32 or
   * float64, with elements in `input`. Optional: without it the library composes reductions.
   */
  layerNormBackward?(
    gradInput: Operand<S>,
    gradWeight: Operand<S>,
    gradBias: Operand<S>,
    grad: Operand<S>,
    input: Operand<S>,
    mean: Operand<S>,
    rstd: Operand<S>,
    weight: Operand<S> | null,
  ): void;
  /**
   * All steps of a recurrence. Optional: without it, and where it gives false because it has no kernel for the dtype or a layout, the library
   * takes each step by `matmul` and `pointwise`.
   */
  recurrence?(recurrence: Recurrence<S>): boolean;
  /**
   * `softmax(query · keyᵀ · scale + mask) · value` without the matrix of scores, for float32 and float64. Where a query sees nothing the result is
   * 0. Optional: without it the library composes products and softmax.
   */
  attention?(outputs: AttentionOutputs<S>, inputs: AttentionInputs<S>): void;
  /** The gradients of query, key and value, of their shapes and with last dimensions of stride 1, from that of the output. */
  attentionBackward?(
    gradients: readonly [query: Operand<S>, key: Operand<S>, value: Operand<S>],
    grad: Operand<S>,
    outputs: AttentionOutputs<S>,
    inputs: AttentionInputs<S>,
  ): void;
  /**
   * `(input - mean)·rstd·weight + bias` for the channels of `[N, C, …S]`, `rstd = 1/√(variance + eps)`. In `training` the statistics are those of
   * the batch (the variance divided by its size) and are written; else `mean` and `rstd` are read and `variance` is null. All are dense, row-major
   * and of one dtype, float32 or float64; statistics, `weight` and `bias` are vectors over channels. Optional, as is its gradient: without it
   * the library composes reductions.
   */
  batchNorm?(
    output: Operand<S>,
    mean: Operand<S>,
    variance: Operand<S> | null,
    rstd: Operand<S>,
    input: Operand<S>,
    weight: Operand<S> | null,
    bias: Operand<S> | null,
    eps: number,
    training: boolean,
  ): void;
  /** The gradients of `batchNorm`; those of the input pass through the statistics in `training`. */
  batchNormBackward?(
    gradInput: Operand<S>,
    gradWeight: Operand<S>,
    gradBias: Operand<S>,
    grad: Operand<S>,
    input: Operand<S>,
    mean: Operand<S>,
    rstd: Operand<S>,
    weight: Operand<S> | null,
    training: boolean,
  ): void;
  /** The elements of inputs one after the other; all operands are dense and of one dtype. Optional: without it the library copies them one by one. */
  join?(output: Operand<S>, inputs: readonly Operand<S>[]): void;
  /** Running reduction along `dim`. */
  scan(kind: Scanner, values: Operand<S>, indices: Operand<S> | null, input: Operand<S>, dim: number): void;
  /** `out = alpha·a·b + beta·bias` for matrices `[m, k]·[k, n]` or batches of them `[b, m, k]·[b, k, n]`, with any strides. */
  matmul(output: Operand<S>, a: Operand<S>, b: Operand<S>, options: MatmulOptions<S>): void;
  /**
   * Convolution in any number of spatial dimensions, with `Ci` and `Co` channels and K·… weights for each pair of them:
   * `output[n, o, p] = bias[o] + Σ input[n, c, p·stride + k·dilation - padding] · weight[o, c, k]`, what lies outside being 0.
   * `input` is `[N, Ci, …I]`, `weight` `[Co, Ci/groups, …K]`, `bias` `[Co]`, `output` `[N, Co, …P]`. Outputs of this and the next five are dense.
   */
  conv(output: Operand<S>, input: Operand<S>, weight: Operand<S>, bias: Operand<S> | null, convolution: Convolution): void;
  /** The transposed convolution, `output[n, c, p·stride + k·dilation - padding] += input[n, o, p] · weight[o, c, k]`: `[N, Co, …P] → [N, Ci, …I]`, then plus `bias` `[Ci]`. */
  convTranspose(output: Operand<S>, input: Operand<S>, weight: Operand<S>, bias: Operand<S> | null, convolution: Convolution): void;
  /** The gradient of a convolution's weight, `output[o, c, k] = Σ input[n, c, p·stride + k·dilation - padding] · grad[n, o, p]`, from `[N, Ci, …I]` and `[N, Co, …P]`. */
  convWeight(output: Operand<S>, input: Operand<S>, grad: Operand<S>, convolution: Convolution): void;
  /**
   * The largest element of each window (the first of equal ones, the last NaN) and its place (int64) in the flattened spatial dimensions:
   * `[N, C, …I] → [N, C, …P]`.
   * Without a window, each dimension is cut into pieces: the i-th of P from ⌊i·I/P⌋ to before ⌈(i+1)·I/P⌉.
   */
  maxPool(output: Operand<S>, indices: Operand<S> | null, input: Operand<S>, window: PoolWindow | null): void;
  /**
   * The reverse of `maxPool`: every element of `grad` `[N, C, …P]` added to the place of its plane that `indices` name, in `output`
   * `[N, C, …I]`, which is 0 elsewhere. `indices` and `output` are dense. Floats only.
   */
  maxPoolBackward(output: Operand<S>, grad: Operand<S>, indices: Operand<S>): void;
  /** The average of each window; without a window, of pieces as in `maxPool`. */
  avgPool(output: Operand<S>, input: Operand<S>, window: AverageWindow | null): void;
  /** The reverse of `avgPool`: every element of `grad` `[N, C, …P]` shared by those of its window, summed in `output` `[N, C, …I]`. Floats only. */
  avgPoolBackward(output: Operand<S>, grad: Operand<S>, window: AverageWindow | null): void;
  /** The discrete Fourier transform of complex numbers along `dim`, `output[k] = scale · Σ input[j]·exp(∓2πi·j·k/n)`, with plus where `inverse`. */
  fft(output: Operand<S>, input: Operand<S>, dim: number, inverse: boolean, scale: number): void;
  /** `output[i][j][k] = input[index[i][j][k]][j][k]` for `dim` 0, and so on. */
  gather(output: Operand<S>, input: Operand<S>, dim: number, index: Operand<S>): void;
  /** `output[index[i][j][k]][j][k] = source[i][j][k]` for `dim` 0, and so on, combined by `mode`. */
  scatter(output: Operand<S>, dim: number, index: Operand<S>, source: PointwiseInput<S>, mode: ScatterMode): void;
  /**
   * Advanced indexing. `indices` holds, for each dimension of `input`, an index operand of one common shape or null (the whole dimension).
   * `output` has the shape: index shape, then the sizes of the null dimensions in order.
   */
  indexGet(output: Operand<S>, input: Operand<S>, indices: readonly (Operand<S> | null)[]): void;
  /** The reverse of `indexGet`: writes (or adds) `source` at the indexed places of `output`. */
  indexPut(output: Operand<S>, indices: readonly (Operand<S> | null)[], source: Operand<S>, accumulate: boolean): void;
  /** Sorts along `dim`; NaN counts as the largest. Stable. `indices` are int64. */
  sort(values: Operand<S>, indices: Operand<S>, input: Operand<S>, dim: number, descending: boolean): void;
  /**
   * The elements that would be at the places `ranks` (int64, as many in each line as `values` has there) if each line along `dim` were
   * sorted as `sort` does, and where they are. False where the kernel does not take the operands. Optional: without it operations sort.
   */
  select?(values: Operand<S>, indices: Operand<S>, input: Operand<S>, dim: number, ranks: Operand<S>, descending: boolean): boolean;
  /**
   * For each of `values` `[b, k]` how many leading elements of its row of `sequences` `[b, m]` come before it, by bisection;
   * with `right` also those that are equal. All dense and of one real dtype, `output` int64. Optional.
   */
  search?(output: Operand<S>, sequences: Operand<S>, values: Operand<S>, right: boolean): void;
  /**
   * The `p`-norms of the differences of all pairs of rows of `a` `[n, i, m]` and `b` `[n, j, m]`, as `[n, i, j]`; where `b` is null of all pairs
   * of rows `i < j` of `a` `[1, i, m]`, as a vector, those of the first row first. All dense and of one dtype. False for dtypes that the kernel
   * does not take. Optional: without it operations compose reductions.
   */
  distances?(output: Operand<S>, a: Operand<S>, b: Operand<S> | null, p: number): boolean;
  /** The coordinates `[n, rank]` (int64) of the elements that are not zero, in row-major order. Needs to read the data. */
  nonzero(input: Operand<S>): S;
  /** `start + i·step` for the i-th element. */
  sequence(output: Operand<S>, start: number | bigint, step: number | bigint): void;
  /** Fills with random values in row-major order. */
  random(output: Operand<S>, distribution: Distribution, generator: RandomState): void;
  /** Fills with Bernoulli samples of the probabilities in `p`. */
  bernoulli(output: Operand<S>, p: Operand<S>, generator: RandomState): void;
  /** Fills with samples of which each has parameters of its own, in the output's shape. */
  sample(sampler: Sampler, output: Operand<S>, parameters: readonly PointwiseInput<S>[], generator: RandomState): void;
  /** Samples category indices (int64) from each row of weights. */
  multinomial(output: Operand<S>, weights: Operand<S>, replacement: boolean, generator: RandomState): void;
  /**
   * The smallest and the largest of some indices (int64), for the errors about those that are out of bounds; of none, Infinity and -Infinity.
   * Absent where the host does not see values at once: kernels of such a device must survive bad indices.
   */
  indexRange?(index: Operand<S>): readonly [smallest: number, largest: number];
  /** Decompositions of matrices. Optional: without them operations say that the device has none. */
  readonly linalg?: LinalgKernels<S>;
}

/** What a device says about how it computes, and lets its user set. */
export interface ComputeSettings {
  /** The engine that computes: `js`, `native` or `wasm` for the CPU. */
  readonly engine: string;
  /** The instruction set of its kernels. */
  readonly instructions: string;
  /** Why a faster engine is not in use, or null. */
  readonly reason: string | null;
  /** The number of threads. */
  threads: number;
}

/** A device. */
export interface Backend<S extends Storage = Storage> {
  readonly device: Device;
  /** Whether the host can wait for the device, so that values can be read synchronously. */
  readonly canBlock: boolean;
  /** Memory for elements, with any content. */
  allocate(dtype: DType, length: number): S;
  /** Takes memory back that nobody will read or write again. Optional: without it the garbage collector finds it. */
  reclaim?(storage: S): void;
  /** Memory with the given elements (host representation: half floats as bits, complex numbers as pairs). Takes over `data`. */
  upload(dtype: DType, data: TypedArray): S;
  /** The elements in row-major order. Only where `canBlock`. */
  read(operand: Operand<S>): TypedArray;
  /** The elements in row-major order, once the device has finished. */
  readAsync(operand: Operand<S>): Promise<TypedArray>;
  /** The memory itself, where the host can touch it: a storage's elements are those of `data` from number `base` on; else null. */
  hostMemory(storage: S): { readonly data: TypedArray; readonly base: number } | null;
  /** Waits until all queued work is done. */
  synchronize(): void;
  /** A random generator with the given seed. */
  randomState(seed: bigint): RandomState;
  /** How the device computes, where there is something to tell or to set. */
  readonly settings?: ComputeSettings;
  readonly kernels: KernelTable<S>;
}
