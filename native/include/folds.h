// Ways to combine many values into one, for blocks in order and for columns side by side.
#pragma once
#include <cmath>
#include <limits>

#include "elements.h"

namespace fb {
namespace FB_NAMESPACE {

// Each fold has the type `A` of what is combined, a first value, `along` over neighbours and `step` for one value. float32 values are
// added in vectors over a block and in float64 over blocks, so that long sums lose nothing.

template <class T>
struct SumFold {
  typedef std::conditional_t<std::is_floating_point_v<T>, double, T> A;
  typedef T Value;
  static constexpr A first = 0;
  static A step(A sum, A x) { return sum + x; }
  static A along(A sum, const T* x, int64_t n) {
    Lanes lanes;
    lanes.add(x, n);
    return sum + lanes.total();
  }

  // Sums in vectors, of as many lines as are added: those of some 16,384 elements together.
  class Lanes {
   public:
    void add(const T* x, int64_t n) {
      int64_t i = 0;
      for (; i + kParts * kLanes <= n; i += kParts * kLanes)
        for (int k = 0; k < kParts; k++) parts_[k] += load<T>(x + i + k * kLanes);
      // Into different sums, as each addition waits for the one before.
      for (int k = 0; i + kLanes <= n; i += kLanes, k = (k + 1) % kParts) parts_[k] += load<T>(x + i);
      for (; i < n; i++) rest_ += static_cast<A>(x[i]);
    }
    A total() {
      for (int width = kParts / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++) parts_[k] += parts_[k + width];
      for (int width = kLanes / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++) parts_[0][k] += parts_[0][k + width];
      return rest_ + static_cast<A>(parts_[0][0]);
    }

   private:
    static constexpr int kParts = 8, kLanes = Vector<T>::lanes;
    typename Vector<T>::type parts_[kParts] = {};
    A rest_ = 0;
  };
};

template <class T>
struct ProductFold {
  typedef std::conditional_t<std::is_floating_point_v<T>, double, T> A;
  typedef T Value;
  static constexpr A first = 1;
  static A step(A product, A x) { return product * x; }
  static A along(A product, const T* x, int64_t n) {
    A parts[4] = {1, 1, 1, 1};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
      for (int k = 0; k < 4; k++) parts[k] *= static_cast<A>(x[i + k]);
    for (; i < n; i++) product *= static_cast<A>(x[i]);
    return product * ((parts[0] * parts[1]) * (parts[2] * parts[3]));
  }
};

// NaN wins.
template <class T, bool isMax>
struct ExtremeFold {
  typedef T A;
  typedef T Value;
  typedef std::numeric_limits<T> Limits;
  static constexpr A first = Limits::has_infinity ? (isMax ? -Limits::infinity() : Limits::infinity()) : (isMax ? Limits::min() : Limits::max());
  static A step(A best, A x) { return (isMax ? x > best : x < best) || x != x ? x : best; }
  static A along(A best, const T* x, int64_t n) {
    constexpr int lanes = Vector<T>::lanes;
    typedef typename Vector<T>::type V;
    V parts[4];
    for (int k = 0; k < 4; k++) parts[k] = V{} + best;
    int64_t i = 0;
    const auto better = [](V best, V y) -> V { return ((isMax ? y > best : y < best) | (y != y)) ? y : best; };
    for (; i + 4 * lanes <= n; i += 4 * lanes)
      for (int k = 0; k < 4; k++) parts[k] = better(parts[k], load<T>(x + i + k * lanes));
    for (; i + lanes <= n; i += lanes) parts[0] = better(parts[0], load<T>(x + i));
    const V found = better(better(parts[0], parts[1]), better(parts[2], parts[3]));
    for (int l = 0; l < lanes; l++) best = step(best, found[l]);
    for (; i < n; i++) best = step(best, x[i]);
    return best;
  }
};

template <class T, bool isAny>
struct TruthFold {
  typedef Mask<T> A;
  typedef Mask<T> Value;
  static constexpr A first = isAny ? 0 : -1;
  static A step(A found, A x) { return isAny ? found | x : found & x; }
  static A along(A found, const A* x, int64_t n) {
    A result = found;
    for (int64_t i = 0; i < n; i++) result = step(result, x[i]);
    return result;
  }
};

}  // namespace FB_NAMESPACE
}  // namespace fb
