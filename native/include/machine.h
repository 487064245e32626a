// What some instruction sets do in one instruction, and how the others do it.
#pragma once
#include <cstring>

#include "isa.h"

#if defined(FB_AVX512) || defined(FB_AVX2)
#include <immintrin.h>
#endif

namespace fb {
namespace FB_NAMESPACE {

typedef Vector<float>::type F;
typedef Vector<int32_t>::type I;

inline F all(float x) { return F{} + x; }
#if defined(__wasm_relaxed_simd__)
// Of a comparison and a choice between what it compares, Clang makes `relaxed_min`, which may lose NaN.
inline F either(I mask, F x, F y) { return (F)__builtin_wasm_relaxed_laneselect_i32x4((I)x, (I)y, mask); }
#else
inline F either(I mask, F x, F y) { return mask ? x : y; }
#endif

// The smaller and the larger of two numbers; y where one of them is NaN.
inline F smaller(F x, F y) {
#if defined(FB_AVX512)
  return (F)_mm512_min_ps((__m512)x, (__m512)y);
#elif defined(FB_AVX2)
  return (F)_mm256_min_ps((__m256)x, (__m256)y);
#else
  return either(x < y, x, y);
#endif
}

inline F larger(F x, F y) {
#if defined(FB_AVX512)
  return (F)_mm512_max_ps((__m512)x, (__m512)y);
#elif defined(FB_AVX2)
  return (F)_mm256_max_ps((__m256)x, (__m256)y);
#else
  return either(x > y, x, y);
#endif
}

// y·2^n for whole -300 < n < 300; n itself may be as far as the result is 0 or infinite.
inline F scaleByPower2(F y, F n) {
#if defined(FB_AVX512)
  return (F)_mm512_scalef_ps((__m512)y, (__m512)n);
#else
  // In two steps, since the power itself may not be a normal number.
  const I whole = __builtin_convertvector(n, I), half = whole >> 1;
  return (y * (F)((half + 127) << 23)) * (F)((whole - half + 127) << 23);
#endif
}

// table[at modulo 16] for each lane.
inline F pick(const float (&table)[16], I at) {
#if defined(FB_AVX512)
  return (F)_mm512_permutexvar_ps((__m512i)at, _mm512_load_ps(table));
#elif defined(FB_AVX2)
  const __m256 low = _mm256_permutevar8x32_ps(_mm256_load_ps(table), (__m256i)at);
  const __m256 high = _mm256_permutevar8x32_ps(_mm256_load_ps(table + 8), (__m256i)at);
  return (F)_mm256_blendv_ps(low, high, (__m256)(at << 28));
#else
  F values;
  for (int i = 0; i < Vector<float>::lanes; i++) values[i] = table[at[i] & 15];
  return values;
#endif
}

// Whether a comparison holds in any lane.
inline bool anyLane(I mask) {
#if defined(FB_AVX512)
  return _mm512_movepi32_mask((__m512i)mask) != 0;
#elif defined(FB_AVX2)
  return _mm256_movemask_ps((__m256)mask) != 0;
#else
  int32_t found = 0;
  for (int i = 0; i < Vector<int32_t>::lanes; i++) found |= mask[i];
  return found != 0;
#endif
}

// The sum of the lanes.
inline float total(F x) {
#if defined(FB_AVX512)
  return _mm512_reduce_add_ps((__m512)x);
#else
  for (int width = Vector<float>::lanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) x[i] += x[i + width];
  return x[0];
#endif
}

// The first n of a vector's elements, 0 <= n <= lanes; the others are 0 and stay in memory as they are.
inline F loadSome(const float* from, int64_t n) {
  if (n == Vector<float>::lanes) return load<float>(from);
#if defined(FB_AVX512)
  return (F)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), from);
#else
  F x{};
  std::memcpy(&x, from, n * sizeof(float));
  return x;
#endif
}

inline void storeSome(float* to, F x, int64_t n) {
#if defined(FB_AVX512)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1), (__m512)x);
#else
  std::memcpy(to, &x, n * sizeof(float));
#endif
}

// Stores a whole vector without bringing its cache lines in first: for memory that nobody has touched lately. `to` is a multiple of the
// vector's size; `streamed` comes after the last of them.
template <class T>
inline void stream(T* to, typename Vector<T>::type value) {
#if defined(FB_AVX512)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)value);
#elif defined(FB_AVX2)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)value);
#else
  store<T>(to, value);
#endif
}

inline void streamed() {
#if defined(FB_AVX512) || defined(FB_AVX2)
  _mm_sfence();
#endif
}

// Outputs of so many bytes, into memory that the kernel does not read, are written past the caches: that memory was garbage until now and
// is in none of them. A million float32 added into a dozen arrays in turn: 165 to 210 µs so and 320 to 410 otherwise; where each addition
// reads the result of the one before, 280 to 430 and 410 to 490.
constexpr int64_t kStreamedBytes = 16384;

// to[i] = at(i, count), a vector of which `count` elements are wanted, for n elements.
template <class Function>
inline void fillRow(float* to, int64_t n, bool isStreamed, Function at) {
  constexpr int lanes = Vector<float>::lanes;
  int64_t i = 0;
  if (isStreamed) {
    const int64_t skipped = (FB_WIDTH - reinterpret_cast<uintptr_t>(to) % FB_WIDTH) % FB_WIDTH / sizeof(float);
    i = skipped < n ? skipped : n;
    if (i > 0) storeSome(to, at(0, i), i);
    for (; i + lanes <= n; i += lanes) stream<float>(to + i, at(i, lanes));
  } else {
    for (; i + lanes <= n; i += lanes) store<float>(to + i, at(i, lanes));
  }
  if (i < n) storeSome(to + i, at(i, n - i), n - i);
}

}  // namespace FB_NAMESPACE
}  // namespace fb
