// Packing: copies parts of matrices into the order in which the tile kernel reads them.
#pragma once
#include "tile.h"

namespace fb {
namespace FB_NAMESPACE {

// An 8×8 block, transposed in registers where vectors have at least eight lanes: three rounds of exchanging halves, quarters, neighbours.
template <class T>
struct Block8 {
  typedef T V __attribute__((vector_size(8 * sizeof(T))));
  typedef T Loose __attribute__((vector_size(8 * sizeof(T)), aligned(sizeof(T)), may_alias));
#if defined(__clang__)
#define FB_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
  typedef decltype(V{} > V{}) I;
#define FB_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, I{__VA_ARGS__})
#endif

  static void transpose(const T* from, int64_t fromRow, T* to, int64_t toRow) {
    V x[8], y[8];
    for (int r = 0; r < 8; r++) x[r] = *reinterpret_cast<const Loose*>(from + r * fromRow);
    for (int r = 0; r < 8; r += 2) {
      y[r] = FB_SHUFFLE(x[r], x[r + 1], 0, 8, 2, 10, 4, 12, 6, 14);
      y[r + 1] = FB_SHUFFLE(x[r], x[r + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int r = 0; r < 8; r += 4) {
      for (int s = 0; s < 2; s++) {
        x[r + s] = FB_SHUFFLE(y[r + s], y[r + s + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        x[r + s + 2] = FB_SHUFFLE(y[r + s], y[r + s + 2], 2, 3, 10, 11, 6, 7, 14, 15);
      }
    }
    for (int s = 0; s < 4; s++) {
      *reinterpret_cast<Loose*>(to + s * toRow) = FB_SHUFFLE(x[s], x[s + 4], 0, 1, 2, 3, 8, 9, 10, 11);
      *reinterpret_cast<Loose*>(to + (s + 4) * toRow) = FB_SHUFFLE(x[s], x[s + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
  }
#undef FB_SHUFFLE
};

// to[l·W + c] = from[c·across + l·along] for c < count and l < depth; zeros for c from `count` to W.
template <class T, int W>
void pack(T* to, const T* from, int64_t across, int64_t along, int64_t count, int64_t depth) {
  if (across == 1 && count == W) {
    for (int64_t l = 0; l < depth; l++) std::memcpy(to + l * W, from + l * along, W * sizeof(T));
    return;
  }
  int64_t start = 0;
  if constexpr (W % 8 == 0 && 8 * sizeof(T) <= FB_WIDTH) {
    if (along == 1) {
      const int64_t whole = depth & ~int64_t{7};
      for (; start + 8 <= count; start += 8) {
        for (int64_t l = 0; l < whole; l += 8) Block8<T>::transpose(from + start * across + l, across, to + l * W + start, W);
        for (int64_t l = whole; l < depth; l++)
          for (int64_t c = start; c < start + 8; c++) to[l * W + c] = from[c * across + l];
      }
    }
  }
  if (along == 1) {
    // Column by column, in the order of the memory that is read.
    for (int64_t c = start; c < count; c++)
      for (int64_t l = 0; l < depth; l++) to[l * W + c] = from[c * across + l];
    if (count < W)
      for (int64_t l = 0; l < depth; l++)
        for (int64_t c = count; c < W; c++) to[l * W + c] = 0;
    return;
  }
  for (int64_t l = 0; l < depth; l++) {
    for (int64_t c = start; c < count; c++) to[l * W + c] = from[c * across + l * along];
    for (int64_t c = count; c < W; c++) to[l * W + c] = 0;
  }
}

// The columns of a product in tiles: whole ones, and where a last one of a single vector would remain, two of two.
template <class T>
struct Columns {
  int64_t total, whole, count;
  explicit Columns(int64_t n) : total(n) {
    const int64_t vectors = (n + kLanes<T> - 1) / kLanes<T>;
    const bool uneven = kVectors == 3 && vectors % 3 == 1 && vectors > 1;
    whole = vectors / kVectors - (uneven ? 1 : 0);
    const int64_t rest = vectors - whole * kVectors;
    count = whole + (rest == 0 ? 0 : uneven ? 2 : 1);
  }
  int64_t start(int64_t t) const { return t <= whole ? t * kColumns<T> : whole * kColumns<T> + (t - whole) * 2 * kLanes<T>; }
  int64_t size(int64_t t) const {
    const int64_t end = t + 1 == count ? total : start(t + 1);
    return end - start(t);
  }
};

}  // namespace FB_NAMESPACE
}  // namespace fb
