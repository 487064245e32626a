// Softmax along one dimension: three passes over a row that stays in the cache.
#include "folds.h"
#include "lanes.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// to = e^(x - top), whose sum is given.
inline double exponentials(float* to, const float* x, float top, int64_t n) {
  constexpr int lanes = Vector<float>::lanes;
  double sum = 0;
  for (int64_t start = 0; start < n; start += 4096) {
    const int64_t end = start + 4096 < n ? start + 4096 : n;
    F sums[2] = {};
    int64_t i = start;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      for (int k = 0; k < 2; k++) {
        const F y = expBounded(load<float>(x + i + k * lanes) - top);
        store<float>(to + i + k * lanes, y);
        sums[k] += y;
      }
    }
    for (; i + lanes <= end; i += lanes) {
      const F y = expBounded(load<float>(x + i) - top);
      store<float>(to + i, y);
      sums[0] += y;
    }
    sum += total(sums[0] + sums[1]);
    if (i == end) continue;
    const F last = expBounded(loadSome(x + i, end - i) - top);
    storeSome(to + i, last, end - i);
    for (int64_t k = 0; k < end - i; k++) sum += last[k];
  }
  return sum;
}

inline double exponentials(double* to, const double* x, double top, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; i++) total += to[i] = std::exp(x[i] - top);
  return total;
}

// to = from·scale
inline void scaled(float* to, const float* from, float scale, int64_t n, bool isStreamed) {
  fillRow(to, n, isStreamed, [=](int64_t i, int64_t count) { return loadSome(from + i, count) * scale; });
}
inline void scaled(double* to, const double* from, double scale, int64_t n, bool) {
  FB_LOOP (int64_t i = 0; i < n; i++) to[i] = from[i] * scale;
}

// to = (x - top) - shift
inline void shifted(float* to, const float* x, float top, float shift, int64_t n, bool isStreamed) {
  fillRow(to, n, isStreamed, [=](int64_t i, int64_t count) { return (loadSome(x + i, count) - top) - shift; });
}
inline void shifted(double* to, const double* x, double top, double shift, int64_t n, bool) {
  FB_LOOP (int64_t i = 0; i < n; i++) to[i] = (x[i] - top) - shift;
}

// `to` and `x` may be the same row; `spare` has room for one.
template <class T>
void softmaxRow(T* to, const T* x, T* spare, int64_t n, bool isLog, bool isStreamed) {
  const T top = ExtremeFold<T, true>::along(static_cast<T>(-INFINITY), x, n);
  const double sum = exponentials(spare, x, top, n);
  if (isLog) shifted(to, x, top, static_cast<T>(std::log(sum)), n, isStreamed);
  else scaled(to, spare, static_cast<T>(1 / sum), n, isStreamed);
}

// Arguments: number type, log, n, grain in rows; dtype and step along the row of output and input; the nest of rows, output, input.
template <class T>
void softmaxRows() {
  const bool isLog = integer(1) != 0;
  const int64_t n = integer(2), grain = integer(3);
  const int types[2] = {static_cast<int>(integer(4)), static_cast<int>(integer(6))};
  const int64_t steps[2] = {integer(5), integer(7)};
  Nest nest;
  Operand operands[2];
  int at = readNest(8, nest);
  for (Operand& operand : operands) at = readOperand(at, nest.rank, operand);
  const bool isWritten = types[0] == kCode<T> && steps[0] == 1, isRead = types[1] == kCode<T> && steps[1] == 1;
  const bool isStreamed = isWritten && operands[0].memory != operands[1].memory && nest.count * n * static_cast<int64_t>(sizeof(T)) >= kStreamedBytes;
  parallelFor(nest.count, grain, [&](int64_t begin, int64_t end) {
    T* own = static_cast<T*>(scratch(6, 2 * n * sizeof(T)));
    for (int64_t row = begin; row < end; row++) {
      char* memory[2];
      for (int k = 0; k < 2; k++) {
        int64_t rest = row, offset = 0;
        for (int d = nest.rank - 1; d >= 0; d--) {
          offset += rest % nest.sizes[d] * operands[k].strides[d];
          rest /= nest.sizes[d];
        }
        memory[k] = operands[k].memory + offset * kSizes[types[k]];
      }
      T* to = isWritten ? reinterpret_cast<T*>(memory[0]) : own;
      if (!isRead) Movers<T>::load[types[1]](own, memory[1], steps[1], n);
      softmaxRow<T>(to, isRead ? reinterpret_cast<const T*>(memory[1]) : own, own + n, n, isLog, isStreamed);
      if (!isWritten) Movers<T>::store[types[0]](own, memory[0], steps[0], n);
    }
    if (isStreamed) streamed();
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(softmax) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::softmaxRows<double>();
  else fb::FB_NAMESPACE::softmaxRows<float>();
}
