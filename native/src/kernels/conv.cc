// Convolutions of one to three dimensions, plain and transposed, as matrix products whose second operand is packed from the image.
#include "conv.h"

namespace fb {
namespace FB_NAMESPACE {

inline int64_t depthOfPanels(int64_t depth) {
  const int64_t panels = (depth + 383) / 384;
  return panels <= 1 ? (depth > 0 ? depth : 1) : roundUp((depth + panels - 1) / panels, 8);
}

// Packs [rows, channels·taps] weights in panels of depth. `weights` holds a channel's and a row's steps; a channel's taps are `taken`, or all in order.
template <class T>
void packWeights(T* to, const T* from, int64_t rows, int64_t channels, int64_t taps, int64_t channel, int64_t row, const int64_t* taken) {
  const int64_t depth = channels * taps, most = depthOfPanels(depth), padded = roundUp(rows, kRows), tiles = padded / kRows;
  parallelFor(tiles, 1 + 8192 / (depth * kRows + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const T* tile = from + i * kRows * row;
      const int64_t count = least(rows - i * kRows, kRows);
      for (int64_t l0 = 0; l0 < depth; l0 += most) {
        const int64_t size = least(depth - l0, most);
        T* place = to + l0 * padded + i * kRows * size;
        if (channel == taps && taken == nullptr) {
          pack<T, kRows>(place, tile + l0, row, 1, count, size);
          continue;
        }
        for (int64_t l = l0; l < l0 + size;) {
          const int64_t c = l / taps, t = l % taps, some = taken != nullptr ? 1 : least(taps - t, l0 + size - l);
          pack<T, kRows>(place + (l - l0) * kRows, tile + c * channel + (taken != nullptr ? taken[t] : t), row, 1, count, some);
          l += some;
        }
      }
    }
  });
}

constexpr int64_t kGroup = 4;  // tiles of columns that are packed at a time

// rows × places of one chunk: the packed weights times the patches of the region.
template <class T>
void multiplyPatches(const Grid<T>& grid, const T* weights, int64_t rows, const T* region, int64_t places, const Target<T>& to) {
  const Columns<T> columns(places);
  const int64_t depth = grid.depth(), most = depthOfPanels(depth), padded = roundUp(rows, kRows);
  T* packed = static_cast<T*>(scratch(6, sizeof(T) * kColumns<T> * most * kGroup));
  for (int64_t t0 = 0; t0 < columns.count; t0 += kGroup) {
    const int64_t t1 = least(t0 + kGroup, columns.count);
    for (int64_t l = 0; l < depth || l == 0; l += most) {
      const int64_t count = least(depth - l, most);
      for (int64_t t = t0; t < t1 && count > 0; t++)
        Runs<T>(grid, columns.start(t), columns.size(t)).pack(packed + (t - t0) * kColumns<T> * most, kColumns<T>, region, grid, l, count);
      for (int64_t i = 0; i < rows; i += kRows) {
        for (int64_t t = t0; t < t1; t++) {
          Target<T> place = to.from(i, columns.start(t));
          place.add = l > 0;
          const T* patches = packed + (t - t0) * kColumns<T> * most;
          anyTile<T>(Matrix<const T>{weights + l * padded + i * count, 1, kRows}, patches, kColumns<T>, count, place, least(rows - i, kRows), columns.size(t));
        }
      }
    }
  }
}

// N vectors of places of one row of the result.
template <class T, int N>
inline void thinVectors(const Grid<T>& grid, const T* weights, const T* line, const Target<T>& to, int64_t places) {
  typedef typename Vector<T>::type V;
  V sum[N];
  for (int v = 0; v < N; v++) sum[v] = splat(to.bias.data == nullptr ? T{0} : to.bias.data[0]);
  for (int64_t c = 0; c < grid.channels; c++, line += grid.channel) {
    for (int64_t t = 0; t < grid.taps; t++, weights += kRows) {
      const T* place = line + grid.offsets[t];
      for (int v = 0; v < N; v++) sum[v] += splat(*weights) * (N > 1 ? load<T>(place + v * kLanes<T>) : gatherPart(place, 1, places));
    }
  }
  for (int v = 0; v < N; v++) {
    if (N > 1 || places == kLanes<T>) store<T>(to.out.data + v * kLanes<T>, sum[v]);
    else storePart(to.out.data, sum[v], places);
  }
}

// Few rows: each place at once, from the image.
template <class T>
void thinPatches(const Grid<T>& grid, const T* weights, int64_t rows, const T* region, int64_t places, const Target<T>& to) {
  const int64_t width = least(grid.axis[2].places, places), height = grid.axis[1].places;
  for (int64_t from = 0; from < places; from += width) {
    const int64_t y = from / width;
    const T* line = region + y / height * grid.steps[0] + y % height * grid.steps[1];
    int64_t x = 0;
    for (; x + 4 * kLanes<T> <= width; x += 4 * kLanes<T>)
      for (int64_t i = 0; i < rows; i++) thinVectors<T, 4>(grid, weights + i, line + x, to.from(i, from + x), 4 * kLanes<T>);
    for (; x < width; x += kLanes<T>)
      for (int64_t i = 0; i < rows; i++) thinVectors<T, 1>(grid, weights + i, line + x, to.from(i, from + x), least(width - x, kLanes<T>));
  }
}

constexpr int64_t kThin = 3;

template <class T>
void patchesTimes(const Grid<T>& grid, const T* weights, int64_t rows, const T* region, int64_t places, const Target<T>& to) {
  if (rows <= kThin && grid.depth() <= depthOfPanels(grid.depth())) thinPatches<T>(grid, weights, rows, region, places, to);
  else multiplyPatches<T>(grid, weights, rows, region, places, to);
}

// Where the places of a grid lie in the result.
template <class T>
struct Places {
  T* data;
  int64_t channel, stride[3];
};

// The result of one chunk: where it lies if that is without gaps, else by way of memory that the thread keeps.
template <class T>
void chunkOf(const Grid<T>& grid, int64_t chunk, const T* weights, int64_t rows, const T* region, const Places<T>& out, Matrix<const T> bias) {
  const int64_t count = grid.placesOf(chunk), first = grid.first(chunk) * grid.inner();
  const int64_t width = grid.axis[2].places, height = grid.axis[1].places;
  const bool hasRows = out.stride[2] == 1 || width == 1, hasPlanes = out.stride[1] == width || height == 1;
  if (hasRows && hasPlanes && (out.stride[0] == width * height || grid.axis[0].places == 1)) {
    patchesTimes<T>(grid, weights, rows, region, count, {{out.data + first, out.channel, 1}, bias, 1, 1, false});
    return;
  }
  T* local = static_cast<T*>(scratch(7, sizeof(T) * rows * count));
  const int64_t length = hasRows && hasPlanes ? width * height : width;  // of what lies without gaps
  patchesTimes<T>(grid, weights, rows, region, count, {{local, count, 1}, bias, 1, 1, false});
  for (int64_t c = 0; c < rows; c++) {
    for (int64_t p = 0, run; p < count; p += run) {
      const int64_t start = (first + p) % length, y = (first + p) / length * (length / width);
      run = least(length - start, count - p);
      T* line = out.data + c * out.channel + y / height * out.stride[0] + y % height * out.stride[1] + start * out.stride[2];
      const T* from = local + c * count + p;
      if (hasRows) std::memcpy(line, from, run * sizeof(T));
      else
        for (int64_t i = 0; i < run; i++) line[i * out.stride[2]] = from[i];
    }
  }
}

template <class T>
void forward() {
  Convolution<T> x;
  x.fold();
  const Grid<T> grid = gridOf(x);
  const int64_t depth = grid.depth(), packed = roundUp(x.outer, kRows) * depth;
  T* weights = static_cast<T*>(scratch(3, sizeof(T) * (x.groups * packed + 1)));
  for (int64_t g = 0; g < x.groups; g++) packWeights<T>(weights + g * packed, x.weight + g * x.outer * depth, x.outer, x.inner, x.taps, x.taps, depth, nullptr);
  parallelFor(x.samples * x.groups * grid.chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t chunk = at % grid.chunks, g = at / grid.chunks % x.groups, n = at / grid.chunks / x.groups;
      const T* region = grid.region(n, g * x.inner, x.inner, chunk);
      T* out = x.places.data + n * x.places.sample + g * x.outer * x.places.channel;
      const Places<T> places{out, x.places.channel, {x.places.stride[0], x.places.stride[1], x.places.stride[2]}};
      chunkOf<T>(grid, chunk, weights + g * packed, x.outer, region, places, x.bias.from(g * x.outer, 0));
    }
  });
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
  int64_t* shifts = static_cast<int64_t*>(scratch(4, sizeof(int64_t) * (5 * taps + 1)));
  int64_t *offsets = shifts + 3 * taps, *taken = shifts + 4 * taps;  // taken: the kernel's elements
  for (int64_t t = 0; t < taps; t++) {
    const int64_t at[3] = {t / (phase[1].taps * phase[2].taps), t / phase[2].taps % phase[1].taps, t % phase[2].taps};
    taken[t] = 0;
    for (int d = 0; d < 3; d++) {
      shifts[3 * t + d] = (phase[d].taps - 1 - at[d]) * phase[d].shift;
      taken[t] = taken[t] * x.kernel[d] + phase[d].tap + at[d] * phase[d].tapStep;
    }
  }
  const Axis axes[3] = {phase[0].axis, phase[1].axis, phase[2].axis};
  const Grid<T> grid(axes, constant(x.places), taps == 0 ? 0 : x.outer, taps, shifts, offsets, x.samples == 1 ? 4 : 1);
  const int64_t depth = grid.depth(), packed = roundUp(x.inner, kRows) * depth;
  T* weights = static_cast<T*>(scratch(3, sizeof(T) * (x.groups * packed + 1)));
  for (int64_t g = 0; g < x.groups; g++)
    packWeights<T>(weights + g * packed, x.weight + g * x.outer * x.inner * x.taps, x.inner, grid.channels, taps, x.inner * x.taps, x.taps, taps == x.taps ? nullptr : taken);
  parallelFor(x.samples * x.groups * grid.chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t chunk = at % grid.chunks, g = at / grid.chunks % x.groups, n = at / grid.chunks / x.groups;
      const T* region = grid.region(n, g * x.outer, grid.channels, chunk);
      Places<T> places{x.image.data + n * x.image.sample + g * x.inner * x.image.channel, x.image.channel, {}};
      for (int d = 0; d < 3; d++) {
        places.data += phase[d].first * x.image.stride[d];
        places.stride[d] = x.stride[d] * x.image.stride[d];
      }
      chunkOf<T>(grid, chunk, weights + g * packed, x.inner, region, places, x.bias.from(g * x.inner, 0));
    }
  });
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
