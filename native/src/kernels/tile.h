// The innermost kernel of matrix products: a tile of the result, whose sums stay in registers, and its last step.
#pragma once
#include "isa.h"

#include <cstring>
#if defined(FB_AVX512) || defined(FB_AVX2)
#include <immintrin.h>
#endif

namespace fb {
namespace FB_NAMESPACE {

// Rows and vectors of columns of the largest tile. AVX-512: 8×3 sums, 3 of b and 1 of a fill 28 of 32 registers; AVX2: 6×2, 2 and 1 of 16.
#if defined(FB_AVX512)
constexpr int kRows = 8, kVectors = 3;
#elif defined(FB_AVX2)
constexpr int kRows = 6, kVectors = 2;
#else
constexpr int kRows = 4, kVectors = 2;
#endif

template <class T>
constexpr int kLanes = Vector<T>::lanes;
template <class T>
constexpr int kColumns = kVectors * kLanes<T>;

template <class T>
struct Matrix {
  T* data;
  int64_t row, column;  // strides
  T& at(int64_t i, int64_t j) const { return data[i * row + j * column]; }
  Matrix from(int64_t i, int64_t j) const { return {data == nullptr ? nullptr : data + i * row + j * column, row, column}; }
};

// What becomes of a tile's sums: out = alpha·sums + beta·bias, or out += alpha·sums.
template <class T>
struct Target {
  Matrix<T> out;
  Matrix<const T> bias;  // data is null where there is none
  T alpha, beta;
  bool add;
  Target from(int64_t i, int64_t j) const { return {out.from(i, j), bias.from(i, j), alpha, beta, add}; }
};

// A vector of one number. (V{} + x would be an addition: 0 + -0 is not -0.)
#if defined(FB_AVX512)
inline Vector<float>::type splat(float x) { return (Vector<float>::type)_mm512_set1_ps(x); }
inline Vector<double>::type splat(double x) { return (Vector<double>::type)_mm512_set1_pd(x); }
#elif defined(FB_AVX2)
inline Vector<float>::type splat(float x) { return (Vector<float>::type)_mm256_set1_ps(x); }
inline Vector<double>::type splat(double x) { return (Vector<double>::type)_mm256_set1_pd(x); }
#else
template <class T>
inline typename Vector<T>::type splat(T x) {
  typename Vector<T>::type value{};
  for (int i = 0; i < Vector<T>::lanes; i++) value[i] = x;
  return value;
}
#endif

#if defined(FB_AVX512)
// The first `count` elements, then zeros.
inline Vector<float>::type loadPart(const float* from, int64_t count) { return (Vector<float>::type)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from); }
inline Vector<double>::type loadPart(const double* from, int64_t count) { return (Vector<double>::type)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), from); }
inline void storePart(float* to, Vector<float>::type value, int64_t count) { _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value); }
inline void storePart(double* to, Vector<double>::type value, int64_t count) { _mm512_mask_storeu_pd(to, (__mmask8)((1u << count) - 1), (__m512d)value); }
#else
template <class T>
inline typename Vector<T>::type loadPart(const T* from, int64_t count) {
  typename Vector<T>::type value{};
  std::memcpy(&value, from, count * sizeof(T));
  return value;
}
template <class T>
inline void storePart(T* to, typename Vector<T>::type value, int64_t count) {
  std::memcpy(to, &value, count * sizeof(T));
}
#endif

// `count` elements with a stride.
template <class T>
inline typename Vector<T>::type gatherPart(const T* from, int64_t stride, int64_t count) {
  if (stride == 1) return count == kLanes<T> ? load<T>(from) : loadPart(from, count);
  if (stride == 0) return splat(from[0]);
  typename Vector<T>::type value{};
  for (int64_t c = 0; c < count; c++) value[c] = from[c * stride];
  return value;
}

// Puts sums that lie row-major in `from` where they belong.
template <class T>
void finish(const T* from, int64_t step, const Target<T>& to, int64_t rows, int64_t columns) {
  typedef typename Vector<T>::type V;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c += kLanes<T>) {
      const int64_t count = columns - c < kLanes<T> ? columns - c : kLanes<T>;
      V value = load<T>(from + r * step + c) * to.alpha;
      T* place = &to.out.at(r, c);
      if (to.bias.data != nullptr && !to.add) value += to.beta * gatherPart(&to.bias.at(r, c), to.bias.column, count);
      if (to.add) value += gatherPart<T>(place, to.out.column, count);
      if (to.out.column != 1) {
        for (int64_t x = 0; x < count; x++) place[x * to.out.column] = value[x];
      } else if (count == kLanes<T>) {
        store<T>(place, value);
      } else {
        storePart(place, value, count);
      }
    }
  }
}

