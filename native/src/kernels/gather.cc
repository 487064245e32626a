// Elements read through indices, and the range of indices.
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int kMostIndices = 4;
constexpr int64_t kMoved = 16384;  // elements that a thread takes at a time

template <class E>
inline void copyLine(E* to, int64_t toStep, const E* from, int64_t fromStep, int64_t n) {
  if (toStep == 1 && fromStep == 1) {
    std::memcpy(to, from, n * sizeof(E));
    return;
  }
  for (int64_t i = 0; i < n; i++) to[i * toStep] = from[i * fromStep];
}

template <class E>
void gatherElements(int indices) {
  int64_t along[kMostIndices];
  for (int k = 0; k < indices; k++) along[k] = integer(2 + k);
  Loops<2 + kMostIndices> loops;
  loops.read(2 + indices, 2 + indices);
  const int64_t toStep = loops.step(0), fromStep = loops.step(1), placeStep = loops.step(2);
  bool isLine = true;
  for (int k = 0; k < indices; k++) isLine = isLine && loops.step(2 + k) == 0;
  parallelFor(loops.nest.count, kMoved, [&](int64_t begin, int64_t end) {
    loops.walk(begin, end, [&](const int64_t* at, int64_t n) {
      E* to = loops.template memory<E>(0, at[0]);
      const E* from = loops.template memory<const E>(1, at[1]);
      if (indices == 1 && !isLine) {
        const int64_t* place = loops.template memory<const int64_t>(2, at[2]);
        const int64_t step = along[0];
        if (toStep == 1 && placeStep == 1 && fromStep == 0 && step == 1)
          for (int64_t i = 0; i < n; i++) to[i] = from[place[i]];
        else
          for (int64_t i = 0; i < n; i++) to[i * toStep] = from[i * fromStep + place[i * placeStep] * step];
        return;
      }
      const auto offset = [&](int64_t i) {
        int64_t sum = 0;
        for (int k = 0; k < indices; k++) sum += *loops.template memory<const int64_t>(2 + k, at[2 + k] + i * loops.step(2 + k)) * along[k];
        return sum;
      };
      if (isLine) copyLine(to, toStep, from + offset(0), fromStep, n);
      else
        for (int64_t i = 0; i < n; i++) to[i * toStep] = from[i * fromStep + offset(i)];
    });
  });
}

// Arguments: bytes of an element, number of indices, the steps of the table along what they index; the nest with result, table, indices.
inline void gather() {
  const int indices = static_cast<int>(integer(1));
  bySize(integer(0), [&](auto element) { gatherElements<decltype(element)>(indices); });
}

// Arguments: the nest and an index. Writes the smallest and the largest to the block's first places.
inline void indexRange() {
  Loops<1> loops;
  loops.read(0);
  const int64_t pieces = (loops.nest.count + kMoved - 1) / kMoved;
  int64_t* found = static_cast<int64_t*>(scratch(6, 2 * pieces * sizeof(int64_t)));
  const int64_t step = loops.step(0);
  parallelFor(pieces, 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; piece++) {
      int64_t low = INT64_MAX, high = INT64_MIN;
      loops.walk(piece * kMoved, smaller((piece + 1) * kMoved, loops.nest.count), [&](const int64_t* at, int64_t n) {
        const int64_t* x = loops.memory<const int64_t>(0, at[0]);
        if (step == 1) {
          for (int64_t i = 0; i < n; i++) {
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
          }
        } else {
          for (int64_t i = 0; i < n; i++) {
            low = x[i * step] < low ? x[i * step] : low;
            high = x[i * step] > high ? x[i * step] : high;
          }
        }
      });
      found[2 * piece] = low;
      found[2 * piece + 1] = high;
    }
  });
  int64_t low = INT64_MAX, high = INT64_MIN;
  for (int64_t piece = 0; piece < pieces; piece++) {
    low = smaller(low, found[2 * piece]);
    high = found[2 * piece + 1] > high ? found[2 * piece + 1] : high;
  }
  block[0] = static_cast<double>(low);
  block[1] = static_cast<double>(high);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(gather) { fb::FB_NAMESPACE::gather(); }
FB_KERNEL(index_range) { fb::FB_NAMESPACE::indexRange(); }
