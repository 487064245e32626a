// What a convolution's kernel meets in an image, as the rows of a matrix: for each channel and tap one row, for each place one column.
// The matrix is never in memory as a whole. A task copies the region of the image that it needs, with zeros around and with the columns
// of strided places side by side; then what a tap meets at the places of a row lies without gaps, and tiles are packed by plain loads.
#pragma once
#include "gemm.h"

namespace fb {
namespace FB_NAMESPACE {

// A tensor [samples, channels, three dimensions].
template <class T>
struct Image {
  T* data;
  int64_t sample, channel, stride[3], size[3];
};

// One dimension: at place o, tap t meets the coordinate start + o·step + shift(t), with shifts from 0 to below reach.
struct Axis {
  int64_t places, step, start, reach;
};

// The places of a convolution, cut into chunks along one dimension, and the memory of a chunk's region.
template <class T>
struct Grid {
  Axis axis[3];
  Image<const T> image;
  int64_t channels, taps;
  const int64_t* shifts;  // of each tap, three numbers
  int cut;                // the dimension that is cut; those before it have one place
  int64_t length, chunks; // places of a chunk along it
  bool copies;            // or the image itself serves
  int64_t extent[3], phase, channel, steps[2];
  int64_t* offsets;       // of each tap in a region

  Grid(const Axis (&axes)[3], const Image<const T>& from, int64_t count, int64_t tapCount, const int64_t* tapShifts, int64_t* tapOffsets, int64_t fewestChunks)
      : axis{axes[0], axes[1], axes[2]}, image(from), channels(count), taps(tapCount), shifts(tapShifts), offsets(tapOffsets) {
    cut = axis[0].places > 1 ? 0 : axis[1].places > 1 ? 1 : 2;
    copies = axis[2].step != 1 || image.stride[2] != 1;
    for (int d = 0; d < 3; d++) copies = copies || axis[d].start < 0 || axis[d].start + (axis[d].places - 1) * axis[d].step + axis[d].reach > image.size[d];
    int64_t inner = 1, numbers = channels;
    for (int d = 0; d < 3; d++) {
      if (d > cut) inner *= axis[d].places;
      if (d != cut) numbers *= (axis[d].places - 1) * axis[d].step + axis[d].reach;
    }
    // A region of about 256 KB stays in the second-level cache; a chunk has some tiles at least.
    const int64_t fitting = ((int64_t{1} << 18) / static_cast<int64_t>(sizeof(T)) / (numbers + 1) - axis[cut].reach) / axis[cut].step;
    const int64_t fewest = (6 * kColumns<T> + inner - 1) / inner;
    const int64_t most = least(fitting > fewest ? fitting : fewest, (axis[cut].places + fewestChunks - 1) / fewestChunks);
    chunks = (axis[cut].places + most - 1) / most;
    length = (axis[cut].places + chunks - 1) / chunks;
    chunks = (axis[cut].places + length - 1) / length;
    for (int d = 0; d < 3; d++) extent[d] = ((d == cut ? length : axis[d].places) - 1) * axis[d].step + axis[d].reach;
    phase = (extent[2] + axis[2].step - 1) / axis[2].step;
    const int64_t row = phase * axis[2].step;
    channel = copies ? extent[0] * extent[1] * row : image.channel;
    const int64_t unit[2] = {copies ? extent[1] * row : image.stride[0], copies ? row : image.stride[1]};
    for (int d = 0; d < 2; d++) steps[d] = unit[d] * axis[d].step;
    for (int64_t t = 0; t < taps; t++) {
      const int64_t* x = shifts + 3 * t;
      offsets[t] = x[0] * unit[0] + x[1] * unit[1] + (copies ? x[2] % axis[2].step * phase + x[2] / axis[2].step : x[2]);
    }
  }

  int64_t depth() const { return channels * taps; }
  int64_t first(int64_t chunk) const { return chunk * length; }
  int64_t lengthOf(int64_t chunk) const { return least(length, axis[cut].places - first(chunk)); }
  // Places of one step along the dimension that is cut.
  int64_t inner() const { return (cut < 1 ? axis[1].places : 1) * (cut < 2 ? axis[2].places : 1); }
  int64_t placesOf(int64_t chunk) const { return lengthOf(chunk) * inner(); }

