// The arguments of the kernels of a convolution.
#pragma once
#include "patches.h"

namespace fb {
namespace FB_NAMESPACE {

// outer and inner: the channels of a group on the side of the places and of the image.
template <class T>
struct Convolution {
  int64_t samples = integer(0), groups = integer(1), outer = integer(2), inner = integer(3);  // channels of a group
  Image<T> image, places;
  int64_t kernel[3], stride[3], padding[3], dilation[3], taps = 1;
  T* weight = pointer<T>(32);  // [groups·outer, inner, taps]
  Matrix<const T> bias{pointer<const T>(33), integer(34), 0};

  Convolution() : image(read(4)), places(read(12)) {
    for (int d = 0; d < 3; d++) {
      kernel[d] = integer(20 + d), stride[d] = integer(23 + d), padding[d] = integer(26 + d), dilation[d] = integer(29 + d);
      taps *= kernel[d];
    }
  }

  // Makes the samples the first dimension, if it is not used, where the places of one are fewer than a block: blocks go on from one sample to the next.
  void fold() {
    if (samples == 1 || places.size[1] * places.size[2] >= kBlock || image.size[0] != 1 || places.size[0] != 1 || kernel[0] != 1 || padding[0] != 0) return;
    image.size[0] = places.size[0] = samples;
    image.stride[0] = image.sample, places.stride[0] = places.sample;
    stride[0] = dilation[0] = samples = 1;
  }

 private:
  // Address, steps of samples and channels, strides; sizes follow.
  static Image<T> read(int at) {
    const int sizes = at == 4 ? 35 : 38;
    return {pointer<T>(at), integer(at + 1), integer(at + 2), {integer(at + 3), integer(at + 4), integer(at + 5)}, {integer(sizes), integer(sizes + 1), integer(sizes + 2)}};
  }
};

template <class T>
inline Image<const T> constant(const Image<T>& x) {
  return {x.data, x.sample, x.channel, {x.stride[0], x.stride[1], x.stride[2]}, {x.size[0], x.size[1], x.size[2]}};
}

// A task for each chunk, group and sample: at least kFewestChunks, where there are so many places.
template <class T>
inline int64_t fewestChunks(const Convolution<T>& x) {
  return (kFewestChunks + x.samples * x.groups - 1) / (x.samples * x.groups);
}

// The places of the output in the image, for the forward pass and the gradient of the weight. Its tables are scratch memory of the caller.
template <class T>
Grid<T> gridOf(const Convolution<T>& x, bool gapless) {
  Axis axes[3];
  for (int d = 0; d < 3; d++) axes[d] = {x.places.size[d], x.stride[d], -x.padding[d], (x.kernel[d] - 1) * x.dilation[d] + 1};
  int64_t* shifts = static_cast<int64_t*>(scratch(4, sizeof(int64_t) * 3 * x.taps));
  for (int64_t t = 0; t < x.taps; t++) {
    const int64_t at[3] = {t / (x.kernel[1] * x.kernel[2]), t / x.kernel[2] % x.kernel[1], t % x.kernel[2]};
    for (int d = 0; d < 3; d++) shifts[3 * t + d] = at[d] * x.dilation[d];
  }
  return Grid<T>(axes, constant(x.image), x.inner, x.taps, shifts, fewestChunks(x), gapless);
}

}  // namespace FB_NAMESPACE
}  // namespace fb
