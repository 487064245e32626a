// Cholesky's factorisation A = L·Lᵀ of positive-definite matrices, in float64, by halves.
#include "decompose.h"

namespace fb {
namespace FB_NAMESPACE {

// a -= b·bᵀ in the lower triangle of `n` rows; what lies above it may be written too.
inline void subtractSquare(Square a, Given b, int64_t n, int64_t k) {
  if (n <= 96) return addProduct(a, b, transposed(b), n, n, k, -1);
  const int64_t half = (n / 2 + 7) / 8 * 8;
  subtractSquare(a, b, half, k);
  addProduct(a.from(half, 0), b.from(half, 0), transposed(b), n - half, half, k, -1);
  subtractSquare(a.from(half, half), b.from(half, 0), n - half, k);
}

// Turns the lower triangle into L; the order of the first minor that is not positive, or 0.
inline int64_t factorise(Square a, int64_t n) {
  if (n <= 24) {
    for (int64_t j = 0; j < n; j++) {
      double pivot = a.at(j, j);
      for (int64_t k = 0; k < j; k++) pivot -= a.at(j, k) * a.at(j, k);
      if (!(pivot > 0)) return j + 1;
      const double root = std::sqrt(pivot), inverse = 1 / root;
      a.at(j, j) = root;
      for (int64_t i = j + 1; i < n; i++) {
        double sum = a.at(i, j);
        for (int64_t k = 0; k < j; k++) sum -= a.at(i, k) * a.at(j, k);
        a.at(i, j) = sum * inverse;
      }
    }
    return 0;
  }
  const int64_t half = (n / 2 + 7) / 8 * 8, rest = n - half;
  const int64_t first = factorise(a, half);
  if (first > 0) return first;
  // L₂₁ = A₂₁·L₁₁⁻ᵀ, that is L₁₁·L₂₁ᵀ = A₂₁ᵀ
  const Square low = a.from(half, 0);
  solveTriangle(given(a), half, transposed(low), rest, false, false);
  subtractSquare(a.from(half, half), given(low), rest, half);
  const int64_t later = factorise(a.from(half, half), rest);
  return later > 0 ? later + half : 0;
}

// Arguments: dtype, upper, the places of input and output; the batch with output, info and input.
inline void cholesky() {
  const int dtype = static_cast<int>(integer(0));
  const bool upper = integer(1) != 0;
  Place from, to;
  const int at = readPlace(readPlace(2, from), to);
  const int64_t n = from.rows, step = rowStep(n);
  Loops<3> batch;
  batch.read(at);
  eachMatrix(dtype, batch, n * n * n / 3, [&](auto number, const int64_t* offsets) {
    typedef decltype(number) T;
    const Square a{workspace(4, n * step), step, 1};
    // The upper triangle is the lower one of the transpose.
    readMatrix(batch.template memory<const T>(2, offsets[2]), from, upper ? transposed(a) : a);
    *batch.template memory<int32_t>(1, offsets[1]) = static_cast<int32_t>(factorise(a, n));
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = i + 1; j < n; j++) a.at(i, j) = 0;
    writeMatrix(batch.template memory<T>(0, offsets[0]), to, given(upper ? transposed(a) : a));
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(cholesky) { fb::FB_NAMESPACE::cholesky(); }
