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
