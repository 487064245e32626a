// Bands of columns: parts of a matrix that are as wide as the widest tile.
#pragma once
#include "pack.h"

#include <type_traits>

namespace fb {
namespace FB_NAMESPACE {

inline int64_t roundUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }
inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// Vectors of a band at most, and rows of a tile: sums, a row of b and an element of a fill the registers.
#if defined(FB_AVX512)
constexpr int kBand = 4;
template <int N>
constexpr int kTileRows = N == 4 ? 6 : 8;
#elif defined(FB_AVX2)
constexpr int kBand = 2;
template <int N>
constexpr int kTileRows = N == 2 ? 6 : 8;
#else
constexpr int kBand = 2;
template <int N>
constexpr int kTileRows = N == 2 ? 4 : 8;
#endif

// Columns in bands of at most kBand vectors, as equal as they can be.
template <class T>
struct Bands {
  int64_t columns, vectors, count;
  explicit Bands(int64_t n) : columns(n), vectors((n + kLanes<T> - 1) / kLanes<T>), count((vectors + kBand - 1) / kBand) {}
  int64_t width(int64_t band) const { return vectors / count + (band < vectors % count ? 1 : 0); }  // in vectors
  int64_t start(int64_t band) const { return (band * (vectors / count) + least(band, vectors % count)) * kLanes<T>; }
  int64_t size(int64_t band) const { return least(columns - start(band), width(band) * kLanes<T>); }
  int64_t padded() const { return vectors * kLanes<T>; }
};

// Calls body with the number of vectors as a constant.
template <class F>
inline void withVectors(int64_t vectors, F body) {
  if constexpr (kBand >= 4) {
    if (vectors == 4) return body(std::integral_constant<int, 4>{});
    if (vectors == 3) return body(std::integral_constant<int, 3>{});
  }
  if (vectors == 2) return body(std::integral_constant<int, 2>{});
  body(std::integral_constant<int, 1>{});
}

// Packs columns of b as tiles read them, `vectors` vectors a row: to[l, n] = from[n·across + l·along], zeros beyond `count`.
template <class T>
void packBand(T* to, const T* from, int64_t across, int64_t along, int64_t count, int64_t depth, int64_t vectors) {
  withVectors(vectors, [&](auto n) { pack<T, n() * kLanes<T>>(to, from, across, along, count, depth); });
}

}  // namespace FB_NAMESPACE
}  // namespace fb
