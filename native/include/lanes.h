// Functions of whole vectors that C has only for numbers, written once for every instruction set over the compiler's vector types.
//
// float32: polynomials after Cephes (Moshier 1984) and fits of our own (`native/fit.mjs`), within 2 ulp of the true value; NaN, infinities,
// zeros and subnormal numbers included (tests/native/accuracy.test.ts).
#pragma once
#include <cmath>

#include "machine.h"
#include "piecewise.h"

namespace fb {
namespace FB_NAMESPACE {

inline F floats(I x) { return __builtin_convertvector(x, F); }
#if defined(__wasm_relaxed_simd__)
// One instruction instead of the nine that make what is out of range exact, which never matters here.
inline I integers(F x) { return (I)__builtin_wasm_relaxed_trunc_s_i32x4_f32x4(x); }
#else
inline I integers(F x) { return __builtin_convertvector(x, I); }
#endif
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

// e^x for x >= -104, or below with 0 for all that is smaller; no upper bound is needed where x <= 0.
inline F expBounded(F x) {
  F n;
  const F r = reduceByLn2(larger(all(-104.f), x), n);
  return scaleByPower2((expTail(r) * r + 1.f) * r + 1.f, n);
}

inline F exp(F x) { return expBounded(smaller(all(89.f), x)); }

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

// An odd function that ends at 1, as x times a polynomial that depends on the piece in which |x| lies.
template <int degree>
inline F piecewise(const Piecewise<degree>& f, F x) {
  const F a = smaller(all(f.limit), magnitude(x));
  const I piece = (I)(a + f.offset) >> f.shift;
  const F r = a - pick(f.table[0], piece);
  F y = pick(f.table[degree + 1], piece);
  for (int k = degree; k > 0; k--) y = y * r + pick(f.table[k], piece);
  return either(magnitude(x) >= f.limit, withSign(all(1.f), x), y * x);
}

inline F tanh(F x) { return piecewise(kTanh, x); }
inline F erf(F x) { return piecewise(kErf, x); }
inline F sigmoid(F x) { return 1.f / (1.f + exp(-x)); }

// x·(1 + erf(x/√2))/2
inline F gelu(F x) {
  const F half = x * 0.5f;
  return erf(x * 0.707106781f) * half + half;
}

// The gradient of x by that of gelu(x): grad·((1 + erf(x/√2))/2 + x·exp(-x²/2)/√(2π))
inline F geluBackward(F grad, F x) {
  const F density = expBounded(x * x * -0.5f) * 0.398942280f;
  return grad * ((erf(x * 0.707106781f) * 0.5f + 0.5f) + x * density);
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
