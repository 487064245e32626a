// Where elements are not zero: first how many there are in each piece, then their coordinates.
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kCounted = 32768;  // elements of a piece; src/backends/cpu/native/nonzero.ts knows it too

// Arguments: dtype, number of elements, their address, that of a double for each piece, which gets the count.
template <class S>
void countPieces() {
  const int64_t n = integer(1);
  const S* x = pointer<const S>(2);
  double* counts = pointer<double>(3);
  parallelFor((n + kCounted - 1) / kCounted, 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; piece++) {
      int32_t found = 0;
      for (int64_t i = piece * kCounted, last = smaller(i + kCounted, n); i < last; i++) found += isTrue(x[i]);
      counts[piece] = found;
    }
  });
}

// Arguments: dtype, number of elements, their address, that of a double for each piece: how many were found before it; the address of the
// result, rank, sizes.
template <class S>
void writePieces() {
  const int64_t n = integer(1);
  const S* x = pointer<const S>(2);
  const double* before = pointer<const double>(3);
  int64_t* to = pointer<int64_t>(4);
  const int rank = static_cast<int>(integer(5));
  int64_t sizes[kMostDims];
  for (int d = 0; d < rank; d++) sizes[d] = integer(6 + d);
  const int64_t last = sizes[rank - 1];
  parallelFor((n + kCounted - 1) / kCounted, 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; piece++) {
      int64_t i = piece * kCounted, index[kMostDims], rest = i;
      const int64_t stop = smaller(i + kCounted, n);
      for (int d = rank - 1; d >= 0; d--) {
        index[d] = d > 0 ? rest % sizes[d] : rest;
        rest /= sizes[d];
      }
      int64_t* out = to + static_cast<int64_t>(before[piece]) * rank;
      while (i < stop) {
        // Part of one innermost row: every place is written, and the next one overwrites it unless it was found.
        const int64_t part = smaller(smaller(last - index[rank - 1], stop - i), 1024);
        int32_t found[1025];
        int64_t count = 0;
        for (int64_t j = 0; j < part; j++) {
          found[count] = static_cast<int32_t>(j);
          count += isTrue(x[i + j]);
        }
        const int64_t first = index[rank - 1];
        if (rank == 1) {
          for (int64_t j = 0; j < count; j++) out[j] = first + found[j];
        } else if (rank == 2) {
          for (int64_t j = 0; j < count; j++) {
            out[2 * j] = index[0];
            out[2 * j + 1] = first + found[j];
          }
        } else {
          for (int64_t j = 0; j < count; j++) {
            for (int d = 0; d < rank - 1; d++) out[j * rank + d] = index[d];
            out[j * rank + rank - 1] = first + found[j];
          }
        }
        out += count * rank;
        i += part;
        index[rank - 1] += part;
        for (int d = rank - 1; d > 0 && index[d] == sizes[d]; d--) {
          index[d] = 0;
          index[d - 1]++;
        }
      }
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(nonzero_count) {
  fb::FB_NAMESPACE::byType(static_cast<int>(fb::integer(0)), [](auto, auto element) { fb::FB_NAMESPACE::countPieces<decltype(element)>(); });
}
FB_KERNEL(nonzero_write) {
  fb::FB_NAMESPACE::byType(static_cast<int>(fb::integer(0)), [](auto, auto element) { fb::FB_NAMESPACE::writePieces<decltype(element)>(); });
}
