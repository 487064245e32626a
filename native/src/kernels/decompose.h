// What decompositions of matrices share: batches of matrices, read into row-major float64 and written back, products, triangular systems.
#pragma once
#include <cmath>

#include "loops.h"
#include "product.h"

namespace fb {
namespace FB_NAMESPACE {

typedef Matrix<double> Square;
typedef Matrix<const double> Given;

// Rows of 4096 bytes and their multiples would share few sets of a cache.
inline int64_t rowStep(int64_t columns) { return (columns + 7) / 8 * 8 + 8; }

// How the matrices of an operand lie.
struct Place {
  int64_t rows, columns, row, column;
};

inline int readPlace(int at, Place& place) {
  place = {integer(at), integer(at + 1), integer(at + 2), integer(at + 3)};
  return at + 4;
}

template <class S>
void readMatrix(const S* from, const Place& place, Square to) {
  // Neighbours are read one after the other.
  if (place.row == 1 && place.column != 1) {
    for (int64_t j = 0; j < place.columns; j++)
      for (int64_t i = 0; i < place.rows; i++) to.at(i, j) = from[i + j * place.column];
    return;
  }
  for (int64_t i = 0; i < place.rows; i++)
    for (int64_t j = 0; j < place.columns; j++) to.at(i, j) = from[i * place.row + j * place.column];
}

template <class S>
void writeMatrix(S* to, const Place& place, Given from) {
  for (int64_t i = 0; i < place.rows; i++)
    for (int64_t j = 0; j < place.columns; j++) to[i * place.row + j * place.column] = static_cast<S>(from.at(i, j));
}

inline Given given(Square x) { return {x.data, x.row, x.column}; }

// out += alpha·a·b for m rows, n columns and a depth of k.
inline void addProduct(Square out, Given a, Given b, int64_t m, int64_t n, int64_t k, double alpha) {
  if (m <= 0 || n <= 0 || k <= 0) return;
  product<double>({m, n, k, a, b, {out, {nullptr, 0, 0}, alpha, 0, true}}, true);
}

// out = a·b
inline void setProduct(Square out, Given a, Given b, int64_t m, int64_t n, int64_t k) {
  if (m <= 0 || n <= 0) return;
  product<double>({m, n, k, a, b, {out, {nullptr, 0, 0}, 1, 0, false}}, true);
}

constexpr int64_t kLeaf = 16;        // rows of triangles that are solved row by row
constexpr int64_t kSolvedSide = 64;  // columns that are copied at a time where they do not lie side by side

// x ← a⁻¹·x for `n` rows, whose `m` elements are neighbours.
inline void solveRows(Given a, int64_t n, Square x, int64_t m, bool upper, bool unit) {
  for (int64_t step = 0; step < n; step++) {
    const int64_t k = upper ? n - 1 - step : step;
    double* row = &x.at(k, 0);
    if (!unit) {
      const double diagonal = a.at(k, k);
      for (int64_t j = 0; j < m; j++) row[j] /= diagonal;
    }
    for (int64_t i = upper ? 0 : k + 1, end = upper ? k : n; i < end; i++) {
      const double factor = a.at(i, k);
      if (factor == 0) continue;
      double* to = &x.at(i, 0);
      FB_LOOP (int64_t j = 0; j < m; j++) to[j] -= factor * row[j];
    }
  }
}

// x ← a⁻¹·x for the upper or lower triangle of `a`, whose diagonal counts as ones with `unit`; by halves, so that products do the work.
inline void solveTriangle(Given a, int64_t n, Square x, int64_t m, bool upper, bool unit) {
  if (n > kLeaf) {
    const int64_t half = (n / 2 + 7) / 8 * 8, rest = n - half;
    const Square low = x.from(half, 0);
    if (upper) {
      solveTriangle(a.from(half, half), rest, low, m, upper, unit);
      addProduct(x, a.from(0, half), given(low), half, m, rest, -1);
      solveTriangle(a, half, x, m, upper, unit);
    } else {
      solveTriangle(a, half, x, m, upper, unit);
      addProduct(low, a.from(half, 0), given(x), rest, m, half, -1);
      solveTriangle(a.from(half, half), rest, low, m, upper, unit);
    }
    return;
  }
  parallelFor((m + kSolvedSide - 1) / kSolvedSide, 4, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; piece++) {
      const int64_t first = piece * kSolvedSide, count = smaller(m - first, kSolvedSide);
      const Square part = x.from(0, first);
      if (x.column == 1) {
        solveRows(a, n, part, count, upper, unit);
        continue;
      }
      double copy[kLeaf * kSolvedSide];
      const Square rows{copy, kSolvedSide, 1};
      for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < n; i++) rows.at(i, j) = part.at(i, j);
      solveRows(a, n, rows, count, upper, unit);
      for (int64_t j = 0; j < count; j++)
        for (int64_t i = 0; i < n; i++) part.at(i, j) = rows.at(i, j);
    }
  });
}

// Calls run(number, offsets) for every place of a batch; small matrices are shared by threads, large ones share their products.
template <int N, class F>
void eachMatrix(int dtype, const Loops<N>& batch, int64_t work, F&& run) {
  const auto all = [&](int64_t begin, int64_t end) {
    batch.walk(begin, end, [&](const int64_t* at, int64_t n) {
      int64_t offsets[N];
      for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < N; k++) offsets[k] = at[k] + i * batch.step(k);
        if (dtype == kFloat32) run(float{}, static_cast<const int64_t*>(offsets));
        else run(double{}, static_cast<const int64_t*>(offsets));
      }
    });
  };
  if (batch.nest.count == 1 || work > (1 << 22)) all(0, batch.nest.count);
  else parallelFor(batch.nest.count, 1 + 65536 / (work + 1), [&](int64_t begin, int64_t end) { all(begin, end); });
}

inline double* workspace(int slot, int64_t numbers) { return static_cast<double*>(scratch(slot, (numbers + 8) * sizeof(double))); }

}  // namespace FB_NAMESPACE
}  // namespace fb
