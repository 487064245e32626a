// Recurrences: in each step a product of the state with the weight, then a program over its blocks, for all steps in one call.
//
// Rows (the sequences of a batch) do not depend on each other. So a piece is some rows over all steps: threads never wait for each other,
// the weight is packed once, and what a step computes is in the cache when the next one reads it.
#include "gemm.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// An operand that moves from step to step; in the first or in the last one something else may stand for it.
struct Series {
  char *first, *base, *last;
  int64_t step, row;  // in bytes
  char* at(int64_t i, int64_t steps) const { return i == 0 ? first : i == steps - 1 ? last : base + i * step; }
};

inline int readSeries(int at, Series& series) {
  series = {pointer<char>(at), pointer<char>(at + 1), pointer<char>(at + 2), integer(at + 3), integer(at + 4)};
  return at + 5;
}

template <class T>
struct Recurrence {
  const Code& code;
  int64_t steps, rows, size;  // of a block
  int64_t n, k;               // of the weight, [k, n]
  Series state, added;
  Series outputs[8], leaves[kMostOperands];
  int64_t blocks[kMostOperands];  // of the product, where a leaf is one; else negative
  const T* packed;

  // The rows of an operand from `r` on in the i-th step that is taken; null where there are none.
  char* place(const Series& series, int64_t i, int64_t r) const {
    char* const from = series.at(i, steps);
    return from == nullptr ? nullptr : from + r * series.row;
  }

  // sums = state·weight + added, for rows [begin, end)
  void multiply(T* sums, int64_t i, int64_t begin, int64_t end) const {
    const T* more = reinterpret_cast<const T*>(place(added, i, begin));
    const int64_t moreRow = added.row / static_cast<int64_t>(sizeof(T));
    const T* from = reinterpret_cast<const T*>(place(state, i, begin));
    if (from == nullptr) {
      for (int64_t r = 0; r < end - begin; r++)
        for (int64_t j = 0; j < n; j++) sums[r * n + j] = more == nullptr ? T(0) : more[r * moreRow + j];
      return;
    }
    const Matrix<const T> a{from, state.row / static_cast<int64_t>(sizeof(T)), 1};
    const Target<T> to{{sums, n, 1}, {more, moreRow, 1}, 1, 1, false};
    const Columns<T> columns(n);
    for (int64_t t = 0; t < columns.count; t++) {
      const int64_t j = columns.start(t);
      for (int64_t r = 0; r < end - begin; r += kRows)
        anyTile<T>(a.from(r, 0), packed + t * kColumns<T> * k, kColumns<T>, k, to.from(r, j), least(end - begin - r, kRows), columns.size(t));
    }
  }

  // Whether output o lies where a leaf does: then it is written when all steps of the program are done.
  bool isShared(int o) const {
    for (int l = 0; l < code.leaves; l++)
      if (blocks[l] < 0 && leaves[l].base + leaves[l].step == outputs[o].base + outputs[o].step) return true;
    return false;
  }

  void run(int64_t begin, int64_t end) const {
    T* sums = static_cast<T*>(scratch(1, sizeof(T) * ((end - begin) * n + kColumns<T>)));
    Nest nest;
    nest.rank = 1;
    nest.sizes[0] = nest.count = size;
    Operand operands[kMostOperands];
    for (int l = 0; l < code.leaves; l++) operands[l] = {nullptr, {1}};
    Evaluator<T> evaluator(code, nest, operands, 6);
    bool isDirect[8];
    for (int o = 0; o < code.outputs; o++) isDirect[o] = code.output()[o].isMask == 2 && !isShared(o);
    for (int64_t i = 0; i < steps; i++) {
      multiply(sums, i, begin, end);
      for (int64_t r = begin; r < end; r++) {
        for (int l = 0; l < code.leaves; l++)
          evaluator.move(l, blocks[l] < 0 ? place(leaves[l], i, r) : reinterpret_cast<char*>(sums + (r - begin) * n + blocks[l] * size));
        for (int64_t start = 0; start < size; start += kBlock<T>) {
          const int64_t count = least(size - start, kBlock<T>), bytes = start * sizeof(T);
          for (int o = 0; o < code.outputs; o++)
            if (isDirect[o]) evaluator.redirect(code.output()[o].at, place(outputs[o], i, r) + bytes);
          evaluator.run(start, count);
          for (int o = 0; o < code.outputs; o++)
            if (!isDirect[o]) std::memcpy(place(outputs[o], i, r) + bytes, evaluator.value(code.output()[o].at), count * sizeof(T));
        }
      }
    }
  }
};

// Arguments: code, steps, rows, size of a block, rows of a piece; n, k, address, row stride and column stride of the weight; then series, each
// as the addresses in the first step, of step 0 and in the last step (0 where there is nothing), bytes of a step and of a row: the state, what
// is added, the outputs; and for each leaf the number of its block of the product, or a negative number, and its series.
template <class T>
void recurrence() {
  Recurrence<T> x{*pointer<const Code>(0), integer(1), integer(2), integer(3), integer(5), integer(6), {}, {}, {}, {}, {}, nullptr};
  const int64_t grain = integer(4);
  const Matrix<const T> weight{pointer<const T>(7), integer(8), integer(9)};
  int at = readSeries(readSeries(10, x.state), x.added);
  for (int o = 0; o < x.code.outputs; o++) at = readSeries(at, x.outputs[o]);
  for (int l = 0; l < x.code.leaves; l++) {
    x.blocks[l] = integer(at);
    at = readSeries(at + 1, x.leaves[l]);
  }
  const Columns<T> columns(x.n);
  T* packed = static_cast<T*>(scratch(0, sizeof(T) * columns.count * kColumns<T> * (x.k + 1)));
  x.packed = packed;
  parallelFor(columns.count, 1 + 65536 / (x.k * kColumns<T> + 1), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++)
      pack<T, kColumns<T>>(packed + t * kColumns<T> * x.k, &weight.at(0, columns.start(t)), weight.column, weight.row, columns.size(t), x.k);
  });
  parallelFor(x.rows, grain, [&](int64_t begin, int64_t end) { x.run(begin, end); });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(recurrence_float32) { fb::FB_NAMESPACE::recurrence<float>(); }
FB_KERNEL(recurrence_float64) { fb::FB_NAMESPACE::recurrence<double>(); }
