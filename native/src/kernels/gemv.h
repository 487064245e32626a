// Products of a vector and a matrix, out[j] = Σ a[l]·b[l, j]: each element of b serves one multiplication, so memory sets the pace.
#pragma once
#include "gemm.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kStrip = 512;        // columns whose sums stay in the first-level cache
constexpr int64_t kVectorWork = 1 << 16;  // elements of b that are worth a piece of their own

// Rows of b are contiguous: sums of a strip of columns, four rows at a time.
template <class T>
void strip(const T* a, Matrix<const T> b, int64_t depth, const Target<T>& to, int64_t columns) {
  typedef typename Vector<T>::type V;
  alignas(64) T sums[kStrip] = {};
  constexpr int lanes = kLanes<T>;
  const int64_t whole = columns / lanes * lanes;
  int64_t l = 0;
  for (; l + 4 <= depth; l += 4) {
    const T *b0 = &b.at(l, 0), *b1 = b0 + b.row, *b2 = b1 + b.row, *b3 = b2 + b.row;
    const V a0 = splat(a[l]), a1 = splat(a[l + 1]), a2 = splat(a[l + 2]), a3 = splat(a[l + 3]);
    for (int64_t j = 0; j < whole; j += lanes)
      store<T>(sums + j, (load<T>(sums + j) + a0 * load<T>(b0 + j) + a1 * load<T>(b1 + j)) + (a2 * load<T>(b2 + j) + a3 * load<T>(b3 + j)));
    for (int64_t j = whole; j < columns; j++) sums[j] += a[l] * b0[j] + a[l + 1] * b1[j] + (a[l + 2] * b2[j] + a[l + 3] * b3[j]);
  }
  for (; l < depth; l++)
    for (int64_t j = 0; j < columns; j++) sums[j] += a[l] * b.at(l, j);
  finish<T>(sums, 0, to, 1, columns);
}

// Columns of b are contiguous: N dot products at a time, two sums each.
template <class T, int N>
void dots(const T* a, const T* b, int64_t step, int64_t depth, T* sums) {
  typedef typename Vector<T>::type V;
  constexpr int lanes = kLanes<T>;
  V even[N], odd[N];
  for (int c = 0; c < N; c++) even[c] = odd[c] = V{};
  int64_t l = 0;
  for (; l + 2 * lanes <= depth; l += 2 * lanes) {
    const V x = load<T>(a + l), y = load<T>(a + l + lanes);
    for (int c = 0; c < N; c++) {
      even[c] += x * load<T>(b + c * step + l);
      odd[c] += y * load<T>(b + c * step + l + lanes);
    }
  }
  for (; l < depth; l += lanes) {
    const int64_t count = least(depth - l, lanes);
    const V x = gatherPart(a + l, 1, count);
    for (int c = 0; c < N; c++) even[c] += x * gatherPart(b + c * step + l, 1, count);
  }
  for (int c = 0; c < N; c++) {
    const V sum = even[c] + odd[c];
    T halves[lanes];
    store<T>(halves, sum);
    for (int half = lanes / 2; half > 0; half /= 2)
      for (int x = 0; x < half; x++) halves[x] += halves[x + half];
    sums[c] = halves[0];
  }
}

// Whether the product of the row vector p.a is one of these; if so, computes it.
template <class T>
bool multiplyVector(const Product<T>& p, bool threads) {
  if (p.m != 1 || (p.b.row != 1 && p.b.column != 1)) return false;
  const T* a = p.a.data;
  if (p.a.column != 1) {
    T* copy = static_cast<T*>(scratch(1, sizeof(T) * (p.k + 1)));
    for (int64_t l = 0; l < p.k; l++) copy[l] = a[l * p.a.column];
    a = copy;
  }
  if (p.b.column == 1) {
    const int64_t width = least(kStrip, roundUp(1 + p.n / 8, kLanes<T>));
    const int64_t strips = (p.n + width - 1) / width;
    over(threads, strips, 1 + kVectorWork / (width * p.k + 1), [&](int64_t begin, int64_t end) {
      for (int64_t j = begin * width; j < least(end * width, p.n); j += width) strip<T>(a, p.b.from(0, j), p.k, p.to.from(0, j), least(p.n - j, width));
    });
    return true;
  }
  over(threads, (p.n + 3) / 4, 1 + kVectorWork / (4 * p.k + 1), [&](int64_t begin, int64_t end) {
    alignas(64) T sums[64] = {};
    for (int64_t j = begin * 4; j < least(end * 4, p.n); j += 4) {
      const int64_t count = least(p.n - j, 4);
      const T* b = &p.b.at(0, j);
      if (count == 4) dots<T, 4>(a, b, p.b.column, p.k, sums);
      else
        for (int64_t c = 0; c < count; c++) dots<T, 1>(a, b + c * p.b.column, p.b.column, p.k, sums + c);
      finish<T>(sums, 0, p.to.from(0, j), 1, count);
    }
  });
  return true;
}

}  // namespace FB_NAMESPACE
}  // namespace fb
