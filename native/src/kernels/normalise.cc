// Layer normalisation: mean, variance and result of a row while it is in the cache, and the gradients in the same way.
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

// Rows whose sums by columns are numbers of type T; those of runs are added in float64.
constexpr int64_t kRunRows = 64;
// Pieces of rows, each with sums of its own: their number depends on sizes only.
constexpr int64_t kMostPieces = 64;

// Σ grad·weight and Σ grad·weight·(x - mean) of a row.
template <class T>
inline void rowSums(const T* grad, const T* weight, const T* x, T mean, int64_t n, double& sum, double& dot) {
  constexpr int lanes = Vector<T>::lanes;
  typename Vector<T>::type sums[2] = {}, dots[2] = {};
  const auto add = [&](int64_t i, int k) {
    const auto g = load<T>(grad + i) * load<T>(weight + i);
    sums[k] += g;
    dots[k] += g * (load<T>(x + i) - mean);
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    add(i, 0);
    add(i + lanes, 1);
  }
  for (; i + lanes <= n; i += lanes) add(i, 0);
  sums[0] += sums[1];
  dots[0] += dots[1];
  sum = dot = 0;
  for (; i < n; i++) {
    const T g = grad[i] * weight[i];
    sum += g;
    dot += g * (x[i] - mean);
  }
  for (int k = 0; k < lanes; k++) {
    sum += sums[0][k];
    dot += dots[0][k];
  }
}

// Arguments: number type, rows, n, grain in pieces; addresses of the gradients of input, weight and bias, then of grad, input, mean, rstd and
// weight (0 where it is absent). Everything is dense and of one dtype.
template <class T>
void layerNormBackward() {
  const int64_t rows = integer(1), n = integer(2), grain = integer(3);
  T *toInput = pointer<T>(4), *toWeight = pointer<T>(5), *toBias = pointer<T>(6);
  const T *grads = pointer<const T>(7), *input = pointer<const T>(8), *means = pointer<const T>(9), *rstds = pointer<const T>(10);
  T* factors = static_cast<T*>(scratch(7, n * sizeof(T)));
  for (int64_t j = 0; j < n; j++) factors[j] = pointer<const T>(11) == nullptr ? 1 : pointer<const T>(11)[j];
  const int64_t most = (rows + kRunRows - 1) / kRunRows, pieces = most < kMostPieces ? most : kMostPieces;
  double* totals = static_cast<double*>(scratch(5, pieces * 2 * n * sizeof(double)));
  parallelFor(pieces, grain, [&](int64_t begin, int64_t end) {
    T* sums = static_cast<T*>(scratch(6, 2 * n * sizeof(T)));  // of grad·z and of grad
    for (int64_t piece = begin; piece < end; piece++) {
      double* total = totals + piece * 2 * n;
      for (int64_t j = 0; j < 2 * n; j++) total[j] = sums[j] = 0;
      const int64_t first = rows * piece / pieces, last = rows * (piece + 1) / pieces;
      for (int64_t row = first; row < last; row++) {
        const T *g = grads + row * n, *x = input + row * n, mean = means[row], rstd = rstds[row];
        T* to = toInput + row * n;
        double sum, dot;
        rowSums(g, factors, x, mean, n, sum, dot);
        // rstd·(grad·weight - average(grad·weight) - z·average(grad·weight·z)) with z = (x - mean)·rstd
        const T shift = static_cast<T>(-sum / n * rstd), slope = static_cast<T>(-dot / n * rstd * rstd);
        FB_LOOP (int64_t j = 0; j < n; j++) {
          const T z = (x[j] - mean) * rstd;
          to[j] = g[j] * factors[j] * rstd + (z * slope + shift);
          sums[j] += g[j] * z;
          sums[n + j] += g[j];
        }
        if ((row - first) % kRunRows != kRunRows - 1 && row != last - 1) continue;
        FB_LOOP (int64_t j = 0; j < 2 * n; j++) {
          total[j] += sums[j];
          sums[j] = 0;
        }
      }
    }
  });
  for (int64_t piece = 1; piece < pieces; piece++)
    FB_LOOP (int64_t j = 0; j < 2 * n; j++) totals[j] += totals[piece * 2 * n + j];
  for (int64_t j = 0; j < n; j++) {
    toWeight[j] = static_cast<T>(totals[j]);
    toBias[j] = static_cast<T>(totals[n + j]);
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(layer_norm) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::layerNorm<double>();
  else fb::FB_NAMESPACE::layerNorm<float>();
}

FB_KERNEL(layer_norm_backward) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::layerNormBackward<double>();
  else fb::FB_NAMESPACE::layerNormBackward<float>();
}
