// Pooling with regular windows: the largest element and its place, the average, and the reverse of the average.
// A row of places is computed at a time, tap by tap, so that loops run over neighbouring places.
#include "tile.h"

#include <cmath>

namespace fb {
namespace FB_NAMESPACE {

struct Dimension {
  int64_t size, places, kernel, stride, padding, dilation;
  // The coordinate that tap k meets at place i.
  int64_t at(int64_t i, int64_t k) const { return i * stride - padding + k * dilation; }
  // The places at which tap k meets the image: from first to before last.
  int64_t first(int64_t k) const {
    const int64_t before = padding - k * dilation;
    const int64_t i = before <= 0 ? 0 : (before + stride - 1) / stride;
    return i < places ? i : places;
  }
  int64_t last(int64_t k) const {
    const int64_t beyond = size + padding - k * dilation;
    const int64_t i = beyond <= 0 ? 0 : (beyond + stride - 1) / stride;
    return i < places ? i : places;
  }
  // How many elements a window counts for.
  int64_t count(int64_t i, bool padded) const {
    const int64_t start = i * stride - padding, stop = start + kernel;
    if (padded) return (stop < size + padding ? stop : size + padding) - start;
    return (stop < size ? stop : size) - (start > 0 ? start : 0);
  }
};

// Arguments: samples, channels; image, places and indices as address, steps of samples and channels, strides of rows; then the dimensions.
struct Planes {
  char* data;
  int64_t sample, channel, stride[2];
  explicit Planes(int at) : data(pointer<char>(at)), sample(integer(at + 1)), channel(integer(at + 2)), stride{integer(at + 3), integer(at + 4)} {}
  template <class T>
  T* row(int64_t n, int64_t c, int64_t i, int64_t j) const {
    return reinterpret_cast<T*>(data) + n * sample + c * channel + i * stride[0] + j * stride[1];
  }
};

struct Pooling {
  int64_t samples = integer(0), channels = integer(1);
  Planes image{2}, places{7}, indices{12};
  Dimension d[3];
  bool padded = integer(36) != 0;
  double divisor = number(37);
  Pooling() {
    for (int k = 0; k < 3; k++) d[k] = {integer(18 + k), integer(21 + k), integer(24 + k), integer(27 + k), integer(30 + k), integer(33 + k)};
  }
};

// Runs body(n, c, i, j) for each row of places, or body(n, c) for each plane, in pieces of some work.
template <class F>
void eachPlane(const Pooling& p, F body) {
  const int64_t work = p.d[0].places * p.d[1].places * p.d[2].places * p.d[0].kernel * p.d[1].kernel * p.d[2].kernel;
  parallelFor(p.samples * p.channels, 1 + 32768 / (work + 1), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) body(at / p.channels, at % p.channels);
  });
}

// The taps of a row of places, with the row of the image that each meets.
template <class F>
void eachTap(const Pooling& p, int64_t i, int64_t j, F body) {
  for (int64_t a = 0; a < p.d[0].kernel; a++) {
    const int64_t y = p.d[0].at(i, a);
    if (y < 0 || y >= p.d[0].size) continue;
    for (int64_t b = 0; b < p.d[1].kernel; b++) {
      const int64_t x = p.d[1].at(j, b);
      if (x < 0 || x >= p.d[1].size) continue;
      for (int64_t c = 0; c < p.d[2].kernel; c++) body(y, x, c);
    }
  }
}

// Steps of one and two have loops of their own, which the compiler vectorises.
template <class F>
inline void stepped(int64_t stride, F body) {
  if (stride == 1) body([] { return int64_t{1}; });
  else if (stride == 2) body([] { return int64_t{2}; });
  else body([stride] { return stride; });
}

template <class T>
struct Index;
template <>
struct Index<float> {
  typedef int32_t type;
};
template <>
struct Index<double> {
  typedef int64_t type;
};

// Every second element of 2·lanes, of which only the first `count` results count.
template <class T>
inline typename Vector<T>::type everySecond(const T* from, int64_t count) {
  typedef typename Vector<T>::type V;
  constexpr int64_t lanes = kLanes<T>;
  const int64_t some = 2 * count - 1;
  const V low = some >= lanes ? load<T>(from) : loadPart(from, some);
  const V high = some > lanes ? loadPart(from + lanes, some - lanes) : V{};
#if defined(__clang__)
  V value{};
  for (int i = 0; i < lanes; i++) value[i] = 2 * i < lanes ? low[2 * i] : high[2 * i - lanes];
  return value;
#else
  decltype(low > low) even;
  for (int i = 0; i < lanes; i++) even[i] = 2 * i;
  return __builtin_shuffle(low, high, even);
#endif
}

