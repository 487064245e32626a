// Products of matrices of any size and strides, by the kernel that suits them.
#pragma once
#include "gemv.h"

namespace fb {
namespace FB_NAMESPACE {

template <class M>
M transposed(M x) {
  return {x.data, x.column, x.row};
}

// out as the product that suits the kernels: with contiguous rows of the result, more columns than rows where one of them is small.
template <class T>
void product(const Product<T>& p, bool threads) {
  const bool columnwise = p.to.out.column != 1 && p.to.out.row == 1;
  if ((columnwise && p.m > 8) || (p.n <= 8 && p.m > p.n)) {
    const Target<T> to{transposed(p.to.out), transposed(p.to.bias), p.to.alpha, p.to.beta, p.to.add};
    const Product<T> q{p.n, p.m, p.k, transposed(p.b), transposed(p.a), to};
    if (!multiplyVector<T>(q, threads)) multiply<T>(q, threads);
    return;
  }
  if (!multiplyVector<T>(p, threads)) multiply<T>(p, threads);
}

}  // namespace FB_NAMESPACE
}  // namespace fb
