// Matrix products, out = alpha·a·b + beta·bias, for float32 and float64, any strides, in batches.
#include "product.h"

namespace fb {
namespace FB_NAMESPACE {

// Arguments: batches m n k, then out, a, b, bias each as address, batch stride, row stride, column stride; then alpha beta.
template <class T>
void gemmBlock() {
  int64_t batches = integer(0);
  const auto matrix = [](int at) { return Matrix<const T>{pointer<const T>(at), integer(at + 2), integer(at + 3)}; };
  Product<T> p{integer(1), integer(2), integer(3), matrix(8), matrix(12), {{pointer<T>(4), integer(6), integer(7)}, matrix(16), static_cast<T>(number(20)), static_cast<T>(number(21)), false}};
  const int64_t steps[4] = {integer(5), integer(9), integer(13), integer(17)};
  // Batches that share b are more rows.
  const bool shared = steps[2] == 0 && steps[1] == p.m * p.a.row && steps[0] == p.m * p.to.out.row;
  if (shared && (p.to.bias.data == nullptr || steps[3] == p.m * p.to.bias.row)) {
    p.m *= batches;
    batches = 1;
  }
  const double work = static_cast<double>(p.m) * p.n * p.k;
  const auto batch = [&](int64_t h) {
    Product<T> q = p;
    q.to.out.data += h * steps[0];
    q.a.data += h * steps[1];
    q.b.data += h * steps[2];
    if (q.to.bias.data != nullptr) q.to.bias.data += h * steps[3];
    return q;
  };
  if (batches > 1 && work < 16 * kTaskWork) {
    const int64_t grain = 1 + static_cast<int64_t>(kTaskWork / 4 / (work + 1));
    parallelFor(batches, grain, [&](int64_t begin, int64_t end) {
      for (int64_t h = begin; h < end; h++) product<T>(batch(h), false);
    });
    return;
  }
  for (int64_t h = 0; h < batches; h++) product<T>(batch(h), true);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(gemm_float32) { fb::FB_NAMESPACE::gemmBlock<float>(); }
FB_KERNEL(gemm_float64) { fb::FB_NAMESPACE::gemmBlock<double>(); }
