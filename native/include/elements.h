// Elements of every dtype in memory, read into blocks of one number type and written back. Plain loops that the compiler vectorises.
#pragma once
#include <cstring>
#include <type_traits>

#include "isa.h"

// Loops whose turns do not depend on each other, though an output may be an input at the same place.
#if defined(__clang__)
#define FB_LOOP _Pragma("clang loop vectorize(assume_safety)") for
#else
#define FB_LOOP _Pragma("GCC ivdep") for
#endif

namespace fb {
namespace FB_NAMESPACE {

// A truth value is an integer as wide as the numbers: all bits or none.
template <class T>
using Mask = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;

struct Bool {
  uint8_t bits;
};
struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

template <class To, class From>
inline To bitsOf(From from) {
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

// Half floats without branches, after Dukhan's FP16 (https://github.com/Maratyszcza/FP16).
inline float decode(Half x) {
  const uint32_t w = static_cast<uint32_t>(x.bits) << 16, twice = w + w;
  const float normal = bitsOf<float>((twice >> 4) + (0xe0u << 23)) * 0x1.0p-112f;
  const float subnormal = bitsOf<float>((twice >> 17) | (126u << 23)) - 0.5f;
  return bitsOf<float>((w & 0x80000000u) | (twice < (1u << 27) ? bitsOf<uint32_t>(subnormal) : bitsOf<uint32_t>(normal)));
}
inline float decode(Brain x) { return bitsOf<float>(static_cast<uint32_t>(x.bits) << 16); }

inline Half encodeHalf(float x) {
  const uint32_t w = bitsOf<uint32_t>(x), twice = w + w;
  const float rounded = (bitsOf<float>(w & 0x7fffffffu) * 0x1.0p+112f) * 0x1.0p-110f;
  uint32_t bias = twice & 0xff000000u;
  bias = bias < 0x71000000u ? 0x71000000u : bias;
  const uint32_t bits = bitsOf<uint32_t>(bitsOf<float>((bias >> 1) + 0x07800000u) + rounded);
  const uint32_t finite = ((bits >> 13) & 0x7c00u) + (bits & 0xfffu);
  return {static_cast<uint16_t>((w >> 16 & 0x8000u) | (twice > 0xff000000u ? 0x7e00u : finite))};
}
inline Brain encodeBrain(float x) {
  const uint32_t w = bitsOf<uint32_t>(x);
  const uint32_t rounded = (w + 0x7fffu + (w >> 16 & 1u)) >> 16;
  return {static_cast<uint16_t>((w & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded)};
}

template <class T, class S>
inline T read(S x) {
  if constexpr (std::is_same_v<S, Bool>) return static_cast<T>(x.bits);
  else if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, Brain>) return static_cast<T>(decode(x));
  else if constexpr (std::is_floating_point_v<S> && std::is_integral_v<T>) return static_cast<T>(static_cast<int64_t>(x));
  else return static_cast<T>(x);
}

template <class S, class T>
inline S written(T x) {
  if constexpr (std::is_same_v<S, Bool>) return {static_cast<uint8_t>(x != 0)};
  else if constexpr (std::is_same_v<S, Half>) return encodeHalf(static_cast<float>(x));
  else if constexpr (std::is_same_v<S, Brain>) return encodeBrain(static_cast<float>(x));
  // By way of int64, so that what is out of range wraps.
  else if constexpr (std::is_floating_point_v<T> && std::is_integral_v<S>) return static_cast<S>(static_cast<int64_t>(x));
  else return static_cast<S>(x);
}

template <class S>
inline bool isTrue(S x) {
  if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, Brain>) return (x.bits & 0x7fff) != 0;
  else if constexpr (std::is_same_v<S, Bool>) return x.bits != 0;
  else return x != 0;
}

// Moves n elements between a block, where they are neighbours, and memory, where they are `stride` elements apart.
using Mover = void (*)(void* block, void* memory, int64_t stride, int64_t n);

// The bytes of an element, by dtype.
constexpr int kSizes[10] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};

// Movers by dtype, for blocks of float, double, int32_t and int64_t; src/kernels/tables.cc has them.
template <class T>
struct Movers {
  static const Mover load[10], loadMask[10], store[10], storeMask[10];
};

template <class T>
constexpr int kCode = std::is_same_v<T, float> ? kFloat32 : std::is_same_v<T, double> ? kFloat64 : std::is_same_v<T, int32_t> ? kInt32 : kInt64;

}  // namespace FB_NAMESPACE
}  // namespace fb
