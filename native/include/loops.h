// Loops over several operands of one loop nest, walked by innermost loops, and lines of operands along one dimension.
#pragma once
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// A loop nest with the operands that are walked along it; `N` is the most there may be.
template <int N>
struct Loops {
  Nest nest;
  Operand operands[N];
  int used = N;

  // Reads the nest and the operands from the arguments; gives the place behind them.
  int read(int at, int count = N) {
    used = count;
    at = readNest(at, nest);
    for (int k = 0; k < used; k++) at = readOperand(at, nest.rank, operands[k]);
    return at;
  }

  int64_t inner() const { return nest.sizes[nest.rank - 1]; }
  int64_t step(int k) const { return operands[k].strides[nest.rank - 1]; }

  template <class T>
  T* memory(int k, int64_t offset) const {
    return reinterpret_cast<T*>(operands[k].memory) + offset;
  }

  // Calls body(offsets, n) for the parts of elements [begin, end) that lie in one innermost loop each.
  template <class F>
  void walk(int64_t begin, int64_t end, F&& body) const {
    const int last = nest.rank - 1;
    int64_t index[kMostDims], offsets[N] = {}, rest = begin;
    for (int d = last; d >= 0; d--) {
      index[d] = d > 0 ? rest % nest.sizes[d] : rest;
      rest /= nest.sizes[d];
      for (int k = 0; k < used; k++) offsets[k] += index[d] * operands[k].strides[d];
    }
    while (begin < end) {
      const int64_t n = smaller(nest.sizes[last] - index[last], end - begin);
      body(static_cast<const int64_t*>(offsets), n);
      begin += n;
      if (begin >= end) return;
      index[last] += n;
      for (int k = 0; k < used; k++) offsets[k] += n * operands[k].strides[last];
      for (int d = last; d > 0 && index[d] == nest.sizes[d]; d--) {
        for (int k = 0; k < used; k++) offsets[k] += operands[k].strides[d - 1] - index[d] * operands[k].strides[d];
        index[d] = 0;
        index[d - 1]++;
      }
    }
  }
};

// Lines of `n` elements of several operands: `along` are the steps along a line, the nest runs over the lines.
template <int N>
struct Lines {
  int64_t n, along[N];
  Loops<N> across;

  void read(int at) {
    n = integer(at++);
    for (int64_t& step : along) step = integer(at++);
    across.read(at);
  }

  // Whether neighbouring lines lie closer together than the elements of one of operand `k`: they are then walked side by side.
  bool isSideBySide(int k) const {
    const int64_t step = across.step(k) < 0 ? -across.step(k) : across.step(k), own = along[k] < 0 ? -along[k] : along[k];
    return step != 0 && step < own && across.inner() >= 4;
  }
};

// Elements of one size, for kernels that only move them.
struct Wide {
  uint64_t low, high;
};

// Calls run(element) with a number of the size that is moved.
template <class F>
inline void bySize(int64_t size, F&& run) {
  switch (size) {
    case 1: return run(uint8_t{});
    case 2: return run(uint16_t{});
    case 4: return run(uint32_t{});
    case 8: return run(uint64_t{});
    default: return run(Wide{});
  }
}

// Calls run(number, element): the number type in which elements of a real dtype are computed, and how they are kept.
template <class F>
inline void byType(int dtype, F&& run) {
  switch (dtype) {
    case kBool: return run(int32_t{}, Bool{});
    case kUInt8: return run(int32_t{}, uint8_t{});
    case kInt8: return run(int32_t{}, int8_t{});
    case kInt16: return run(int32_t{}, int16_t{});
    case kInt32: return run(int32_t{}, int32_t{});
    case kInt64: return run(int64_t{}, int64_t{});
    case kFloat16: return run(float{}, Half{});
    case kBFloat16: return run(float{}, Brain{});
    case kFloat32: return run(float{}, float{});
    default: return run(double{}, double{});
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb
