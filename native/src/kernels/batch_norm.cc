// Batch normalisation of [N, C, plane]: the statistics of each channel, its result and its gradients while it is in the cache.
#include <cmath>

#include "gemm.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kRun = 4096;            // elements whose sums are vectors; those of runs are added in float64
constexpr int64_t kChannelWork = 32768;   // elements of a piece of a parallel loop

// A channel is N runs of `plane` elements, `step` apart. Two values of elements are summed in one pass.
struct Channel {
  int64_t samples, plane, step;

  // Calls body(start, count) for parts of at most kRun neighbours.
  template <class F>
  void each(F body) const {
    for (int64_t n = 0; n < samples; n++)
      for (int64_t i = 0; i < plane; i += kRun) body(n * step + i, least(kRun, plane - i));
  }

  // The sums of two values that `values(i, a, b)` gives for the elements from the i-th on: vectors, or single numbers.
  template <class T, class F>
  void sums(double (&total)[2], F values) const {
    typedef typename Vector<T>::type V;
    V a[2] = {}, b[2] = {};
    int64_t pending = 0;
    const auto flush = [&] {
      for (int k = 0; k < kLanes<T>; k++) total[0] += static_cast<double>(a[0][k]) + a[1][k], total[1] += static_cast<double>(b[0][k]) + b[1][k];
      a[0] = a[1] = b[0] = b[1] = V{};
      pending = 0;
    };
    each([&](int64_t start, int64_t count) {
      int64_t i = 0;
      for (; i + 2 * kLanes<T> <= count; i += 2 * kLanes<T>) {
        values(start + i, a[0], b[0], V{});
        values(start + i + kLanes<T>, a[1], b[1], V{});
      }
      for (; i + kLanes<T> <= count; i += kLanes<T>) values(start + i, a[0], b[0], V{});
      for (; i < count; i++) values(start + i, total[0], total[1], T{});
      pending += count;
      if (pending >= kRun) flush();
    });
    flush();
  }

  // Calls body(i, zero) for vectors of elements and for single ones, where `zero` says which.
  template <class T, class F>
  void map(F body) const {
    each([&](int64_t start, int64_t count) {
      int64_t i = 0;
      for (; i + kLanes<T> <= count; i += kLanes<T>) body(start + i, typename Vector<T>::type{});
      for (; i < count; i++) body(start + i, T{});
    });
  }
};

// The elements at a place, as the second argument says: a vector, or one.
template <class T>
inline typename Vector<T>::type at(const T* from, typename Vector<T>::type) { return load<T>(from); }
template <class T>
inline T at(const T* from, T) { return *from; }
template <class T>
inline void put(T* to, typename Vector<T>::type value) { store<T>(to, value); }
template <class T>
inline void put(T* to, T value) { *to = value; }

// Arguments: samples, channels, plane, eps, whether statistics are those of the batch; addresses of output, mean, variance, rstd, input, weight
// and bias (0 where they are absent). Else mean and rstd are read. Everything is dense.
template <class T>
void batchNorm() {
  const int64_t samples = integer(0), channels = integer(1), plane = integer(2);
  const double eps = number(3);
  const bool training = integer(4) != 0;
  T *output = pointer<T>(5), *means = pointer<T>(6), *variances = pointer<T>(7), *rstds = pointer<T>(8);
  const T *input = pointer<const T>(9), *weight = pointer<const T>(10), *bias = pointer<const T>(11);
  const Channel channel{samples, plane, channels * plane};
  const double count = static_cast<double>(samples * plane);
  parallelFor(channels, 1 + static_cast<int64_t>(kChannelWork / count), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++) {
      const T* x = input + c * plane;
      T* y = output + c * plane;
      if (training) {
        double total[2] = {}, squares[2] = {};
        channel.sums<T>(total, [&](int64_t i, auto& sum, auto&, auto kind) { sum += at<T>(x + i, kind); });
        const T mean = static_cast<T>(total[0] / count);
        // Σ (x - mean)²; Σ (x - mean) corrects what rounding the mean to T leaves.
        channel.sums<T>(squares, [&](int64_t i, auto& sum, auto& rest, auto kind) {
          const auto d = at<T>(x + i, kind) - mean;
          sum += d * d;
          rest += d;
        });
        const double variance = (squares[0] - squares[1] * squares[1] / count) / count;
        means[c] = mean;
        variances[c] = static_cast<T>(variance);
        rstds[c] = static_cast<T>(1 / std::sqrt(variance + eps));
      }
      const T mean = means[c], scale = weight == nullptr ? rstds[c] : rstds[c] * weight[c], shift = bias == nullptr ? T{0} : bias[c];
      channel.map<T>([&](int64_t i, auto kind) { put<T>(y + i, (at<T>(x + i, kind) - mean) * scale + shift); });
    }
  });
}

// Arguments: samples, channels, plane, whether statistics were those of the batch; addresses of the gradients of input, weight and bias, then
// of grad, input, mean, rstd and weight (0 where it is absent). Everything is dense.
template <class T>
void batchNormBackward() {
  const int64_t samples = integer(0), channels = integer(1), plane = integer(2);
  const bool training = integer(3) != 0;
  T *toInput = pointer<T>(4), *toWeight = pointer<T>(5), *toBias = pointer<T>(6);
  const T *grads = pointer<const T>(7), *input = pointer<const T>(8), *means = pointer<const T>(9), *rstds = pointer<const T>(10), *weight = pointer<const T>(11);
  const Channel channel{samples, plane, channels * plane};
  const double count = static_cast<double>(samples * plane);
  parallelFor(channels, 1 + static_cast<int64_t>(kChannelWork / count), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++) {
      const T *x = input + c * plane, *g = grads + c * plane, mean = means[c];
      T* to = toInput + c * plane;
      const double rstd = rstds[c];
      double total[2] = {};  // Σ grad and Σ grad·(x - mean)
      channel.sums<T>(total, [&](int64_t i, auto& sum, auto& dot, auto kind) {
        const auto grad = at<T>(g + i, kind);
        sum += grad;
        dot += grad * (at<T>(x + i, kind) - mean);
      });
      toWeight[c] = static_cast<T>(total[1] * rstd);
      toBias[c] = static_cast<T>(total[0]);
      // rstd·weight·(grad - average(grad) - z·average(grad·z)) with z = (x - mean)·rstd
      const double scale = rstd * (weight == nullptr ? 1 : weight[c]);
      const T a = static_cast<T>(scale);
      if (!training) {
        channel.map<T>([&](int64_t i, auto kind) { put<T>(to + i, at<T>(g + i, kind) * a); });
        continue;
      }
      const T b = static_cast<T>(-scale * rstd * rstd * total[1] / count), shift = static_cast<T>(-scale * total[0] / count);
      channel.map<T>([&](int64_t i, auto kind) { put<T>(to + i, at<T>(g + i, kind) * a + ((at<T>(x + i, kind) - mean) * b + shift)); });
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(batch_norm_float32) { fb::FB_NAMESPACE::batchNorm<float>(); }
FB_KERNEL(batch_norm_float64) { fb::FB_NAMESPACE::batchNorm<double>(); }
FB_KERNEL(batch_norm_backward_float32) { fb::FB_NAMESPACE::batchNormBackward<float>(); }
FB_KERNEL(batch_norm_backward_float64) { fb::FB_NAMESPACE::batchNormBackward<double>(); }
