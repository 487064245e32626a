// Pooling with regular windows: the largest element and its place, the average, and the reverse of the average.
// A row of places is computed at a time, tap by tap, so that loops run over neighbouring places.
#include "gemm.h"

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
  // For each tap along a row the places at which it meets the image, from first to before last: scratch memory of the caller.
  struct Span {
    int64_t first, last;
  };
  Span* spans;
  Pooling() {
    for (int k = 0; k < 3; k++) d[k] = {integer(18 + k), integer(21 + k), integer(24 + k), integer(27 + k), integer(30 + k), integer(33 + k)};
    spans = static_cast<Span*>(scratch(4, sizeof(Span) * d[2].kernel));
    for (int64_t k = 0; k < d[2].kernel; k++) spans[k] = {d[2].first(k), d[2].last(k)};
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

// The rows of the image that the windows of a row of places meet.
template <class F>
void eachLine(const Pooling& p, int64_t i, int64_t j, F body) {
  for (int64_t a = 0; a < p.d[0].kernel; a++) {
    const int64_t y = p.d[0].at(i, a);
    if (y < 0 || y >= p.d[0].size) continue;
    for (int64_t b = 0; b < p.d[1].kernel; b++) {
      const int64_t x = p.d[1].at(j, b);
      if (x >= 0 && x < p.d[1].size) body(y, x);
    }
  }
}

// The taps of a row of places, with the row of the image that each meets.
template <class F>
void eachTap(const Pooling& p, int64_t i, int64_t j, F body) {
  eachLine(p, i, j, [&](int64_t y, int64_t x) {
    for (int64_t c = 0; c < p.d[2].kernel; c++) body(y, x, c);
  });
}

// Steps of one, two and four have loops of their own, which the compiler vectorises.
template <class F>
inline void stepped(int64_t stride, F body) {
  if (stride == 1) body([] { return int64_t{1}; });
  else if (stride == 2) body([] { return int64_t{2}; });
  else if (stride == 4) body([] { return int64_t{4}; });
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

// Elements lo to before hi of the vector at `from`, which need not lie in memory as a whole; zeros around them.
template <class T>
inline typename Vector<T>::type loadRange(const T* from, int64_t lo, int64_t hi) {
#if defined(FB_AVX512)
  const unsigned mask = ((1u << hi) - 1) & ~((1u << lo) - 1);
  if constexpr (sizeof(T) == 4) return (typename Vector<T>::type)_mm512_maskz_loadu_ps((__mmask16)mask, from);
  else return (typename Vector<T>::type)_mm512_maskz_loadu_pd((__mmask8)mask, from);
#else
  typename Vector<T>::type value{};
  if (lo < hi) std::memcpy(reinterpret_cast<T*>(&value) + lo, from + lo, (hi - lo) * sizeof(T));
  return value;
#endif
}

// The elements from[i·stride] for i from lo to before hi, at most a vector; anything around them.
template <class T>
inline typename Vector<T>::type strided(const T* from, int64_t stride, int64_t lo, int64_t hi) {
  typedef typename Vector<T>::type V;
  constexpr int64_t lanes = kLanes<T>;
  if (stride == 1) return loadRange(from, lo, hi);
  V value{};
  if (stride != 2) {
    for (int64_t i = lo; i < hi; i++) value[i] = from[i * stride];
    return value;
  }
  const int64_t first = 2 * lo, last = 2 * hi - 1;
  const V low = loadRange(from, least(first, lanes), least(last, lanes));
  const V high = last > lanes ? loadRange(from + lanes, first > lanes ? first - lanes : 0, last - lanes) : V{};
#if defined(__clang__)
  for (int i = 0; i < lanes; i++) value[i] = 2 * i < lanes ? low[2 * i] : high[2 * i - lanes];
  return value;
#else
  decltype(low > low) even;
  for (int i = 0; i < lanes; i++) even[i] = 2 * i;
  return __builtin_shuffle(low, high, even);
#endif
}

// A vector of places of a row, from the x-th on: the best elements and their places, -1 where there is none.
template <class T, class I>
struct Best {
  typename Vector<T>::type value;
  typename Vector<I>::type place;

  Best(const Pooling& p, int64_t n, int64_t c, int64_t i, int64_t j, int64_t x) : value(splat(static_cast<T>(-INFINITY))), place{} {
    place -= 1;
    typename Vector<I>::type lane;
    for (int k = 0; k < kLanes<T>; k++) lane[k] = static_cast<I>(k);
    const int64_t stride = p.d[2].stride;
    const auto steps = lane * static_cast<I>(stride);
    eachTap(p, i, j, [&](int64_t y, int64_t z, int64_t tap) {
      const int64_t first = p.spans[tap].first - x, last = least(p.spans[tap].last - x, kLanes<T>), start = p.d[2].at(x, tap);
      const int64_t lo = first > 0 ? first : 0;
      if (lo >= last) return;
      const auto now = strided(p.image.row<const T>(n, c, y, z) + start, stride, lo, last);
      const auto inside = (lane >= static_cast<I>(lo)) & (lane < static_cast<I>(last));
      const auto better = ((now > value) | (now != now) | (place < 0)) & inside;
      value = better ? now : value;
      place = better ? steps + static_cast<I>((y * p.d[1].size + z) * p.d[2].size + start) : place;
    });
  }
};

template <class T>
void maxPool() {
  typedef typename Index<T>::type I;
  const Pooling p;
  const int64_t width = p.d[2].places;
  eachPlane(p, [&](int64_t n, int64_t c) {
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        for (int64_t x = 0; x < width; x += kLanes<T>) {
          const Best<T, I> best(p, n, c, i, j, x);
          const int64_t count = least(width - x, kLanes<T>);
          T* to = p.places.row<T>(n, c, i, j) + x;
          if (count == kLanes<T>) store<T>(to, best.value);
          else storePart(to, best.value, count);
          if (p.indices.data == nullptr) continue;
          alignas(64) I place[kLanes<T>];
          store<I>(place, best.place < 0 ? typename Vector<I>::type{} : best.place);
          int64_t* index = p.indices.row<int64_t>(n, c, i, j) + x;
          for (int64_t k = 0; k < count; k++) index[k] = place[k];
        }
      }
    }
  });
}