// best[x] and its place, for x from first to before last, against from[x·stride]; a place below 0 says that there is none yet.
template <class T, class I>
inline void largest(T* best, I* place, const T* from, I base, int64_t first, int64_t last, int64_t stride) {
  typedef typename Vector<T>::type V;
  typedef typename Vector<I>::type W;
  W lane;
  for (int i = 0; i < kLanes<T>; i++) lane[i] = static_cast<I>(i);
  const W steps = lane * static_cast<I>(stride);
  for (int64_t x = first; x < last; x += kLanes<T>) {
    const int64_t count = last - x < kLanes<T> ? last - x : kLanes<T>;
    const V value = stride == 2 ? everySecond(from + 2 * x, count) : gatherPart(from + x * stride, stride, count);
    const V old = load<T>(best + x);
    const W was = load<I>(place + x), now = steps + static_cast<I>(base + x * stride);
    const W better = ((value > old) | (value != value) | (was < 0)) & (lane < static_cast<I>(count));
    store<T>(best + x, better ? value : old);
    store<I>(place + x, better ? now : was);
  }
}

template <class T>
void maxPool() {
  typedef typename Index<T>::type I;
  const Pooling p;
  const int64_t width = p.d[2].places, room = width + kLanes<T>;
  eachPlane(p, [&](int64_t n, int64_t c) {
    T* best = static_cast<T*>(scratch(6, sizeof(T) * room));
    I* place = static_cast<I*>(scratch(7, sizeof(I) * room));
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        for (int64_t x = 0; x < room; x++) best[x] = -INFINITY, place[x] = -1;
        eachTap(p, i, j, [&](int64_t y, int64_t x, int64_t tap) {
          const int64_t start = p.d[2].at(0, tap);
          const I base = static_cast<I>((y * p.d[1].size + x) * p.d[2].size + start);
          largest<T, I>(best, place, p.image.row<const T>(n, c, y, x) + start, base, p.d[2].first(tap), p.d[2].last(tap), p.d[2].stride);
        });
        std::memcpy(p.places.row<T>(n, c, i, j), best, sizeof(T) * width);
        if (p.indices.data == nullptr) continue;
        int64_t* to = p.indices.row<int64_t>(n, c, i, j);
        for (int64_t x = 0; x < width; x++) to[x] = place[x] < 0 ? 0 : place[x];
      }
    }
  });
}

template <class T>
inline T divisorOf(const Pooling& p, int64_t i, int64_t j, int64_t x) {
  if (p.divisor != 0) return static_cast<T>(p.divisor);
  return static_cast<T>(p.d[0].count(i, p.padded) * p.d[1].count(j, p.padded) * p.d[2].count(x, p.padded));
}

template <class T>
void avgPool() {
  const Pooling p;
  const int64_t width = p.d[2].places;
  eachPlane(p, [&](int64_t n, int64_t c) {
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        T* sum = p.places.row<T>(n, c, i, j);
        bool any = false;
        for (int64_t x = 0; x < width; x++) sum[x] = 0;
        eachTap(p, i, j, [&](int64_t y, int64_t x, int64_t tap) {
          const T* from = p.image.row<const T>(n, c, y, x) + p.d[2].at(0, tap);
          const int64_t first = p.d[2].first(tap), last = p.d[2].last(tap);
          any = true;
          stepped(p.d[2].stride, [&](auto step) {
            for (int64_t k = first; k < last; k++) sum[k] += from[k * step()];
          });
        });
        for (int64_t x = 0; x < width && any; x++) {
          const T by = divisorOf<T>(p, i, j, x);
          sum[x] = by == 0 ? 0 : sum[x] / by;
        }
      }
    }
  });
}

template <class T>
void avgPoolBackward() {
  const Pooling p;
  const int64_t width = p.d[2].places;
  eachPlane(p, [&](int64_t n, int64_t c) {
    T* share = static_cast<T*>(scratch(6, sizeof(T) * width));
    for (int64_t i = 0; i < p.d[0].size; i++)
      for (int64_t j = 0; j < p.d[1].size; j++) std::memset(p.image.row<T>(n, c, i, j), 0, sizeof(T) * p.d[2].size);
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        const T* grad = p.places.row<const T>(n, c, i, j);
        for (int64_t x = 0; x < width; x++) share[x] = grad[x] / divisorOf<T>(p, i, j, x);
        eachTap(p, i, j, [&](int64_t y, int64_t x, int64_t tap) {
          T* to = p.image.row<T>(n, c, y, x) + p.d[2].at(0, tap);
          const int64_t first = p.d[2].first(tap), last = p.d[2].last(tap);
          stepped(p.d[2].stride, [&](auto step) {
            for (int64_t k = first; k < last; k++) to[k * step()] += share[k];
          });
        });
      }
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(max_pool_float32) { fb::FB_NAMESPACE::maxPool<float>(); }
FB_KERNEL(max_pool_float64) { fb::FB_NAMESPACE::maxPool<double>(); }
FB_KERNEL(avg_pool_float32) { fb::FB_NAMESPACE::avgPool<float>(); }
FB_KERNEL(avg_pool_float64) { fb::FB_NAMESPACE::avgPool<double>(); }
FB_KERNEL(avg_pool_backward_float32) { fb::FB_NAMESPACE::avgPoolBackward<float>(); }
FB_KERNEL(avg_pool_backward_float64) { fb::FB_NAMESPACE::avgPoolBackward<double>(); }
