// Convolutions of one to three dimensions, plain and transposed, as products of the places of an image and packed weights.
#include "conv.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kThin = 3;       // so few channels are computed one at a time, with places in vectors
constexpr int64_t kPanel = 640;    // rows of weights that are read for one block of places
constexpr double kTaskCost = 1e6;  // multiplications of a task at least

// The weights of one group, [rows, channels·taps]: element [r, c, t] is from[r·row + c·channel + (taken or t)].
template <class T>
struct Weights {
  const T* from;
  int64_t rows, channels, taps, row, channel;
  const int64_t* taken;  // the kernel's elements that the taps are; null for all in order

  // In bands of rows, as multiplyIndirect reads them.
  void pack(T* to) const {
    const Bands<T> bands(rows);
    const int64_t depth = channels * taps, some = 1 + 8192 / (taps * bands.padded() + 1);
    parallelFor(channels, some, [&](int64_t begin, int64_t end) {
      for (int64_t band = 0; band < bands.count; band++) {
        const int64_t width = bands.width(band) * kLanes<T>;
        T* place = to + bands.start(band) * depth + begin * taps * width;
        const T* start = from + bands.start(band) * row;
        if (channel == taps && taken == nullptr) {
          packBand<T>(place, start + begin * taps, row, 1, bands.size(band), (end - begin) * taps, bands.width(band));
          continue;
        }
        for (int64_t c = begin; c < end; c++) {
          if (taken == nullptr) packBand<T>(place, start + c * channel, row, 1, bands.size(band), taps, bands.width(band));
          for (int64_t t = 0; t < taps && taken != nullptr; t++)
            packBand<T>(place + t * width, start + c * channel + taken[t], row, 1, bands.size(band), 1, bands.width(band));
          place += taps * width;
        }
      }
    });
  }

  // Row after row.
  void copy(T* to) const {
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < channels; c++)
        for (int64_t t = 0; t < taps; t++) *to++ = from[r * row + c * channel + (taken == nullptr ? t : taken[t])];
  }

  int64_t size() const { return (rows <= kThin ? rows : Bands<T>(rows).padded()) * channels * taps; }
};

// rows × places of one chunk: blocks of places times bands of weights. Sums of a block have the order [place, row] until they are done.
template <class T>
void multiplyPatches(const Grid<T>& grid, const T* weights, int64_t rows, const T* bias, const T* region, int64_t chunk, const Places<T>& out) {
  const Bands<T> bands(rows);
  const int64_t depth = grid.depth(), places = grid.placesOf(chunk), first = grid.first(chunk) * grid.inner();
  const int64_t panels = (depth + kPanel - 1) / kPanel, panel = panels == 0 ? 0 : (depth + panels - 1) / panels;
  constexpr int64_t step = kBand * kLanes<T>;
  T* sums = static_cast<T*>(scratch(6, sizeof(T) * (kBlock * step + 8 * kBlock)));
  T* line = sums + kBlock * step;
  for (int64_t p = 0; p < places; p += kBlock) {
    const int64_t count = least(kBlock, places - p);
    for (int64_t band = 0; band < bands.count; band++) {
      const int64_t start = bands.start(band), width = bands.width(band) * kLanes<T>;
      int64_t l = 0;
      do {
        const Indirect<T> product{region, grid.place + p, count, grid.at + l, least(depth - l, panel), weights + start * depth + l * width, l > 0 ? sums : bias + start, l > 0 ? step : 0, sums, step};
        multiplyIndirect<T>(product, bands.width(band));
        l += panel;
      } while (l < depth);
      out.eachRun(grid, first + p, count, [&](T* to, int64_t at, int64_t run, int64_t apart) {
        const T* from = sums + at * step;
        to += start * out.channel;
        if (apart == 1) return transpose<T>(to, out.channel, from, step, bands.size(band), run);
        for (int64_t o = 0; o < bands.size(band); o += 8) {
          const int64_t some = least(8, bands.size(band) - o);
          transpose<T>(line, kBlock, from + o, step, some, run);
          for (int64_t k = 0; k < some; k++)
            for (int64_t x = 0; x < run; x++) to[(o + k) * out.channel + x * apart] = line[k * kBlock + x];
        }
      });
    }
  }
}