// R rows and N vectors of columns of a·b. Rows of b lie `step` apart; the last vector may reach beyond the result but not beyond b's memory.
template <class T, int R, int N>
__attribute__((noinline)) void tile(Matrix<const T> a, const T* b, int64_t step, int64_t depth, const Target<T>& to, int64_t columns) {
  typedef typename Vector<T>::type V;
  constexpr int lanes = kLanes<T>;
  V sum[R][N];
  // Where the bias has the shape of a row or of a column, the sums begin with it.
  const bool hasBias = to.bias.data != nullptr && !to.add;
  const bool begins = hasBias && to.alpha == 1 && (to.bias.column == 0 || (to.bias.column == 1 && columns == N * lanes));
  for (int r = 0; r < R; r++)
    for (int v = 0; v < N; v++) sum[r][v] = V{};
  if (begins && to.bias.column == 0) {
    for (int r = 0; r < R; r++) {
      const V start = splat(to.beta * to.bias.data[r * to.bias.row]);
      for (int v = 0; v < N; v++) sum[r][v] = start;
    }
  } else if (begins) {
    for (int r = 0; r < R; r++)
      for (int v = 0; v < N; v++) sum[r][v] = to.beta * load<T>(to.bias.data + r * to.bias.row + v * lanes);
  }
  // Two pointers and multiples of the stride up to three: addresses that the processor forms by itself.
  const T* low = a.data;
  const T* high = a.data + 4 * a.row;
  for (int64_t l = 0; l < depth; l++) {
    V column[N];
    for (int v = 0; v < N; v++) column[v] = load<T>(b + v * lanes);
    for (int r = 0; r < R; r++) {
      const V x = splat(r < 4 ? low[r * a.row] : high[(r - 4) * a.row]);
      for (int v = 0; v < N; v++) sum[r][v] += x * column[v];
    }
    low += a.column;
    high += a.column;
    b += step;
  }
  if (to.out.column == 1 && (!hasBias || begins)) {
    const int64_t rest = columns - (N - 1) * lanes;  // elements of the last vector
    for (int r = 0; r < R; r++) {
      T* place = to.out.data + r * to.out.row;
      for (int v = 0; v < N - 1; v++) {
        V value = sum[r][v] * to.alpha;
        if (to.add) value += load<T>(place + v * lanes);
        store<T>(place + v * lanes, value);
      }
      T* last = place + (N - 1) * lanes;
      V value = sum[r][N - 1] * to.alpha;
      if (rest == lanes) {
        if (to.add) value += load<T>(last);
        store<T>(last, value);
      } else {
        if (to.add) value += loadPart(last, rest);
        storePart(last, value, rest);
      }
    }
    return;
  }
  alignas(64) T local[R * N * lanes];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < N; v++) *reinterpret_cast<V*>(local + (r * N + v) * lanes) = sum[r][v];
  Target<T> rest = to;
  if (begins) rest.bias.data = nullptr;
  finish<T>(local, N * lanes, rest, R, columns);
}

// Any number of rows up to kRows and of columns up to kColumns: rows in powers of two.
template <class T, int N>
inline void rowsOfTiles(Matrix<const T> a, const T* b, int64_t step, int64_t depth, const Target<T>& to, int64_t rows, int64_t columns) {
  if (rows == kRows) return tile<T, kRows, N>(a, b, step, depth, to, columns);
  int64_t i = 0;
  if (rows - i >= 4) tile<T, 4, N>(a, b, step, depth, to, columns), i = 4;
  if (rows - i >= 2) tile<T, 2, N>(a.from(i, 0), b, step, depth, to.from(i, 0), columns), i += 2;
  if (rows - i >= 1) tile<T, 1, N>(a.from(i, 0), b, step, depth, to.from(i, 0), columns);
}

template <class T>
inline void anyTile(Matrix<const T> a, const T* b, int64_t step, int64_t depth, const Target<T>& to, int64_t rows, int64_t columns) {
  if (columns <= kLanes<T>) return rowsOfTiles<T, 1>(a, b, step, depth, to, rows, columns);
  if (kVectors == 2 || columns <= 2 * kLanes<T>) return rowsOfTiles<T, 2>(a, b, step, depth, to, rows, columns);
  rowsOfTiles<T, kVectors>(a, b, step, depth, to, rows, columns);
}

}  // namespace FB_NAMESPACE
}  // namespace fb
