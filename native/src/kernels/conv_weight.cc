// The gradient of a convolution's weight: patches times the transposed gradient of the output, summed over all places of all samples.
// Slices of the samples have sums of their own, which are added at the end: the result does not depend on the number of threads.
#include "conv.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kDeepBlock = 384;  // places of the gradient that are packed at a time
constexpr int64_t kSlices = 8;
constexpr int64_t kThinOuter = 3;

// Where the gradient of a chunk's places lies: places of one sample (of one plane, where samples are a dimension) without gaps.
template <class T>
struct Gradient {
  const T* data;
  int64_t channel, plane, step;

  // Packs the places [from, from + count) of some channels.
  void pack(T* to, int64_t start, int64_t channels, int64_t vectors, int64_t from, int64_t count) const {
    for (int64_t p = 0, run; p < count; p += run, to += run * vectors * kLanes<T>) {
      const int64_t at = (from + p) % plane;
      run = least(plane - at, count - p);
      packBand<T>(to, data + (from + p) / plane * step + at + start * channel, channel, 1, channels, run, vectors);
    }
  }
};

// sums[l, o] += Σ patches[l, p]·grad[o, p] over the places of one chunk, for the l of some channels; `add` says whether there are sums.
template <class T>
void accumulate(const Grid<T>& grid, const T* region, int64_t channels, int64_t chunk, const Gradient<T>& grad, int64_t outer, T* sums, bool add) {
  const Bands<T> bands(outer);
  T* packed = static_cast<T*>(scratch(6, sizeof(T) * kDeepBlock * kBand * kLanes<T>));
  const int64_t places = grid.placesOf(chunk), first = grid.first(chunk) * grid.inner(), step = bands.padded();
  const int64_t blocks = (places + kDeepBlock - 1) / kDeepBlock, block = (places + blocks - 1) / blocks;
  for (int64_t p = 0; p < places; p += block, add = true) {
    const int64_t count = least(places - p, block);
    for (int64_t band = 0; band < bands.count; band++) {
      const int64_t start = bands.start(band);
      grad.pack(packed, start, bands.size(band), bands.width(band), first + p, count);
      T* to = sums + start;
      multiplyIndirect<T>({region, grid.at, channels * grid.taps, grid.place + p, count, packed, add ? to : nullptr, step, to, step}, bands.width(band));
    }
  }
}

// N taps of one channel, from the l-th on: sums over the rows of a chunk.
template <class T, int N>
inline void thinTaps(const Grid<T>& grid, const T* region, int64_t l, int64_t rows, int64_t width, const T* grad, T* sums) {
  typedef typename Vector<T>::type V;
  constexpr int lanes = kLanes<T>;
  V sum[N] = {};
  const T* tap[N];
  for (int k = 0; k < N; k++) tap[k] = region + grid.at[l + k];
  for (int64_t y = 0; y < rows; y++, grad += width) {
    const int64_t line = grid.place[y * width];
    int64_t x = 0;
    for (; x + lanes <= width; x += lanes) {
      const V g = load<T>(grad + x);
      for (int k = 0; k < N; k++) sum[k] += g * load<T>(tap[k] + line + x);
    }
    if (x < width) {
      const V g = loadPart(grad + x, width - x);
      for (int k = 0; k < N; k++) sum[k] += g * loadPart(tap[k] + line + x, width - x);
    }
  }
  for (int k = 0; k < N; k++) {
    T total = 0;
    for (int i = 0; i < lanes; i++) total += sum[k][i];
    sums[k] += total;
  }
}

// The same for few channels: sums[o, l], with places in vectors.
template <class T>
void accumulateThin(const Grid<T>& grid, const T* region, int64_t chunk, const T* grad, int64_t channel, int64_t outer, T* sums) {
  const int64_t places = grid.placesOf(chunk), width = least(grid.axis[2].places, places), rows = places / width, depth = grid.depth();
  for (int64_t o = 0; o < outer; o++, grad += channel, sums += depth) {
    int64_t l = 0;
    for (; l + 3 <= depth; l += 3) thinTaps<T, 3>(grid, region, l, rows, width, grad, sums + l);
    for (; l < depth; l++) thinTaps<T, 1>(grid, region, l, rows, width, grad, sums + l);
  }
}

