// The gradient of a convolution's weight: patches times the transposed gradient of the output, summed over all places of all samples.
// Slices of the samples have sums of their own, which are added at the end: the result does not depend on the number of threads.
#include "conv.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kPlaces = 240;    // packed at a time
constexpr int64_t kPatchRows = 32;  // likewise
constexpr int64_t kSlices = 8;
constexpr int64_t kThinOuter = 3;

// sums[l, o] += Σ patches[l, p]·grad[o, p] over the places of one chunk, for the l of some channels.
template <class T>
void accumulate(const Grid<T>& grid, const T* region, int64_t channels, int64_t places, const T* grad, int64_t channel, int64_t outer, T* sums, int64_t step, bool add) {
  const Columns<T> columns(outer);
  T* packedGrad = static_cast<T*>(scratch(6, sizeof(T) * (columns.count * kColumns<T> + kPatchRows) * kPlaces));
  T* patches = packedGrad + columns.count * kColumns<T> * kPlaces;
  const int64_t depth = channels * grid.taps;
  for (int64_t p = 0; p < places; p += kPlaces, add = true) {
    const int64_t count = least(places - p, kPlaces);
    const Runs<T> runs(grid, p, count);
    for (int64_t t = 0; t < columns.count; t++)
      pack<T, kColumns<T>>(packedGrad + t * kColumns<T> * kPlaces, grad + columns.start(t) * channel + p, channel, 1, columns.size(t), count);
    for (int64_t l = 0; l < depth; l += kPatchRows) {
      const int64_t rows = least(depth - l, kPatchRows);
      runs.pack(patches, kPlaces, region, grid, l, rows);
      for (int64_t t = 0; t < columns.count; t++)
        for (int64_t i = 0; i < rows; i += kRows) {
          const Target<T> to{{sums + (l + i) * step + columns.start(t), step, 1}, {nullptr, 0, 0}, 1, 1, add};
          anyTile<T>(Matrix<const T>{patches + i * kPlaces, kPlaces, 1}, packedGrad + t * kColumns<T> * kPlaces, kColumns<T>, count, to, least(rows - i, kRows), columns.size(t));
        }
    }
  }
}

// The same for few channels: sums[o, l] are vectors, whose lanes are added at the end.
template <class T>
void accumulateThin(const Grid<T>& grid, const T* region, int64_t channels, int64_t places, const T* grad, int64_t channel, int64_t outer, T* sums) {
  const int64_t width = least(grid.axis[2].places, places), height = grid.axis[1].places;
  for (int64_t from = 0; from < places; from += width) {
    const int64_t y = from / width;
    const T* line = region + y / height * grid.steps[0] + y % height * grid.steps[1];
    for (int64_t x = 0; x < width; x += kLanes<T>) {
      const int64_t count = least(width - x, kLanes<T>);
      for (int64_t o = 0; o < outer; o++) {
        const typename Vector<T>::type g = gatherPart(grad + o * channel + from + x, 1, count);
        T* sum = sums + o * grid.depth() * kLanes<T>;
        for (int64_t c = 0; c < channels; c++)
          for (int64_t t = 0; t < grid.taps; t++, sum += kLanes<T>)
            store<T>(sum, load<T>(sum) + g * gatherPart(line + c * grid.channel + grid.offsets[t] + x, 1, count));
      }
    }
  }
}

// weight[o, l] = Σ sums[slice, l, o] for each group; without a step the sums are vectors [slice, o, l, lane].
template <class T>
void addSlices(T* all, T* weight, int64_t groups, int64_t slices, int64_t size, int64_t outer, int64_t depth, int64_t step) {
  parallelFor(groups, 1 + 8192 / (size + 1), [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; g++) {
      T* first = all + g * slices * size;
      for (int64_t s = 1; s < slices; s++)
        for (int64_t i = 0; i < size; i++) first[i] += first[s * size + i];
      T* to = weight + g * outer * depth;
      if (step > 0) {
        int64_t l = 0;
        if constexpr (8 * sizeof(T) <= FB_WIDTH)
          for (; l + 8 <= depth; l += 8) {
            int64_t o = 0;
            for (; o + 8 <= outer; o += 8) Block8<T>::transpose(first + l * step + o, step, to + o * depth + l, depth);
            for (; o < outer; o++)
              for (int64_t i = l; i < l + 8; i++) to[o * depth + i] = first[i * step + o];
          }
        for (; l < depth; l++)
          for (int64_t o = 0; o < outer; o++) to[o * depth + l] = first[l * step + o];
        continue;
      }
      for (int64_t i = 0; i < outer * depth; i++) {
        T sum = 0;
        for (int64_t lane = 0; lane < kLanes<T>; lane++) sum += first[i * kLanes<T> + lane];
        to[i] = sum;
      }
    }
  });
}

template <class T>
void weightGradient() {
  const Convolution<T> x;
  const Grid<T> grid = gridOf(x);
  const int64_t depth = grid.depth(), items = x.samples * grid.chunks;
  const bool thin = x.outer <= kThinOuter;
  const int64_t step = thin ? kLanes<T> : roundUp(x.outer, kLanes<T>);
  const int64_t size = thin ? x.outer * depth * kLanes<T> : depth * step;
  // The sums of a block of channels stay in the second-level cache; slices serve where blocks are few.
  const int64_t fitting = thin ? x.inner : (int64_t{1} << 16) / (step * x.taps) + 1;
  const int64_t blocks = (x.inner + fitting - 1) / fitting, channels = (x.inner + blocks - 1) / blocks;
  const int64_t slices = least(items, x.groups * blocks >= kSlices ? 1 : kSlices);
  T* all = static_cast<T*>(scratch(3, sizeof(T) * (slices * x.groups * size + 1)));
  parallelFor(slices * x.groups * blocks, 1, [&](int64_t begin, int64_t end) {
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
        const T* grad = x.places.data + n * x.places.sample + g * x.outer * x.places.channel + grid.first(chunk) * grid.inner();
        if (thin) accumulateThin<T>(grid, region, some, grid.placesOf(chunk), grad, x.places.channel, x.outer, sums);
        else accumulate<T>(grid, region, some, grid.placesOf(chunk), grad, x.places.channel, x.outer, sums, step, add);
      }
    }
  });
  addSlices<T>(all, x.weight, x.groups, slices, size, x.outer, depth, thin ? 0 : step);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(conv_weight_float32) { fb::FB_NAMESPACE::weightGradient<float>(); }
FB_KERNEL(conv_weight_float64) { fb::FB_NAMESPACE::weightGradient<double>(); }