  // The region of a chunk, for `count` channels from `c` on: copied to memory that the thread keeps, or in the image.
  const T* region(int64_t n, int64_t c, int64_t count, int64_t chunk) const {
    int64_t start[3];
    for (int d = 0; d < 3; d++) start[d] = axis[d].start + (d == cut ? first(chunk) * axis[d].step : 0);
    const T* from = image.data + n * image.sample + c * image.channel;
    if (!copies) return from + start[0] * image.stride[0] + start[1] * image.stride[1] + start[2];
    const int64_t row = phase * axis[2].step;
    // Vectors may be read beyond the end.
    T* to = static_cast<T*>(scratch(5, sizeof(T) * (count * channel + 64)));
    for (int64_t k = 0; k < count; k++) {
      for (int64_t i = 0; i < extent[0]; i++) {
        for (int64_t j = 0; j < extent[1]; j++) {
          const int64_t y = start[0] + i, x = start[1] + j;
          T* line = to + k * channel + (i * extent[1] + j) * row;
          if (y < 0 || y >= image.size[0] || x < 0 || x >= image.size[1]) std::memset(line, 0, row * sizeof(T));
          else copyRow(line, from + k * image.channel + y * image.stride[0] + x * image.stride[1], start[2]);
        }
      }
    }
    return to;
  }

 private:
  void copyRow(T* to, const T* from, int64_t start) const {
    const int64_t step = axis[2].step, size = image.size[2], stride = image.stride[2];
    for (int64_t f = 0; f < step; f++, to += phase) {
      // Elements start + f + x·step, of which those from lo to before hi lie in the image.
      const int64_t base = start + f;
      const int64_t lo = least(phase, base >= 0 ? 0 : (-base + step - 1) / step);
      const int64_t hi = base >= size ? lo : least(phase, (size - base + step - 1) / step);
      for (int64_t x = 0; x < lo; x++) to[x] = 0;
      if (stride * step == 1 && hi > lo) std::memcpy(to + lo, from + base + lo, (hi - lo) * sizeof(T));
      else
        for (int64_t x = lo; x < hi; x++) to[x] = from[(base + x * step) * stride];
      for (int64_t x = hi > lo ? hi : lo; x < phase; x++) to[x] = 0;
    }
  }
};

// Places [from, from + count) of a chunk: runs of places whose elements lie without gaps, cut at vectors.
template <class T>
struct Runs {
  static constexpr int64_t kMost = 512;
#if defined(FB_AVX512)
  static constexpr bool kMasks = true;
#else
  static constexpr bool kMasks = false;
#endif
  struct Run {
    int64_t to, count, offset;
    unsigned mask;  // of the lanes of the vector at `to` that the run fills
  };
  Run runs[kMost];
  int64_t size = 0;

  Runs(const Grid<T>& grid, int64_t from, int64_t count) {
    const int64_t width = grid.axis[2].places, height = grid.axis[1].places;
    for (int64_t at = 0; at < count;) {
      const int64_t place = from + at, x = place % width, y = place / width;
      const int64_t offset = y / height * grid.steps[0] + y % height * grid.steps[1] + x;
      const int64_t length = least(least(width - x, count - at), kLanes<T> - at % kLanes<T>);
      const int64_t lane = at % kLanes<T>;
      // With masks, offsets are those of the vector's first lane.
      runs[size++] = {at, length, offset - (kMasks ? lane : 0), ((1u << length) - 1) << lane};
      at += length;
    }
  }

  // Rows [l0, l0 + depth) of the matrix, `step` numbers apart; the last vector is filled up with zeros.
  void pack(T* to, int64_t step, const T* region, const Grid<T>& grid, int64_t l0, int64_t depth) const {
    int64_t c = l0 / grid.taps, t = l0 % grid.taps;
    for (int64_t l = 0; l < depth; l++, to += step) {
      row(to, region + c * grid.channel + grid.offsets[t]);
      if (++t == grid.taps) t = 0, c++;
    }
  }

 private:
#if defined(FB_AVX512)
  static __m512 merge(__m512 value, const float* from, unsigned mask) { return _mm512_mask_loadu_ps(value, (__mmask16)mask, from); }
  static __m512d merge(__m512d value, const double* from, unsigned mask) { return _mm512_mask_loadu_pd(value, (__mmask8)mask, from); }
  void row(T* to, const T* from) const {
    typedef typename Vector<T>::type V;
    const Run* run = runs;
    const Run* const end = runs + size;
    while (run < end) {
      T* place = to + run->to;
      if (run->count == kLanes<T>) {
        store<T>(place, load<T>(from + run->offset));
        run++;
        continue;
      }
      V value{};
      const int64_t vector = run->to / kLanes<T>;
      do {
        value = (V)merge(value, from + run->offset, run->mask);
        run++;
      } while (run < end && run->to / kLanes<T> == vector);
      store<T>(place, value);
    }
  }
#else
  void row(T* to, const T* from) const {
    for (int64_t i = 0; i < size; i++) {
      const Run& run = runs[i];
      if (run.count == kLanes<T>) store<T>(to + run.to, load<T>(from + run.offset));
      else
        for (int64_t x = 0; x < run.count; x++) to[run.to + x] = from[run.offset + x];
    }
    const int64_t end = runs[size - 1].to + runs[size - 1].count;
    for (int64_t x = end; x < roundUp(end, kLanes<T>); x++) to[x] = 0;
  }
#endif
};

}  // namespace FB_NAMESPACE
}  // namespace fb
