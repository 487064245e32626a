// Softmax along one dimension: three passes over a row that stays in the cache.
#include "folds.h"
#include "lanes.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// to = e^(x - top), whose sum is given.
inline double exponentials(float* to, const float* x, float top, int64_t n) {
  constexpr int lanes = Vector<float>::lanes;
  double total = 0;
  for (int64_t start = 0; start < n; start += 4096) {
    const int64_t end = start + 4096 < n ? start + 4096 : n;
    F sum{};
    int64_t i = start;
    for (; i + lanes <= end; i += lanes) {
      const F y = expBounded(load<float>(x + i) - top);
      store<float>(to + i, y);
      sum += y;
    }
    for (int k = 0; k < lanes; k++) total += sum[k];
    if (i == end) continue;
    F last{};
    std::memcpy(&last, x + i, (end - i) * sizeof(float));
    last = expBounded(last - top);
    std::memcpy(to + i, &last, (end - i) * sizeof(float));
    for (int64_t k = 0; k < end - i; k++) total += last[k];
  }
  return total;
}

inline double exponentials(double* to, const double* x, double top, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; i++) total += to[i] = std::exp(x[i] - top);
  return total;
}

// `to` and `x` may be the same row; `spare` has room for one.
template <class T>
void softmaxRow(T* to, const T* x, T* spare, int64_t n, bool isLog) {
  const T top = ExtremeFold<T, true>::along(static_cast<T>(-INFINITY), x, n);
  const double sum = exponentials(isLog ? spare : to, x, top, n);
  if (isLog) {
    const T shift = static_cast<T>(std::log(sum));
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = (x[i] - top) - shift;
  } else {
    const T scale = static_cast<T>(1 / sum);
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] *= scale;
  }
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
      const bool isWritten = types[0] == kCode<T> && steps[0] == 1, isRead = types[1] == kCode<T> && steps[1] == 1;
      T* to = isWritten ? reinterpret_cast<T*>(memory[0]) : own;
      if (!isRead) Movers<T>::load[types[1]](own, memory[1], steps[1], n);
      softmaxRow<T>(to, isRead ? reinterpret_cast<const T*>(memory[1]) : own, own + n, n, isLog);
      if (!isWritten) Movers<T>::store[types[0]](own, memory[0], steps[0], n);
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(softmax) {
  if (fb::integer(0) == fb::kFloat64) fb::FB_NAMESPACE::softmaxRows<double>();
  else fb::FB_NAMESPACE::softmaxRows<float>();
}
