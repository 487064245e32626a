// What some instruction sets do in one instruction, and how the others do it.
#pragma once
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

}  // namespace FB_NAMESPACE
}  // namespace fb
