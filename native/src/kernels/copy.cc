// Copies between layouts, element by element as they are: lines at once, and by blocks where rows become columns.
#include "loops.h"
#include "pack.h"

namespace fb {
namespace FB_NAMESPACE {

// A block of 32 × 32 elements of eight bytes takes 8 KiB of each operand: both stay in the first-level cache.
constexpr int64_t kSquare = 32;

// to[i·toRow + j] = from[i + j·fromColumn] for i < rows, j < columns
template <class E>
void transposeBlock(E* to, int64_t toRow, const E* from, int64_t fromColumn, int64_t rows, int64_t columns) {
  int64_t whole = 0, across = 0;
  if constexpr (sizeof(E) == 4 || sizeof(E) == 8) {
    if constexpr (8 * sizeof(E) <= FB_WIDTH) {
      whole = rows & ~int64_t{7};
      across = columns & ~int64_t{7};
      for (int64_t j = 0; j < across; j += 8)
        for (int64_t i = 0; i < whole; i += 8) Block8<E>::transpose(from + j * fromColumn + i, fromColumn, to + i * toRow + j, toRow);
    }
  }
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = i < whole ? across : 0; j < columns; j++) to[i * toRow + j] = from[i + j * fromColumn];
}

template <class E>
void copyLines(const Loops<2>& loops) {
  const int64_t toStep = loops.step(0), fromStep = loops.step(1);
  parallelFor(loops.nest.count, 1 + 65536 / static_cast<int64_t>(sizeof(E)), [&](int64_t begin, int64_t end) {
    loops.walk(begin, end, [&](const int64_t* at, int64_t n) {
      E* to = loops.template memory<E>(0, at[0]);
      const E* from = loops.template memory<const E>(1, at[1]);
      if (toStep == 1 && fromStep == 1) {
        std::memcpy(to, from, n * sizeof(E));
      } else if (toStep == 1 && fromStep == -1) {
        const E* last = from - (n - 1);
        FB_LOOP (int64_t i = 0; i < n; i++) to[i] = last[n - 1 - i];
      } else if (toStep == 1 && fromStep == 0) {
        const E value = from[0];
        for (int64_t i = 0; i < n; i++) to[i] = value;
      } else {
        for (int64_t i = 0; i < n; i++) to[i * toStep] = from[i * fromStep];
      }
    });
  });
}

// Arguments: bytes of an element, the loop along which the input has no gaps while the result has none along the last (or -1), the nest
// with result and input.
template <class E>
void copyElements(int crossing) {
  Loops<2> loops;
  loops.read(2);
  if (crossing < 0) return copyLines<E>(loops);
  const int last = loops.nest.rank - 1;
  const int64_t rows = loops.nest.sizes[crossing], columns = loops.nest.sizes[last];
  const int64_t toRow = loops.operands[0].strides[crossing], fromColumn = loops.operands[1].strides[last];
  // What is left are planes of rows and columns; strips of rows are the pieces.
  Loops<2> planes;
  planes.used = 2;
  for (int k = 0; k < 2; k++) planes.operands[k].memory = loops.operands[k].memory;
  for (int d = 0; d < last; d++) {
    if (d == crossing) continue;
    planes.nest.sizes[planes.nest.rank] = loops.nest.sizes[d];
    for (int k = 0; k < 2; k++) planes.operands[k].strides[planes.nest.rank] = loops.operands[k].strides[d];
    planes.nest.rank++;
    planes.nest.count *= loops.nest.sizes[d];
  }
  if (planes.nest.rank == 0) {
    planes.nest.rank = 1;
    planes.nest.sizes[0] = 1;
    for (int k = 0; k < 2; k++) planes.operands[k].strides[0] = 0;
  }
  const int64_t strips = (rows + kSquare - 1) / kSquare;
  parallelFor(planes.nest.count * strips, 1 + 16384 / (columns * kSquare), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t plane = task / strips, i = task % strips * kSquare;
      planes.walk(plane, plane + 1, [&](const int64_t* at, int64_t) {
        E* to = planes.template memory<E>(0, at[0]) + i * toRow;
        const E* from = planes.template memory<const E>(1, at[1]) + i;
        for (int64_t j = 0; j < columns; j += kSquare)
          transposeBlock(to + j, toRow, from + j * fromColumn, fromColumn, smaller(rows - i, kSquare), smaller(columns - j, kSquare));
      });
    }
  });
}

inline void copy() {
  const int crossing = static_cast<int>(integer(1));
  bySize(integer(0), [&](auto element) { copyElements<decltype(element)>(crossing); });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(copy) { fb::FB_NAMESPACE::copy(); }
