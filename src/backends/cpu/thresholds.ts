/**
 * From which size on the native engine computes: single timings on a busy 2-core Zen 4 machine with AVX-512, Node 20, good to a factor of two.
 * `bench/elementwise.ts` times the operations that they decide about.
 * A native call costs about 150 ns before its first element, the JavaScript loops 0.6 ns for an addition.
 */

/** Fewer elements than this are never given to a native kernel: one comparison for small tensors. */
export const LEAST_ELEMENTS = 256;

/** A program that costs `c` additions an element is computed natively from `POINTWISE_COST / c` elements on. */
export const POINTWISE_COST = 1024;

/** The work that a thread takes at a time, in additions: 32,768 take about 4 µs in the caches, waking a thread 1 to 5 µs. */
export const GRAIN_COST = 32768;

/** Products of at least so many multiplications are computed natively, `bench/matrix.ts`: JavaScript takes 0.6 ns for each, a native call 400 ns. */
export const MATMUL_WORK = 512;

/** Convolutions likewise. */
export const CONV_WORK = 2048;

/** Pooling of images of at least so many elements is native. */
export const POOL_WORK = 512;

/** Matrices are decomposed natively if a batch has at least so many elements. */
export const LINALG_ELEMENTS = 64;

/** The thresholds that engines differ in. */
export interface Thresholds {
  /** As `POINTWISE_COST`. */
  readonly pointwise: number;
  /** As `MATMUL_WORK`. */
  readonly matmul: number;
  /** As `CONV_WORK`. */
  readonly conv: number;
  /** As `POOL_WORK`. */
  readonly pool: number;
}

export const nativeThresholds: Thresholds = { pointwise: POINTWISE_COST, matmul: MATMUL_WORK, conv: CONV_WORK, pool: POOL_WORK };

/**
 * Those of the WebAssembly engine, where a call costs about 1 µs with the copies of small operands. Where the two lines of `x.add(y)`, `x.exp()`,
 * `a.mm(b)`, `conv2d` and `maxPool2d` of growing sizes cross, timed with `FLAMBEAU_CPU=js` and `=wasm`: at 700 and 150 elements,
 * 2,000 and 300 multiplications, and 400 elements.
 */
export const wasmThresholds: Thresholds = { pointwise: 2048, matmul: 2048, conv: 512, pool: 512 };

/** Rows of a table are read by WebAssembly if they are at least this part of the table, which has to be copied. */
export const TABLE_SHARE = 0.5;

/** WebAssembly updates lists of operands one by one if they have so many elements on the average; fewer are updated in one loop of JavaScript. Between the sizes at which `add` and `exp` gain; not measured by itself. */
export const EACH_ELEMENTS = 512;
