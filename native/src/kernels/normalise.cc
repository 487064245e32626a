// Layer normalisation: mean, variance and result of a row while it is in the cache.
#include <cmath>

#include "folds.h"
#include "machine.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// The sum of function(x) over a row, in four chains.
template <class Function>
inline double sumOf(const float* x, int64_t n, Function function) {
  constexpr int lanes = Vector<float>::lanes;
  F sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes)
    for (int k = 0; k < 4; k++) sums[k] += function(load<float>(x + i + k * lanes));
  for (; i + lanes <= n; i += lanes) sums[0] += function(load<float>(x + i));
  float rest = 0;
  if (i < n) {
    F last = function(loadSome(x + i, n - i));
    for (int64_t k = n - i; k < lanes; k++) last[k] = 0;
    rest = total(last);
  }
  return static_cast<double>(total(sums[0]) + total(sums[1])) + (total(sums[2]) + total(sums[3])) + rest;
}

template <class Function>
inline double sumOf(const double* x, int64_t n, Function function) {
  double sums[4] = {};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) sums[k] += function(x[i + k]);
  for (; i < n; i++) sums[0] += function(x[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// to = (x - mean)·scale·weight + bias
inline void affine(float* to, const float* x, float mean, float scale, const float* weight, const float* bias, int64_t n, bool isStreamed) {
  fillRow(to, n, isStreamed, [=](int64_t i, int64_t count) {
    return (loadSome(x + i, count) - mean) * scale * loadSome(weight + i, count) + loadSome(bias + i, count);
  });
}

inline void affine(double* to, const double* x, double mean, double scale, const double* weight, const double* bias, int64_t n, bool) {
  FB_LOOP (int64_t i = 0; i < n; i++) to[i] = (x[i] - mean) * scale * weight[i] + bias[i];
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
  T* factors = static_cast<T*>(scratch(7, 2 * n * sizeof(T)));
  for (int k = 0; k < 2; k++) {
    if (memory[4 + k] != nullptr) Movers<T>::load[types[4 + k]](factors + k * n, memory[4 + k], 1, n);
    else for (int64_t i = 0; i < n; i++) factors[k * n + i] = k == 0 ? 1 : 0;
  }
  const T* weight = factors;
  const T* bias = factors + n;
  const bool isDirect = types[0] == kCode<T> && types[3] == kCode<T>;
  const bool isStreamed = isDirect && memory[0] != memory[3] && rows * n * static_cast<int64_t>(sizeof(T)) >= kStreamedBytes;
  parallelFor(rows, integer(4), [&](int64_t begin, int64_t end) {
    T* own = static_cast<T*>(scratch(6, n * sizeof(T)));
    for (int64_t row = begin; row < end; row++) {
      const T* x = reinterpret_cast<const T*>(memory[3]) + row * n;
      T* to = reinterpret_cast<T*>(memory[0]) + row * n;
      if (!isDirect) {
        Movers<T>::load[types[3]](own, memory[3] + row * n * kSizes[types[3]], 1, n);
        x = to = own;
      }
      T mean = static_cast<T>(sumOf(x, n, [](auto v) { return v; }) / n);
      const double variance = sumOf(x, n, [mean](auto v) { const auto d = v - mean; return d * d; }) / n;
      T scale = static_cast<T>(1 / std::sqrt(variance + eps));
      affine(to, x, mean, scale, weight, bias, n, isStreamed);
      if (!isDirect) Movers<T>::store[types[0]](own, memory[0] + row * n * kSizes[types[0]], 1, n);
      Movers<T>::store[types[1]](&mean, memory[1] + row * kSizes[types[1]], 1, 1);
      Movers<T>::store[types[2]](&scale, memory[2] + row * kSizes[types[2]], 1, 1);
    }
    if (isStreamed) streamed();
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(layer_norm) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::layerNorm<double>();
  else fb::FB_NAMESPACE::layerNorm<float>();
}
