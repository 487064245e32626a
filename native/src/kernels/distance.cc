// Distances of all pairs of rows.
#include <cmath>

#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

// The terms of a p-norm: Σ |x|, Σ x², the largest |x|, how many are not 0, Σ |x|ᵖ.
enum Measure : int { kManhattan = 0, kEuclidean = 1, kLargest = 2, kDifferent = 3, kPower = 4 };

constexpr int64_t kBlockRows = 32;  // rows of the second operand that stay in the first-level cache

template <class T, int measure>
inline T distance(const T* a, const T* b, int64_t n, T p) {
  typedef typename Vector<T>::type V;
  constexpr int lanes = Vector<T>::lanes;
  V sums[2] = {};
  int64_t i = 0;
  if constexpr (measure != kPower) {
    for (; i + lanes <= n; i += lanes) {
      const V x = load<T>(a + i) - load<T>(b + i), size = x < 0 ? -x : x;
      V& sum = sums[i / lanes & 1];
      if constexpr (measure == kManhattan) sum += size;
      else if constexpr (measure == kEuclidean) sum += x * x;
      else if constexpr (measure == kLargest) sum = (size > sum) | (size != size) ? size : sum;
      else sum += x != 0 ? V{} + T{1} : V{};
    }
  }
  T total = 0;
  const auto take = [&](T value) {
    if constexpr (measure == kLargest) total = value > total || value != value ? value : total;
    else total += value;
  };
  // Halves are combined, so that no step waits for more than one other.
  T parts[2 * lanes];
  store<T>(parts, sums[0]);
  store<T>(parts + lanes, sums[1]);
  for (int half = lanes; half >= 1; half /= 2) {
    for (int k = 0; k < half; k++) {
      const T x = parts[k], y = parts[k + half];
      if constexpr (measure == kLargest) parts[k] = y > x || y != y ? y : x;
      else parts[k] = x + y;
    }
  }
  total = parts[0];
  for (; i < n; i++) {
    const T x = a[i] - b[i], size = x < 0 ? -x : x;
    if constexpr (measure == kEuclidean) take(x * x);
    else if constexpr (measure == kDifferent) take(x != 0 ? 1 : 0);
    else if constexpr (measure == kPower) take(std::pow(size, p));
    else take(size);
  }
  if constexpr (measure == kEuclidean) return std::sqrt(total);
  else if constexpr (measure == kPower) return std::pow(total, 1 / p);
  else return total;
}

// Arguments: measure, p, whether of one operand each pair once; batches, rows of both operands, their columns, the addresses of the result
// and both operands, all without gaps.
template <class T, int measure>
void distances() {
  const T p = static_cast<T>(number(1));
  const bool isOnce = integer(2) != 0;
  const int64_t batches = integer(3), rows = integer(4), others = integer(5), n = integer(6);
  T* to = pointer<T>(7);
  const T *a = pointer<const T>(8), *b = pointer<const T>(9);
  const int64_t strips = (rows + kBlockRows - 1) / kBlockRows;
  parallelFor(batches * strips, 1 + 65536 / (kBlockRows * others * n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t batch = task / strips, first = task % strips * kBlockRows, last = smaller(first + kBlockRows, rows);
      const T *x = a + batch * rows * n, *y = b + batch * others * n;
      for (int64_t start = isOnce ? first : 0; start < others; start += kBlockRows) {
        const int64_t stop = smaller(start + kBlockRows, others);
        for (int64_t i = first; i < last; i++) {
          // Row i of the pairs begins behind those of the rows before it, which get shorter by one each.
          T* row = isOnce ? to + i * rows - i * (i + 1) / 2 - i - 1 : to + (batch * rows + i) * others;
          for (int64_t j = isOnce && start <= i ? i + 1 : start; j < stop; j++) row[j] = distance<T, measure>(x + i * n, y + j * n, n, p);
        }
      }
    }
  });
}

template <class T>
void distances() {
  switch (static_cast<int>(integer(0))) {
    case kManhattan: return distances<T, kManhattan>();
    case kEuclidean: return distances<T, kEuclidean>();
    case kLargest: return distances<T, kLargest>();
    case kDifferent: return distances<T, kDifferent>();
    default: return distances<T, kPower>();
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(distance_float32) { fb::FB_NAMESPACE::distances<float>(); }
FB_KERNEL(distance_float64) { fb::FB_NAMESPACE::distances<double>(); }
