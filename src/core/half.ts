/** Half-precision floats: conversion between their 16 bits and numbers. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the bfloat16 nearest to `x` (ties to even). */
export function encodeBfloat16(x: number): number {
  float[0] = x;
  const b = bits[0] as number;
  if ((b & 0x7fffffff) > 0x7f800000) return ((b >>> 16) | 0x40) & 0xffff;
  return ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number that bfloat16 bits stand for. */
export function decodeBfloat16(h: number): number {
  bits[0] = h << 16;
  return float[0] as number;
}

/** The bits of the float16 nearest to `x` (ties to even), `x` taken as a float32. */
export function encodeFloat16(x: number): number {
  float[0] = x;
  const b = bits[0] as number;
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  if (magnitude >= 0x47800000) {
    // Too large for float16, infinite or NaN.
    if (magnitude > 0x7f800000) return sign | 0x7e00;
    return sign | 0x7c00;
  }
  if (magnitude < 0x38800000) {
    // Subnormal: the unit in the last place is 2^-24.
    const scaled = Math.abs(float[0] as number) * 16777216;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The number that float16 bits stand for. */
export function decodeFloat16(h: number): number {
  const exponent = (h >>> 10) & 0x1f;
  const fraction = h & 0x3ff;
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return h & 0x8000 ? -magnitude : magnitude;
}
