// Elements written through indices, or combined with what is there.
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int kMostIndices = 4;

enum Mode : int { kWrite = 0, kAdd = 1, kMultiply = 2, kMax = 3, kMin = 4 };

template <class E>
struct Write {
  static void step(E& to, E x) { to = x; }
};

template <class T, class S, int mode>
struct Combine {
  static void step(S& to, S from) {
    const T x = read<T>(to), y = read<T>(from);
    if constexpr (mode == kAdd) to = written<S, T>(x + y);
    else if constexpr (mode == kMultiply) to = written<S, T>(x * y);
    else if constexpr (mode == kMax) to = y > x || y != y ? from : to;
    else to = y < x || y != y ? from : to;
  }
};

// Of several elements for one place the last in the nest's order counts, or all are combined in that order: a loop in which every
// turn writes to other places may be shared by threads, but none along which indices lead to the same places.
template <class E, class Step>
void scatterElements(int indices, int shared) {
  int64_t along[kMostIndices];
  for (int k = 0; k < indices; k++) along[k] = integer(4 + k);
  Loops<2 + kMostIndices> all;
  all.read(4 + indices, 2 + indices);
  const auto run = [&](const Loops<2 + kMostIndices>& loops) {
    const int64_t toStep = loops.step(0), fromStep = loops.step(1), placeStep = loops.step(2);
    bool isLine = true;
    for (int k = 0; k < indices; k++) isLine = isLine && loops.step(2 + k) == 0;
    loops.walk(0, loops.nest.count, [&](const int64_t* at, int64_t n) {
      E* to = loops.template memory<E>(0, at[0]);
      const E* from = loops.template memory<const E>(1, at[1]);
      const auto offset = [&](int64_t i) {
        int64_t sum = 0;
        for (int k = 0; k < indices; k++) sum += *loops.template memory<const int64_t>(2 + k, at[2 + k] + i * loops.step(2 + k)) * along[k];
        return sum;
      };
      if (isLine) {
        to += offset(0);
        if (toStep == 1 && fromStep == 1)
          FB_LOOP (int64_t i = 0; i < n; i++) Step::step(to[i], from[i]);
        else
          for (int64_t i = 0; i < n; i++) Step::step(to[i * toStep], from[i * fromStep]);
      } else if (indices == 1) {
        const int64_t* place = loops.template memory<const int64_t>(2, at[2]);
        const int64_t step = along[0];
        if (toStep == 0 && placeStep == 1 && step == 1)
          for (int64_t i = 0; i < n; i++) Step::step(to[place[i]], from[i * fromStep]);
        else
          for (int64_t i = 0; i < n; i++) Step::step(to[i * toStep + place[i * placeStep] * step], from[i * fromStep]);
      } else {
        for (int64_t i = 0; i < n; i++) Step::step(to[i * toStep + offset(i)], from[i * fromStep]);
      }
    });
  };
  if (shared < 0) return run(all);
  const int64_t size = all.nest.sizes[shared], each = all.nest.count / size;
  // A few pieces, of whole cache lines where neighbours lie side by side.
  const int64_t eighth = (size + 7) / 8;
  parallelFor(size, all.operands[0].strides[shared] == 1 ? (eighth + 31) / 32 * 32 : eighth, [&](int64_t begin, int64_t end) {
    Loops<2 + kMostIndices> part = all;
    part.nest.sizes[shared] = end - begin;
    part.nest.count = each * (end - begin);
    part.operands[0].memory += begin * all.operands[0].strides[shared] * static_cast<int64_t>(sizeof(E));
    part.operands[1].memory += begin * all.operands[1].strides[shared] * static_cast<int64_t>(sizeof(E));
    for (int k = 2; k < all.used; k++) part.operands[k].memory += begin * all.operands[k].strides[shared] * 8;
    run(part);
  });
}

// Arguments: dtype, bytes of an element, mode, the loop that threads may share (or -1); number of indices is behind the mode's bits:
// mode + 8·indices. Then the steps of the result along what is indexed, the nest with result, source, indices.
inline void scatter() {
  const int dtype = static_cast<int>(integer(0)), mode = static_cast<int>(integer(2)) & 7, indices = static_cast<int>(integer(2)) >> 3;
  const int shared = static_cast<int>(integer(3));
  if (mode == kWrite) {
    bySize(integer(1), [&](auto element) { scatterElements<decltype(element), Write<decltype(element)>>(indices, shared); });
    return;
  }
  byType(dtype, [&](auto number, auto element) {
    typedef decltype(number) T;
    typedef decltype(element) S;
    switch (mode) {
      case kAdd: return scatterElements<S, Combine<T, S, kAdd>>(indices, shared);
      case kMultiply: return scatterElements<S, Combine<T, S, kMultiply>>(indices, shared);
      case kMax: return scatterElements<S, Combine<T, S, kMax>>(indices, shared);
      default: return scatterElements<S, Combine<T, S, kMin>>(indices, shared);
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(scatter) { fb::FB_NAMESPACE::scatter(); }