// Arguments: planes, elements of a plane, places of a plane, then the addresses of the image, of the gradient of the places, and of the indices. All are dense.
template <class T>
void maxPoolBackward() {
  const int64_t planes = integer(0), size = integer(1), places = integer(2);
  T* image = pointer<T>(3);
  const T* grad = pointer<const T>(4);
  const int64_t* indices = pointer<const int64_t>(5);
  parallelFor(planes, 1 + 32768 / (size + places), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; plane++) {
      T* to = image + plane * size;
      std::memset(to, 0, size * sizeof(T));
      for (int64_t i = plane * places; i < (plane + 1) * places; i++) to[indices[i]] += grad[i];
    }
  });
}

// What the sums of a row of places are divided by.
template <class T>
inline void divisorsOf(const Pooling& p, int64_t i, int64_t j, T* to) {
  const int64_t lines = p.d[0].count(i, p.padded) * p.d[1].count(j, p.padded);
  for (int64_t x = 0; x < p.d[2].places; x++) to[x] = p.divisor != 0 ? static_cast<T>(p.divisor) : static_cast<T>(lines * p.d[2].count(x, p.padded));
}

// The rows that windows meet are added up first, whole, then the taps along the sum of them.
template <class T>
void avgPool() {
  const Pooling p;
  const int64_t width = p.d[2].places, size = p.d[2].size;
  eachPlane(p, [&](int64_t n, int64_t c) {
    T* by = static_cast<T*>(scratch(6, sizeof(T) * width));
    T* line = static_cast<T*>(scratch(7, sizeof(T) * size));
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        T* sum = p.places.row<T>(n, c, i, j);
        bool any = false;
        std::memset(line, 0, sizeof(T) * size);
        eachLine(p, i, j, [&](int64_t y, int64_t x) {
          const T* from = p.image.row<const T>(n, c, y, x);
          for (int64_t k = 0; k < size; k++) line[k] += from[k];
          any = true;
        });
        for (int64_t x = 0; x < width; x++) sum[x] = 0;
        for (int64_t tap = 0; tap < p.d[2].kernel; tap++) {
          const T* from = line + p.d[2].at(0, tap);
          const auto [first, last] = p.spans[tap];
          stepped(p.d[2].stride, [&, first = first, last = last](auto step) {
            for (int64_t k = first; k < last; k++) sum[k] += from[k * step()];
          });
        }
        if (!any) continue;
        divisorsOf<T>(p, i, j, by);
        for (int64_t x = 0; x < width; x++) sum[x] = by[x] == 0 ? 0 : sum[x] / by[x];
      }
    }
  });
}

// The same backwards: what a row of places gives to a row of the image, then that to each row that the windows meet.
template <class T>
void avgPoolBackward() {
  const Pooling p;
  const int64_t width = p.d[2].places, size = p.d[2].size;
  eachPlane(p, [&](int64_t n, int64_t c) {
    T* share = static_cast<T*>(scratch(6, sizeof(T) * width));
    T* line = static_cast<T*>(scratch(7, sizeof(T) * size));
    for (int64_t i = 0; i < p.d[0].size; i++)
      for (int64_t j = 0; j < p.d[1].size; j++) std::memset(p.image.row<T>(n, c, i, j), 0, sizeof(T) * size);
    for (int64_t i = 0; i < p.d[0].places; i++) {
      for (int64_t j = 0; j < p.d[1].places; j++) {
        const T* grad = p.places.row<const T>(n, c, i, j);
        divisorsOf<T>(p, i, j, share);
        for (int64_t x = 0; x < width; x++) share[x] = grad[x] / share[x];
        std::memset(line, 0, sizeof(T) * size);
        for (int64_t tap = 0; tap < p.d[2].kernel; tap++) {
          T* to = line + p.d[2].at(0, tap);
          const auto [first, last] = p.spans[tap];
          stepped(p.d[2].stride, [&, first = first, last = last](auto step) {
            for (int64_t k = first; k < last; k++) to[k * step()] += share[k];
          });
        }
        eachLine(p, i, j, [&](int64_t y, int64_t x) {
          T* to = p.image.row<T>(n, c, y, x);
          for (int64_t k = 0; k < size; k++) to[k] += line[k];
        });
      }
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(max_pool_float32) { fb::FB_NAMESPACE::maxPool<float>(); }
FB_KERNEL(max_pool_float64) { fb::FB_NAMESPACE::maxPool<double>(); }
FB_KERNEL(max_pool_backward_float32) { fb::FB_NAMESPACE::maxPoolBackward<float>(); }
FB_KERNEL(max_pool_backward_float64) { fb::FB_NAMESPACE::maxPoolBackward<double>(); }
FB_KERNEL(avg_pool_float32) { fb::FB_NAMESPACE::avgPool<float>(); }
FB_KERNEL(avg_pool_float64) { fb::FB_NAMESPACE::avgPool<double>(); }
FB_KERNEL(avg_pool_backward_float32) { fb::FB_NAMESPACE::avgPoolBackward<float>(); }
FB_KERNEL(avg_pool_backward_float64) { fb::FB_NAMESPACE::avgPoolBackward<double>(); }
