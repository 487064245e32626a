// What a convolution's kernel meets in an image, as the rows of a matrix: for each channel and tap one, for each place one column.
// The matrix is never in memory. A task copies the region of the image that it needs, with zeros around (or takes the image itself where
// nothing lies outside), and two tables say where in a region an element lies: at[channel, tap] + place.
#pragma once
#include "indirect.h"

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

constexpr int64_t kBlock = 192;      // places whose sums are computed at a time
constexpr int64_t kFewestChunks = 8;  // that the places of one sample are cut into, if they are many

// The places of a convolution, cut into chunks along one dimension, and the memory of a chunk's region.
template <class T>
struct Grid {
  Axis axis[3];
  Image<const T> image;
  int64_t channels, taps;
  int cut;                 // the dimension that is cut; those before it have one place
  int64_t length, chunks;  // places of a chunk along it
  bool copies;             // or the image itself serves
  int64_t split;           // columns with one remainder by it lie side by side in a copy
  int64_t extent[3], phase, channel, steps[3];
  int64_t *at, *place;     // tables, of channels·taps and of the places of a chunk

  // `gapless`: neighbouring places of a row lie without gaps, and vectors may be read beyond its end.
  Grid(const Axis (&axes)[3], const Image<const T>& from, int64_t channelCount, int64_t tapCount, const int64_t* shifts, int64_t fewestChunks, bool gapless)
      : axis{axes[0], axes[1], axes[2]}, image(from), channels(channelCount), taps(tapCount), copies(gapless), split(gapless ? axes[2].step : 1) {
    cut = axis[0].places > 1 ? 0 : axis[1].places > 1 ? 1 : 2;
    for (int d = 0; d < 3; d++) copies = copies || axis[d].start < 0 || axis[d].start + (axis[d].places - 1) * axis[d].step + axis[d].reach > image.size[d];
    int64_t numbers = channels;
    for (int d = 0; d < 3; d++)
      if (d != cut) numbers *= (axis[d].places - 1) * axis[d].step + axis[d].reach;
    // A region of about 256 KB stays in the second-level cache; a chunk has a block of places at least.
    const int64_t fitting = ((int64_t{1} << 18) / static_cast<int64_t>(sizeof(T)) / (numbers + 1) - axis[cut].reach) / axis[cut].step;
    const int64_t fewest = (kBlock + inner() - 1) / inner();
    const int64_t most = least(fitting > fewest ? fitting : fewest, (axis[cut].places + fewestChunks - 1) / fewestChunks);
    chunks = (axis[cut].places + most - 1) / most;
    length = (axis[cut].places + chunks - 1) / chunks;
    chunks = (axis[cut].places + length - 1) / length;
    for (int d = 0; d < 3; d++) extent[d] = ((d == cut ? length : axis[d].places) - 1) * axis[d].step + axis[d].reach;
    phase = (extent[2] + split - 1) / split;
    const int64_t row = phase * split;
    channel = copies ? extent[0] * extent[1] * row : image.channel;
    const int64_t unit[3] = {copies ? extent[1] * row : image.stride[0], copies ? row : image.stride[1], copies ? 1 : image.stride[2]};
    for (int d = 0; d < 3; d++) steps[d] = unit[d] * (d == 2 && split > 1 ? 1 : axis[d].step);
    tabulate(unit, shifts);
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
    if (!copies) return from + start[0] * image.stride[0] + start[1] * image.stride[1] + start[2] * image.stride[2];
    const int64_t row = phase * split;
    // Vectors may be read and written beyond the end.
    T* to = static_cast<T*>(scratch(5, sizeof(T) * (count * channel + 2 * kLanes<T>)));
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
  void tabulate(const int64_t (&unit)[3], const int64_t* shifts) {
    const int64_t places = length * inner();
    at = static_cast<int64_t*>(scratch(0, sizeof(int64_t) * (depth() + places + 1)));
    place = at + depth();
    for (int64_t t = 0; t < taps; t++) {
      const int64_t* x = shifts + 3 * t;
      const int64_t offset = x[0] * unit[0] + x[1] * unit[1] + (split > 1 ? x[2] % split * phase + x[2] / split : x[2] * unit[2]);
      for (int64_t c = 0; c < channels; c++) at[c * taps + t] = c * channel + offset;
    }
    const int64_t width = axis[2].places, height = axis[1].places;
    for (int64_t p = 0; p < places; p++) place[p] = p / width / height * steps[0] + p / width % height * steps[1] + p % width * steps[2];
  }

  // Rows are written in order: what is written beyond the end of one is overwritten.
  void copyRow(T* to, const T* from, int64_t start) const {
    const int64_t size = image.size[2], stride = image.stride[2];
    for (int64_t f = 0; f < split; f++, to += phase) {
      // Elements start + f + x·split, of which those from lo to before hi lie in the image.
      const int64_t base = start + f;
      const int64_t lo = least(phase, base >= 0 ? 0 : (-base + split - 1) / split);
      const int64_t hi = base >= size ? lo : least(phase, (size - base + split - 1) / split);
      for (int64_t x = 0; x < lo; x += kLanes<T>) store<T>(to + x, typename Vector<T>::type{});
      if (stride * split == 1) copy(to + lo, from + base + lo, hi - lo);
      else
        for (int64_t x = lo; x < hi; x++) to[x] = from[(base + x * split) * stride];
      for (int64_t x = hi > lo ? hi : lo; x < phase; x += kLanes<T>) store<T>(to + x, typename Vector<T>::type{});
    }
  }

  static void copy(T* to, const T* from, int64_t count) {
    int64_t x = 0;
    for (; x + kLanes<T> <= count; x += kLanes<T>) store<T>(to + x, load<T>(from + x));
    if (x < count) storePart(to + x, loadPart(from + x, count - x), count - x);
  }
};

// Where the places of a grid lie in a tensor. Runs of them lie without gaps, or a fixed step apart.
template <class T>
struct Places {
  T* data;
  int64_t channel, stride[3];

  // Calls body(to, at, count, step) for the runs of `count` places from number `from` on.
  template <class F>
  void eachRun(const Grid<T>& grid, int64_t from, int64_t count, F body) const {
    const int64_t width = grid.axis[2].places, height = grid.axis[1].places;
    const bool hasRows = stride[2] == 1 || width == 1, hasPlanes = hasRows && (stride[1] == width || height == 1);
    const bool whole = hasPlanes && (stride[0] == width * height || grid.axis[0].places == 1);
    const int64_t length = whole ? from + count : hasPlanes ? width * height : width;
    for (int64_t p = 0, run; p < count; p += run) {
      const int64_t line = (from + p) / length, start = (from + p) % length;
      run = least(length - start, count - p);
      T* to = data + (whole ? 0 : hasPlanes ? line * stride[0] : line / height * stride[0] + line % height * stride[1]);
      const int64_t step = hasRows ? 1 : stride[2];
      body(to + start * step, p, run, step);
    }
  }
};

}  // namespace FB_NAMESPACE
}  // namespace fb
