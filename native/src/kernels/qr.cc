// Factorisation A = Q·R by blocks of Householder's reflectors (Schreiber and Van Loan 1989), in float64.
#include "reflect.h"

namespace fb {
namespace FB_NAMESPACE {

// Columns [first, first + count) one after the other, in a copy whose columns lie one behind the other.
inline void reflectPanel(Square a, int64_t rows, int64_t first, int64_t count, double* taus, double* copy, int64_t step) {
  const int64_t height = rows - first;
  for (int64_t j = 0; j < count; j++)
    for (int64_t i = 0; i < height; i++) copy[j * step + i] = a.at(first + i, first + j);
  for (int64_t k = 0; k < count && k < height; k++) {
    double* v = copy + k * step + k;
    const double tau = makeReflector(v, height - k), beta = v[0];
    taus[k] = tau;
    v[0] = 1;
    if (tau != 0)
      for (int64_t j = k + 1; j < count; j++) {
        double* column = copy + j * step + k;
        addMultiple(column, -tau * dotProduct(v, column, height - k), v, height - k);
      }
    v[0] = beta;
  }
  for (int64_t j = 0; j < count; j++)
    for (int64_t i = 0; i < height; i++) a.at(first + i, first + j) = copy[j * step + i];
}

inline void factoriseQR(Square a, int64_t rows, int64_t columns, double* taus) {
  const int64_t count = smaller(rows, columns), step = rowStep(rows);
  double* memory = workspace(5, 2 * kReflectors * step + 2 * kReflectors * rowStep(columns));
  double* opened = memory + kReflectors * step;
  double t[kReflectors * kReflectors];
  for (int64_t first = 0; first < count; first += kReflectors) {
    const int64_t here = smaller(count - first, kReflectors), height = rows - first, next = first + here;
    reflectPanel(a, rows, first, here, taus + first, memory, step);
    if (next >= columns) break;
    openReflectors(given(a), height, first, here, 0, opened, step);
    const Given v{opened, 1, step};
    blockFactor(v, taus + first, height, here, t);
    applyBlock(a.from(first, next), height, columns - next, v, t, here, true, opened + kReflectors * step);
  }
}

// Arguments: dtype, the places of input and output, the step of taus; the batch with output, taus and input.
inline void geqrf() {
  const int dtype = static_cast<int>(integer(0));
  Place from, to;
  int at = readPlace(readPlace(1, from), to);
  const int64_t tauStep = integer(at++), m = from.rows, n = from.columns, step = rowStep(n);
  Loops<3> batch;
  batch.read(at);
  eachMatrix(dtype, batch, 2 * m * n * smaller(m, n), [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    double* memory = workspace(4, m * step + n);
    const Square a{memory, step, 1};
    double* taus = memory + m * step;
    readMatrix(batch.template memory<const T>(2, offsets[2]), from, a);
    factoriseQR(a, m, n, taus);
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(a));
    for (int64_t k = 0; k < smaller(m, n); k++) batch.template memory<T>(1, offsets[1])[k * tauStep] = static_cast<T>(taus[k]);
  });
}

// Arguments: dtype, the places of reflectors and output, the number and the step of taus; the batch with output, reflectors and taus.
inline void householderProduct() {
  const int dtype = static_cast<int>(integer(0));
  Place from, to;
  int at = readPlace(readPlace(1, from), to);
  const int64_t count = integer(at), tauStep = integer(at + 1), m = from.rows, n = to.columns;
  const int64_t step = rowStep(from.columns), ownStep = rowStep(n);
  Loops<3> batch;
  batch.read(at + 2);
  eachMatrix(dtype, batch, 2 * m * n * count, [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    double* memory = workspace(4, m * (step + ownStep) + count);
    const Square packed{memory, step, 1}, q{memory + m * step, ownStep, 1};
    double* taus = memory + m * (step + ownStep);
    readMatrix(batch.template memory<const T>(1, offsets[1]), from, packed);
    for (int64_t k = 0; k < count; k++) taus[k] = batch.template memory<const T>(2, offsets[2])[k * tauStep];
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) q.at(i, j) = i == j ? 1 : 0;
    if (count > 0) applyReflectors(q, m, n, given(packed), taus, count, 0, true);
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(q));
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(geqrf) { fb::FB_NAMESPACE::geqrf(); }
FB_KERNEL(householder_product) { fb::FB_NAMESPACE::householderProduct(); }
