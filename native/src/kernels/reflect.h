// Householder's reflectors H = I - τ·v·vᵀ with v₀ = 1, as LAPACK makes and keeps them, and blocks of them.
#pragma once
#include "decompose.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kReflectors = 32;  // of a block

inline double dotProduct(const double* x, const double* y, int64_t n) {
  typedef Vector<double>::type V;
  constexpr int lanes = Vector<double>::lanes;
  V s0{}, s1{};
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    s0 += load<double>(x + i) * load<double>(y + i);
    s1 += load<double>(x + i + lanes) * load<double>(y + i + lanes);
  }
  s0 += s1;
  double sum = 0;
  for (int k = 0; k < lanes; k++) sum += s0[k];
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

inline void addMultiple(double* to, double factor, const double* x, int64_t n) {
  FB_LOOP (int64_t i = 0; i < n; i++) to[i] += factor * x[i];
}

// The Euclidean norm, without overflow.
inline double lengthOf(const double* x, int64_t n) {
  const double sum = dotProduct(x, x, n);
  if (sum > 1e-280 && sum < 1e300) return std::sqrt(sum);
  double largest = 0;
  for (int64_t i = 0; i < n; i++) largest = std::fabs(x[i]) > largest || x[i] != x[i] ? std::fabs(x[i]) : largest;
  if (largest == 0 || !(largest < INFINITY)) return largest;
  double scaled = 0;
  for (int64_t i = 0; i < n; i++) scaled += (x[i] / largest) * (x[i] / largest);
  return largest * std::sqrt(scaled);
}

// Makes the reflector for which H·x = (β, 0, …, 0): x becomes β and the rest of v. Gives τ.
inline double makeReflector(double* x, int64_t n) {
  const double rest = n > 1 ? lengthOf(x + 1, n - 1) : 0;
  if (rest == 0) return 0;
  const double first = x[0], beta = first >= 0 ? -std::hypot(first, rest) : std::hypot(first, rest);
  const double scale = 1 / (first - beta);
  for (int64_t i = 1; i < n; i++) x[i] *= scale;
  x[0] = beta;
  return (beta - first) / beta;
}

// The upper triangle T with H₀·H₁⋯ = I - V·T·Vᵀ, for `count` reflectors in the columns of v (ones and zeros written out).
inline void blockFactor(Given v, const double* taus, int64_t rows, int64_t count, double* t) {
  double inner[kReflectors * kReflectors];
  setProduct({inner, kReflectors, 1}, transposed(v), v, count, count, rows);
  for (int64_t j = 0; j < count; j++) {
    for (int64_t i = 0; i < j; i++) {
      double sum = 0;
      for (int64_t k = i; k < j; k++) sum += t[i * kReflectors + k] * inner[k * kReflectors + j];
      t[i * kReflectors + j] = -taus[j] * sum;
    }
    t[j * kReflectors + j] = taus[j];
    for (int64_t i = j + 1; i < count; i++) t[i * kReflectors + j] = 0;
  }
}

// c ← (I - V·T·Vᵀ)·c, or with Tᵀ; `work` has room for twice `count` rows of c.
inline void applyBlock(Square c, int64_t rows, int64_t columns, Given v, const double* t, int64_t count, bool isTransposed, double* work) {
  const int64_t step = rowStep(columns);
  const Square first{work, step, 1}, second{work + count * step, step, 1};
  setProduct(first, transposed(v), given(c), count, columns, rows);
  const Given factor{t, kReflectors, 1};
  setProduct(second, isTransposed ? transposed(factor) : factor, given(first), count, columns, count);
  addProduct(c, v, given(second), rows, columns, count, -1);
}

// The reflectors in columns [first, first + count) of `packed` from row first + shift on, with their ones and zeros written out, as rows of
// `to`: element i of reflector k at to[k·step + i].
inline void openReflectors(Given packed, int64_t rows, int64_t first, int64_t count, int64_t shift, double* to, int64_t step) {
  for (int64_t k = 0; k < count; k++)
    for (int64_t i = 0; i < rows; i++) to[k * step + i] = i < k ? 0 : i == k ? 1 : packed.at(first + shift + i, first + k);
}

// c ← H₀·H₁⋯·c for `count` reflectors, reflector k in column k of `packed` from row k + shift on; of c, columns from `k + shift` on
// (where `isTriangle`) or all. c has `rows` rows, as packed has.
inline void applyReflectors(Square c, int64_t rows, int64_t columns, Given packed, const double* taus, int64_t count, int64_t shift, bool isTriangle) {
  const int64_t step = rowStep(rows);
  double* memory = workspace(5, kReflectors * step + 2 * kReflectors * rowStep(columns));
  double* work = memory + kReflectors * step;
  double t[kReflectors * kReflectors];
  for (int64_t first = (count - 1) / kReflectors * kReflectors; first >= 0; first -= kReflectors) {
    const int64_t here = smaller(count - first, kReflectors), start = first + shift, height = rows - start;
    openReflectors(packed, height, first, here, shift, memory, step);
    const Given v{memory, 1, step};
    blockFactor(v, taus + first, height, here, t);
    const int64_t from = isTriangle ? smaller(start, columns) : 0;
    applyBlock(c.from(start, from), height, columns - from, v, t, here, false, work);
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb
