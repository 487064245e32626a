// Functions of whole vectors that C has only for numbers, written once for every instruction set over the compiler's vector types.
//
// float32: polynomials after Cephes (Moshier 1984) and minimax fits of our own, within 2 ulp of the true value (tanh 2.2); NaN, infinities, zeros
// and subnormal numbers included (tests/native/accuracy.test.ts).
#pragma once
#include <cmath>

#include "isa.h"

namespace fb {
namespace FB_NAMESPACE {

typedef Vector<float>::type F;
typedef Vector<int32_t>::type I;

inline F floats(I x) { return __builtin_convertvector(x, F); }
inline I integers(F x) { return __builtin_convertvector(x, I); }
inline F all(float x) { return F{} + x; }
inline F either(I mask, F x, F y) { return mask ? x : y; }
inline F magnitude(F x) { return (F)((I)x & 0x7fffffff); }
inline F withSign(F x, F of) { return (F)(((I)x & 0x7fffffff) | ((I)of & (int32_t)0x80000000)); }

// The nearest whole number where |x| < 2^22: the sum leaves no room for a fraction.
inline F nearest(F x) { return (x + 12582912.f) - 12582912.f; }

// 2^n for -126 <= n <= 127.
inline F power2(I n) { return (F)((n + 127) << 23); }

constexpr float kLog2E = 1.44269504088896341f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;

// x = n·ln 2 + r with |r| <= ln 2 / 2; the high part of ln 2 has few digits, so that the products are exact.
inline F reduceByLn2(F x, F& n) {
  n = nearest(x * kLog2E);
  return (x - n * kLn2High) - n * kLn2Low;
}

// (e^r - 1 - r) / r² for |r| <= ln 2 / 2
inline F expTail(F r) {
  F p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  return p * r + 5.0000001201e-1f;
}

inline F exp(F x) {
  F clamped = either(x > 89.f, all(89.f), x);
  clamped = either(clamped < -104.f, all(-104.f), clamped);
  F n;
  const F r = reduceByLn2(clamped, n);
  const F y = expTail(r) * (r * r) + r + 1.f;
  // In two steps, since the power itself may not be a normal number.
  const I whole = integers(n), half = whole >> 1;
  return y * power2(half) * power2(whole - half);
}

// e^x for -87 <= x <= 0
inline F expNegative(F x) {
  F n;
  const F r = reduceByLn2(x, n);
  return (expTail(r) * (r * r) + r + 1.f) * power2(integers(n));
}

inline F expm1(F x) {
  F clamped = either(x > 89.f, all(89.f), x);
  clamped = either(clamped < -30.f, all(-30.f), clamped);
  F n;
  const F r = reduceByLn2(clamped, n);
  const F y = expTail(r) * (r * r) + r;
  // 2^n·y + (2^n - 1), halved until the last step so that 2^128 does not arise.
  const F scale = power2(integers(n) - 1);
  const F result = (scale * y + (scale - 0.5f)) * 2.f;
  return either(n == 0.f, either(y == 0.f, x, y), result);
}

inline F log(F x) {
  // Subnormal numbers become normal.
  const I small = x < 1.17549435e-38f;
  const F normal = either(small, x * 8388608.f, x);
  // m in [sqrt(1/2), sqrt(2)), x = m·2^e
  const I bits = (I)normal - 0x3f3504f3;
  const F e = floats((bits >> 23) - (small & 23));
  const F f = (F)((bits & 0x7fffff) + 0x3f3504f3) - 1.f;
  F p = f * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  const F square = f * f;
  const F tail = p * f * square + e * kLn2Low - 0.5f * square;
  F y = (f + tail) + e * kLn2High;
  y = either(x > 3.4028234e38f, x, y);
  y = either(x == 0.f, all(-INFINITY), y);
  return either((x < 0.f) | (x != x), all(NAN), y);
}

inline F log1p(F x) {
  const F u = x + 1.f;
  // What the sum lost, to first order.
  const F lost = (x - (u - 1.f)) / u;
  const F y = log(u) + either((u > 0.f) & (u < INFINITY), lost, F{});
  return either(magnitude(x) < 1e-10f, x, y);
}

inline F tanh(F x) {
  const F a = magnitude(x);
  const F t = expm1(2.f * either(a > 10.f, all(10.f), a));
  const F s = x * x;
  const F small = (((s * 2.18694885e-2f - 5.39682540e-2f) * s + 1.33333333e-1f) * s - 3.33333333e-1f) * s * x + x;
  return either(a < 0.25f, small, either(x != x, x, withSign(t / (t + 2.f), x)));
}

inline F sigmoid(F x) { return 1.f / (1.f + exp(-x)); }

// |x| <= 1: x + x·p(x²). Beyond: 1 - p(x), a minimax polynomial for erfc up to 3.92, where erf rounds to 1.
inline F erf(F x) {
  const F t = x * x;
  F low = t * 7.88912283e-05f - 0.000802084227f;
  low = low * t + 0.00518953545f;
  low = low * t - 0.0268544446f;
  low = low * t + 0.112836002f;
  low = low * t - 0.376126271f;
  low = low * t + 0.128379166f;
  const F a = magnitude(x);
  const F u = either(a > 3.92f, all(3.92f), a) * 0.684931507f - 1.68493151f;
  F high = u * 0.000855955614f - 0.00163329579f;
  high = high * u - 0.00227370842f;
  high = high * u + 0.00909317587f;
  high = high * u - 0.00807508504f;
  high = high * u - 0.00653535069f;
  high = high * u + 0.0287027608f;
  high = high * u - 0.0450944766f;
  high = high * u + 0.0450047441f;
  high = high * u - 0.0306016198f;
  high = high * u + 0.0139316333f;
  high = high * u - 0.00387804236f;
  high = high * u + 0.000503326778f;
  return either(a <= 1.f, low * x + x, either(x != x, x, withSign(1.f - high, x)));
}

// x reduced to [-π/4, π/4] by the nearest multiple of π/2, whose number is `quarter`. For |x| < 1024.
inline F reduceByHalfPi(F x, I& quarter) {
  const F n = nearest(x * 0.636619772367581343f);
  quarter = integers(n);
  return (((x - n * 1.5703125f) - n * 4.837512969970703e-4f) - n * 7.54953362e-8f) - n * 2.56334415e-12f;
}

inline F sinPolynomial(F r) {
  const F s = r * r;
  return ((s * -1.9515295891e-4f + 8.3321608736e-3f) * s - 1.6666654611e-1f) * s * r + r;
}

inline F cosPolynomial(F r) {
  const F s = r * r;
  return ((s * 2.443315711809948e-5f - 1.388731625493765e-3f) * s + 4.166664568298827e-2f) * (s * s) - 0.5f * s + 1.f;
}

// sin(x + shift·π/2) for |x| < 1024
inline F sinusoid(F x, int shift) {
  I quarter;
  const F r = reduceByHalfPi(x, quarter);
  quarter += shift;
  const F y = either((quarter & 1) != 0, cosPolynomial(r), sinPolynomial(r));
  return (F)((I)y ^ ((quarter & 2) << 30));
}

// A function of numbers on each lane.
template <class Vec, class Function>
inline Vec eachLane(Vec x, Function function) {
  constexpr int lanes = sizeof(Vec) / sizeof(x[0]);
  for (int i = 0; i < lanes; i++) x[i] = function(x[i]);
  return x;
}

inline bool anyLane(I mask) {
  int32_t found = 0;
  for (int i = 0; i < Vector<int32_t>::lanes; i++) found |= mask[i];
  return found != 0;
}

inline F sin(F x) {
  if (__builtin_expect(anyLane(magnitude(x) >= 1024.f), 0)) return eachLane(x, [](float v) { return std::sin(v); });
  return either(x == 0.f, x, sinusoid(x, 0));
}

inline F cos(F x) {
  if (__builtin_expect(anyLane(magnitude(x) >= 1024.f), 0)) return eachLane(x, [](float v) { return std::cos(v); });
  return sinusoid(x, 1);
}

}  // namespace FB_NAMESPACE
}  // namespace fb