// Y rows of places, X vectors of each, of one row of weights.
template <class T, int Y, int X>
inline void thinTile(const Grid<T>& grid, const T* weights, T bias, const T* const* lines, T* const* to, int64_t x, int64_t width) {
  typedef typename Vector<T>::type V;
  V sum[Y][X];
  for (int y = 0; y < Y; y++)
    for (int v = 0; v < X; v++) sum[y][v] = splat(bias);
  for (int64_t l = 0; l < grid.depth(); l++) {
    const V weight = splat(weights[l]);
    for (int y = 0; y < Y; y++)
      for (int v = 0; v < X; v++) sum[y][v] += weight * load<T>(lines[y] + grid.at[l] + x + v * kLanes<T>);
  }
  for (int y = 0; y < Y; y++)
    for (int v = 0; v < X; v++) {
      const int64_t at = x + v * kLanes<T>;
      if (at + kLanes<T> <= width) store<T>(to[y] + at, sum[y][v]);
      else storePart(to[y] + at, sum[y][v], width - at);
    }
}

// Few rows of weights: places in vectors, read where they lie in the region.
template <class T>
void thinPatches(const Grid<T>& grid, const T* weights, int64_t rows, const T* bias, const T* region, int64_t chunk, const Places<T>& out) {
  constexpr int64_t lanes = kLanes<T>;
  const int64_t width = grid.axis[2].places, lines = grid.placesOf(chunk) / width, first = grid.first(chunk) * grid.inner();
  // A row that is cut is shorter.
  const int64_t length = grid.cut == 2 ? grid.placesOf(chunk) : width, count = grid.cut == 2 ? 1 : lines;
  const bool direct = out.stride[2] == 1 || width == 1;
  T* room = static_cast<T*>(scratch(6, sizeof(T) * 4 * (length + lanes)));
  for (int64_t y = 0; y < count; y += 4) {
    const int64_t some = least(4, count - y);
    const T* from[4];
    for (int64_t k = 0; k < some; k++) from[k] = region + grid.place[(y + k) * width];
    for (int64_t r = 0; r < rows; r++) {
      T* to[4];
      T* place[4];
      for (int64_t k = 0; k < some; k++) {
        out.eachRun(grid, first + (y + k) * width, 1, [&](T* start, int64_t, int64_t, int64_t) { place[k] = start + r * out.channel; });
        to[k] = direct ? place[k] : room + k * (length + lanes);
      }
      const T* own = weights + r * grid.depth();
      if (some == 4)
        for (int64_t x = 0; x < length; x += lanes) thinTile<T, 4, 1>(grid, own, bias[r], from, to, x, length);
      else
        for (int64_t k = 0; k < some; k++) {
          int64_t x = 0;
          for (; x + 4 * lanes <= length; x += 4 * lanes) thinTile<T, 1, 4>(grid, own, bias[r], from + k, to + k, x, length);
          for (; x < length; x += lanes) thinTile<T, 1, 1>(grid, own, bias[r], from + k, to + k, x, length);
        }
      for (int64_t k = 0; k < some && !direct; k++)
        for (int64_t x = 0; x < length; x++) place[k][x * out.stride[2]] = to[k][x];
    }
  }
}

// All chunks of all samples and groups. `channels` and `rows`: of a group in the image that is read and in the result.
template <class T>
void convolveGrid(const Grid<T>& grid, const Convolution<T>& x, Weights<T> weights, int64_t group, const Places<T>& out, int64_t sample) {
  const int64_t rows = weights.rows, size = weights.size(), padded = roundUp(rows, kLanes<T>);
  T* packed = static_cast<T*>(scratch(3, sizeof(T) * x.groups * (size + padded)));
  T* bias = packed + x.groups * size;
  for (int64_t g = 0; g < x.groups; g++) {
    if (rows <= kThin) weights.copy(packed + g * size);
    else weights.pack(packed + g * size);
    weights.from += group;
    for (int64_t r = 0; r < padded; r++) bias[g * padded + r] = x.bias.data == nullptr || r >= rows ? T{0} : x.bias.at(g * rows + r, 0);
  }
  const double cost = static_cast<double>(grid.length * grid.inner()) * rows * (grid.depth() + 1);
  parallelFor(x.samples * x.groups * grid.chunks, 1 + static_cast<int64_t>(kTaskCost / cost), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t chunk = at % grid.chunks, g = at / grid.chunks % x.groups, n = at / grid.chunks / x.groups;
      const T* region = grid.region(n, g * grid.channels, grid.channels, chunk);
      const Places<T> places{out.data + n * sample + g * rows * out.channel, out.channel, {out.stride[0], out.stride[1], out.stride[2]}};
      if (rows <= kThin) thinPatches<T>(grid, packed + g * size, rows, bias + g * padded, region, chunk, places);
      else multiplyPatches<T>(grid, packed + g * size, rows, bias + g * padded, region, chunk, places);
    }
  });
}

