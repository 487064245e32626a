// Factorisation P·A = L·U with partial pivoting, and systems of equations, in float64. By halves (Toledo, "Locality of reference in LU
// decomposition with partial pivoting", 1997), so that nearly all of the work is products of matrices.
#include "decompose.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kPanel = 8;  // columns that are eliminated one after the other

inline void swapRows(Square a, int64_t p, int64_t q, int64_t columns) {
  if (p == q) return;
  double *x = &a.at(p, 0), *y = &a.at(q, 0);
  for (int64_t j = 0; j < columns; j++) {
    const double kept = x[j];
    x[j] = y[j];
    y[j] = kept;
  }
}

// Up to eight columns, in a copy whose rows lie side by side. Gives the number of the first zero pivot, from 1, or 0.
inline int64_t eliminatePanel(Square a, int64_t m, int64_t n, int64_t* pivots) {
  double* copy = workspace(5, m * kPanel);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < kPanel; j++) copy[i * kPanel + j] = j < n ? a.at(i, j) : 0;
  int64_t zero = 0;
  for (int64_t k = 0, count = smaller(m, n); k < count; k++) {
    int64_t pivot = k;
    double largest = -1;
    for (int64_t i = k; i < m; i++) {
      const double size = std::fabs(copy[i * kPanel + k]);
      if (size > largest) {
        largest = size;
        pivot = i;
      }
    }
    pivots[k] = pivot;
    double* top = copy + k * kPanel;
    if (pivot != k)
      for (int64_t j = 0; j < kPanel; j++) {
        const double kept = top[j];
        top[j] = copy[pivot * kPanel + j];
        copy[pivot * kPanel + j] = kept;
      }
    if (top[k] == 0) {
      if (zero == 0) zero = k + 1;
      continue;
    }
    const double inverse = 1 / top[k];
    // Columns up to k are left alone by what is subtracted.
    double row[kPanel];
    for (int64_t j = 0; j < kPanel; j++) row[j] = j > k ? top[j] : 0;
    for (int64_t i = k + 1; i < m; i++) {
      double* to = copy + i * kPanel;
      const double factor = to[k] * inverse;
      to[k] = factor;
      if (factor == 0) continue;
      for (int64_t j = 0; j < kPanel; j++) to[j] -= factor * row[j];
    }
  }
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) a.at(i, j) = copy[i * kPanel + j];
  return zero;
}

// Pivots count from the first row of `a`.
inline int64_t eliminate(Square a, int64_t m, int64_t n, int64_t* pivots) {
  if (n <= kPanel) return eliminatePanel(a, m, n, pivots);
  const int64_t shorter = smaller(m, n), first = shorter <= kPanel ? smaller(shorter, kPanel) : (shorter / 2 + 7) / 8 * 8;
  int64_t zero = eliminate(a, m, first, pivots);
  const Square right = a.from(0, first);
  for (int64_t k = 0; k < first; k++) swapRows(right, k, pivots[k], n - first);
  solveTriangle(given(a), first, right, n - first, false, true);
  if (m <= first) return zero;
  const Square rest = a.from(first, first);
  addProduct(rest, given(a.from(first, 0)), given(right), m - first, n - first, first, -1);
  const int64_t later = eliminate(rest, m - first, n - first, pivots + first);
  const Square left = a.from(first, 0);
  for (int64_t k = 0, count = smaller(m, n) - first; k < count; k++) {
    swapRows(left, k, pivots[first + k], first);
    pivots[first + k] += first;
  }
  return zero == 0 && later > 0 ? later + first : zero;
}

// Arguments: dtype, the places of input and output, the step of pivots; the batch with output, pivots, info and input.
inline void lu() {
  const int dtype = static_cast<int>(integer(0));
  Place from, to;
  int at = readPlace(readPlace(1, from), to);
  const int64_t pivotStep = integer(at++), m = from.rows, n = from.columns, step = rowStep(n);
  Loops<4> batch;
  batch.read(at);
  eachMatrix(dtype, batch, m * n * smaller(m, n), [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    double* memory = workspace(4, m * step + m);
    int64_t* pivots = reinterpret_cast<int64_t*>(memory + m * step);
    const Square a{memory, step, 1};
    readMatrix(batch.template memory<const T>(3, offsets[3]), from, a);
    const int64_t zero = m > 0 && n > 0 ? eliminate(a, m, n, pivots) : 0;
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(a));
    int32_t* places = batch.template memory<int32_t>(1, offsets[1]);
    for (int64_t k = 0; k < smaller(m, n); k++) places[k * pivotStep] = static_cast<int32_t>(pivots[k] + 1);
    *batch.template memory<int32_t>(2, offsets[2]) = static_cast<int32_t>(zero);
  });
}

// Arguments: dtype, whether of the transpose, the places of factors, right sides and output, the step of pivots; the batch with output,
// factors, pivots and right sides.
inline void luSolve() {
  const int dtype = static_cast<int>(integer(0));
  const bool isAdjoint = integer(1) != 0;
  Place factors, sides, to;
  int at = readPlace(readPlace(readPlace(2, factors), sides), to);
  const int64_t pivotStep = integer(at++), n = factors.rows, m = sides.columns, step = rowStep(n), sideStep = rowStep(m);
  Loops<4> batch;
  batch.read(at);
  eachMatrix(dtype, batch, n * n * m, [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    double* memory = workspace(4, n * (step + sideStep));
    const Square a{memory, step, 1}, x{memory + n * step, sideStep, 1};
    readMatrix(batch.template memory<const T>(1, offsets[1]), factors, a);
    readMatrix(batch.template memory<const T>(3, offsets[3]), sides, x);
    const int32_t* pivots = batch.template memory<const int32_t>(2, offsets[2]);
    if (isAdjoint) {
      solveTriangle(transposed(given(a)), n, x, m, false, false);
      solveTriangle(transposed(given(a)), n, x, m, true, true);
      for (int64_t k = n - 1; k >= 0; k--) swapRows(x, k, pivots[k * pivotStep] - 1, m);
    } else {
      for (int64_t k = 0; k < n; k++) swapRows(x, k, pivots[k * pivotStep] - 1, m);
      solveTriangle(given(a), n, x, m, false, true);
      solveTriangle(given(a), n, x, m, true, false);
    }
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(x));
  });
}

// Arguments: dtype, upper, unit, the places of triangles, right sides and output; the batch with output, triangles and right sides.
inline void triangularSolve() {
  const int dtype = static_cast<int>(integer(0));
  const bool upper = integer(1) != 0, unit = integer(2) != 0;
  Place triangles, sides, to;
  const int at = readPlace(readPlace(readPlace(3, triangles), sides), to);
  const int64_t n = triangles.rows, m = sides.columns, step = rowStep(n), sideStep = rowStep(m);
  Loops<3> batch;
  batch.read(at);
  eachMatrix(dtype, batch, n * n * m, [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    double* memory = workspace(4, n * (step + sideStep));
    const Square a{memory, step, 1}, x{memory + n * step, sideStep, 1};
    readMatrix(batch.template memory<const T>(1, offsets[1]), triangles, a);
    readMatrix(batch.template memory<const T>(2, offsets[2]), sides, x);
    solveTriangle(given(a), n, x, m, upper, unit);
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(x));
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(lu) { fb::FB_NAMESPACE::lu(); }
FB_KERNEL(lu_solve) { fb::FB_NAMESPACE::luSolve(); }
FB_KERNEL(triangular_solve) { fb::FB_NAMESPACE::triangularSolve(); }
