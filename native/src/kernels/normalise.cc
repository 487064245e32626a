// Layer normalisation: mean, variance and result of a row while it is in the cache.
#include <cmath>

#include "folds.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// Σ (x - mean)²
template <class T>
double squares(const T* x, T mean, int64_t n) {
  constexpr int lanes = Vector<T>::lanes;
  typename Vector<T>::type sums[2] = {};
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    for (int k = 0; k < 2; k++) {
      const auto d = load<T>(x + i + k * lanes) - mean;
      sums[k] += d * d;
    }
  }
  double total = 0;
  for (int k = 0; k < lanes; k++) total += static_cast<double>(sums[0][k]) + sums[1][k];
  for (; i < n; i++) total += static_cast<double>(x[i] - mean) * (x[i] - mean);
  return total;
}

// Arguments: number type, rows, n, eps, grain in rows; dtype and address of output, mean, rstd, input, weight and bias (addresses 0 where
// they are absent). Everything is dense.
template <class T>
void layerNorm() {
  const int64_t rows = integer(1), n = integer(2);
  const double eps = number(3);
  int types[6];
  char* memory[6];
  for (int k = 0; k < 6; k++) {
    types[k] = static_cast<int>(integer(5 + 2 * k));
    memory[k] = pointer<char>(6 + 2 * k);
  }
  T* affine = static_cast<T*>(scratch(7, 2 * n * sizeof(T)));
  for (int k = 0; k < 2; k++) {
    if (memory[4 + k] != nullptr) Movers<T>::load[types[4 + k]](affine + k * n, memory[4 + k], 1, n);
    else for (int64_t i = 0; i < n; i++) affine[k * n + i] = k == 0 ? 1 : 0;
  }
  const T* weight = affine;
  const T* bias = affine + n;
  const bool isDirect = types[0] == kCode<T> && types[3] == kCode<T>;
  parallelFor(rows, integer(4), [&](int64_t begin, int64_t end) {
    T* own = static_cast<T*>(scratch(6, n * sizeof(T)));
    for (int64_t row = begin; row < end; row++) {
      const T* x = reinterpret_cast<const T*>(memory[3]) + row * n;
      T* to = reinterpret_cast<T*>(memory[0]) + row * n;
      if (!isDirect) {
        Movers<T>::load[types[3]](own, memory[3] + row * n * kSizes[types[3]], 1, n);
        x = to = own;
      }
      T mean = static_cast<T>(SumFold<T>::along(0, x, n) / n);
      T scale = static_cast<T>(1 / std::sqrt(squares<T>(x, mean, n) / n + eps));
      FB_LOOP (int64_t i = 0; i < n; i++) to[i] = (x[i] - mean) * scale * weight[i] + bias[i];
      if (!isDirect) Movers<T>::store[types[0]](own, memory[0] + row * n * kSizes[types[0]], 1, n);
      Movers<T>::store[types[1]](&mean, memory[1] + row * kSizes[types[1]], 1, 1);
      Movers<T>::store[types[2]](&scale, memory[2] + row * kSizes[types[2]], 1, 1);
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(layer_norm) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::layerNorm<double>();
  else fb::FB_NAMESPACE::layerNorm<float>();
}