// weight[o, l] = Σ sums[slice, l, o] for each group, where rows lie `step` apart; without a step the sums are [slice, o, l].
template <class T>
void addSlices(const T* all, T* weight, int64_t groups, int64_t slices, int64_t size, int64_t outer, int64_t depth, int64_t step) {
  constexpr int64_t lines = 16;
  const int64_t parts = (depth + lines - 1) / lines;
  parallelFor(groups * parts, 1 + 8192 / (slices * lines * outer + 1), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t g = at / parts, l = at % parts * lines, count = least(lines, depth - l);
      const T* from = all + g * slices * size;
      T* to = weight + g * outer * depth + l;
      if (step == 0) {
        for (int64_t o = 0; o < outer; o++)
          for (int64_t i = 0; i < count; i++) {
            T sum = 0;
            for (int64_t s = 0; s < slices; s++) sum += from[s * size + o * depth + l + i];
            to[o * depth + i] = sum;
          }
        continue;
      }
      T* sums = static_cast<T*>(scratch(6, sizeof(T) * lines * step));
      std::memcpy(sums, from + l * step, sizeof(T) * count * step);
      for (int64_t s = 1; s < slices; s++)
        for (int64_t i = 0; i < count * step; i += kLanes<T>) store<T>(sums + i, load<T>(sums + i) + load<T>(from + s * size + l * step + i));
      transpose<T>(to, depth, sums, step, outer, count);
    }
  });
}

template <class T>
void weightGradient() {
  Convolution<T> x;
  const bool thin = x.outer <= kThinOuter;
  if (!thin) x.fold();
  const Grid<T> grid = gridOf(x, thin);
  const int64_t depth = grid.depth(), items = x.samples * grid.chunks, step = thin ? 0 : Bands<T>(x.outer).padded();
  const int64_t size = thin ? x.outer * depth : depth * step;
  // The sums of a block of channels stay in the second-level cache; slices serve where blocks are few.
  const int64_t fitting = thin ? x.inner : (int64_t{1} << 16) / (step * x.taps) + 1;
  const int64_t blocks = (x.inner + fitting - 1) / fitting, channels = (x.inner + blocks - 1) / blocks;
  const int64_t slices = least(items, (kSlices + x.groups * blocks - 1) / (x.groups * blocks));
  T* all = static_cast<T*>(scratch(3, sizeof(T) * (slices * x.groups * size + 1)));
  const double cost = static_cast<double>(x.samples) * x.places.size[0] * x.places.size[1] * x.places.size[2] / slices * x.outer * channels * x.taps;
  parallelFor(slices * x.groups * blocks, 1 + static_cast<int64_t>(1e6 / cost), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t slice = at % slices, c = at / slices % blocks * channels, g = at / slices / blocks;
      const int64_t some = least(channels, x.inner - c);
      if (some <= 0) continue;
      T* sums = all + (g * slices + slice) * size + c * x.taps * step;
      if (thin) std::memset(sums, 0, size * sizeof(T));
      bool add = false;
      for (int64_t item = slice * items / slices; item < (slice + 1) * items / slices; item++, add = true) {
        const int64_t n = item / grid.chunks, chunk = item % grid.chunks;
        const T* region = grid.region(n, g * x.inner + c, some, chunk);
        const T* grad = x.places.data + n * x.places.sample + g * x.outer * x.places.channel;
        const int64_t plane = x.places.size[1] * x.places.size[2];
        const bool isFolded = x.places.stride[0] != plane;
        if (thin) accumulateThin<T>(grid, region, chunk, grad + grid.first(chunk) * grid.inner(), x.places.channel, x.outer, sums);
        else accumulate<T>(grid, region, some, chunk, {grad, x.places.channel, isFolded ? plane : plane * x.places.size[0], isFolded ? x.places.stride[0] : 0}, x.outer, sums, add);
      }
    }
  });
  addSlices<T>(all, x.weight, x.groups, slices, size, x.outer, depth, step);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(conv_weight_float32) { fb::FB_NAMESPACE::weightGradient<float>(); }
FB_KERNEL(conv_weight_float64) { fb::FB_NAMESPACE::weightGradient<double>(); }
