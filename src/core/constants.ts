/** Numbers that PyTorch has by name. */

/** The circumference of a circle of diameter 1. */
export const pi: number = Math.PI;
/** Euler's number. */
export const e: number = Math.E;
/** Positive infinity. */
export const inf: number = Number.POSITIVE_INFINITY;
/** Not a number. */
export const nan: number = Number.NaN;
/** In an index, a new dimension of size 1. */
export const newaxis: null = null;
