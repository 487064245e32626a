// Products whose first operand is read through tables, out[r, n] = Σ a[rows[r] + at[l]]·b[l, n]: the elements that the taps of a convolution
// meet need no copies in the order of a matrix (Dukhan, "The Indirect Convolution Algorithm", 2019). b is packed in bands of columns.
#pragma once
#include "gemm.h"

namespace fb {
namespace FB_NAMESPACE {

// What a product is made of: rows of b lie N vectors apart, rows of out `step` elements.
template <class T>
struct Indirect {
  const T* a;
  const int64_t* rows;
  int64_t count;
  const int64_t* at;
  int64_t depth;
  const T* b;
  const T* start;     // what the sums begin with: nothing (null), one row for all (startStep 0), or rows
  int64_t startStep;
  T* out;
  int64_t step;
};

// R rows from the i-th on, and N vectors of columns.
template <class T, int R, int N>
__attribute__((noinline)) void indirectTile(const Indirect<T>& p, int64_t i) {
  typedef typename Vector<T>::type V;
  constexpr int lanes = kLanes<T>;
  const int64_t last = least(p.count - i, R) - 1;
  V sum[R][N];
  const T* row[R];
  for (int r = 0; r < R; r++) {
    const int64_t k = i + least(r, last);
    row[r] = p.a + p.rows[k];
    for (int v = 0; v < N; v++) sum[r][v] = p.start == nullptr ? V{} : load<T>(p.start + k * p.startStep + v * lanes);
  }
  const T* b = p.b;
  for (int64_t l = 0; l < p.depth; l++, b += N * lanes) {
    V column[N];
    for (int v = 0; v < N; v++) column[v] = load<T>(b + v * lanes);
    const int64_t at = p.at[l];
    for (int r = 0; r < R; r++) {
      const V x = splat(row[r][at]);
      for (int v = 0; v < N; v++) sum[r][v] += x * column[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < N && r <= last; v++) store<T>(p.out + (i + r) * p.step + v * lanes, sum[r][v]);
}

template <class T>
void multiplyIndirect(const Indirect<T>& p, int64_t vectors) {
  withVectors(vectors, [&](auto n) {
    for (int64_t i = 0; i < p.count; i += kTileRows<n()>) indirectTile<T, kTileRows<n()>, n()>(p, i);
  });
}

// to[n·across + l] = from[l·step + n]
template <class T>
void transpose(T* to, int64_t across, const T* from, int64_t step, int64_t count, int64_t depth) {
  int64_t n = 0;
  if constexpr (8 * sizeof(T) <= FB_WIDTH) {
    for (; n + 8 <= count; n += 8) {
      int64_t l = 0;
      for (; l + 8 <= depth; l += 8) Block8<T>::transpose(from + l * step + n, step, to + n * across + l, across);
      for (; l < depth; l++)
        for (int64_t x = n; x < n + 8; x++) to[x * across + l] = from[l * step + x];
    }
  }
  for (; n < count; n++)
    for (int64_t l = 0; l < depth; l++) to[n * across + l] = from[l * step + n];
}

}  // namespace FB_NAMESPACE
}  // namespace fb