template <class T>
void forward() {
  Convolution<T> x;
  x.fold();
  const Grid<T> grid = gridOf(x, x.outer <= kThin);
  const Places<T> out{x.places.data, x.places.channel, {x.places.stride[0], x.places.stride[1], x.places.stride[2]}};
  convolveGrid<T>(grid, x, {x.weight, x.outer, x.inner, x.taps, grid.depth(), x.taps, nullptr}, x.outer * grid.depth(), out, x.places.sample);
}

// The elements i of an image along one dimension with (i + padding) mod stride = residue, and the taps k = tap + n·tapStep that reach them:
// those with k·dilation mod stride = residue.
struct Phase {
  int64_t first, count;  // of i
  int64_t tap = 0, tapStep = 1, taps = 0, shift = 0;
  Axis axis{0, 1, 0, 1};

  Phase(int64_t residue, int64_t length, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
    first = ((residue - padding) % stride + stride) % stride;
    count = first < length ? (length - first + stride - 1) / stride : 0;
    while (tapStep * dilation % stride != 0) tapStep++;
    while (tap < kernel && (tap * dilation - residue) % stride != 0) tap++;
    if (tap < kernel) taps = (kernel - 1 - tap) / tapStep + 1;
    shift = tapStep * dilation / stride;
    // Tap number n meets place (i + padding - k·dilation) / stride; the last one the lowest.
    const int64_t last = tap + (taps - 1) * tapStep;
    const int64_t reach = taps == 0 ? 1 : (taps - 1) * shift + 1;
    axis = {count, 1, taps == 0 ? 0 : (first + padding - last * dilation) / stride, reach};
  }
};

template <class T>
void transposedPhase(const Convolution<T>& x, const Phase (&phase)[3]) {
  int64_t taps = 1;
  for (const Phase& p : phase) taps *= p.taps;
  int64_t* shifts = static_cast<int64_t*>(scratch(4, sizeof(int64_t) * (4 * taps + 1)));
  int64_t* taken = shifts + 3 * taps;
  for (int64_t t = 0; t < taps; t++) {
    const int64_t at[3] = {t / (phase[1].taps * phase[2].taps), t / phase[2].taps % phase[1].taps, t % phase[2].taps};
    taken[t] = 0;
    for (int d = 0; d < 3; d++) {
      shifts[3 * t + d] = (phase[d].taps - 1 - at[d]) * phase[d].shift;
      taken[t] = taken[t] * x.kernel[d] + phase[d].tap + at[d] * phase[d].tapStep;
    }
  }
  const Axis axes[3] = {phase[0].axis, phase[1].axis, phase[2].axis};
  const int64_t channels = taps == 0 ? 0 : x.outer;
  const Grid<T> grid(axes, constant(x.places), channels, taps, shifts, fewestChunks(x), x.inner <= kThin);
  Places<T> out{x.image.data, x.image.channel, {}};
  for (int d = 0; d < 3; d++) {
    out.data += phase[d].first * x.image.stride[d];
    out.stride[d] = x.stride[d] * x.image.stride[d];
  }
  const Weights<T> weights{x.weight, x.inner, channels, taps, x.taps, x.inner * x.taps, taps == x.taps ? nullptr : taken};
  convolveGrid<T>(grid, x, weights, x.outer * x.inner * x.taps, out, x.image.sample);
}

template <class T>
void transposed() {
  Convolution<T> x;
  x.fold();
  const auto phase = [&](int d, int64_t r) { return Phase(r, x.image.size[d], x.kernel[d], x.stride[d], x.padding[d], x.dilation[d]); };
  for (int64_t r0 = 0; r0 < x.stride[0]; r0++)
    for (int64_t r1 = 0; r1 < x.stride[1]; r1++)
      for (int64_t r2 = 0; r2 < x.stride[2]; r2++) {
        const Phase phases[3] = {phase(0, r0), phase(1, r1), phase(2, r2)};
        if (phases[0].count > 0 && phases[1].count > 0 && phases[2].count > 0) transposedPhase<T>(x, phases);
      }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(conv_float32) { fb::FB_NAMESPACE::forward<float>(); }
FB_KERNEL(conv_float64) { fb::FB_NAMESPACE::forward<double>(); }
FB_KERNEL(conv_transpose_float32) { fb::FB_NAMESPACE::transposed<float>(); }
FB_KERNEL(conv_transpose_float64) { fb::FB_NAMESPACE::transposed<double>(); }
