// What the passes of attention share: heads in memory, products of blocks, and the probabilities of one block.
//
// Scores are computed transposed, keys by queries. Then what the softmax knows of each query lies in vectors, the packed queries serve all
// keys, and the other products read queries, keys and values where they lie.
#pragma once
#include "lanes.h"
#include "pack.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kQueries = 64, kKeys = 32;  // of a block: its scores fill a quarter of the first-level cache

// [batches, heads, rows, columns] of any strides.
template <class T>
struct Heads {
  T* data;
  int64_t batch, head, row, column;
  Matrix<T> at(int64_t b, int64_t h) const { return {data == nullptr ? nullptr : data + b * batch + h * head, row, column}; }
};

// Several heads of queries, `group`, share one of keys and values.
template <class T>
struct Attention {
  int64_t batches, heads, group, length, sources, size, valueSize;
  bool causal;
  T scale;
  Heads<const T> query, key, value, mask;  // mask.data is null where there is none
  // How many keys the queries before number `end` see.
  int64_t seen(int64_t end) const { return causal && end < sources ? end : sources; }
};

inline int64_t upTo(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// a·b for m rows and n columns, into or onto `to`. Rows of b lie `step` apart and can be read up to a whole vector.
template <class T>
void blockProduct(Matrix<const T> a, const T* b, int64_t step, int64_t depth, const Target<T>& to, int64_t m, int64_t n) {
  const Columns<T> columns(n);
  for (int64_t t = 0; t < columns.count; t++) {
    const int64_t j = columns.start(t), size = columns.size(t);
    for (int64_t i = 0; i < m; i += kRows) anyTile<T>(a.from(i, 0), b + j, step, depth, to.from(i, j), smaller(m - i, kRows), size);
  }
}

template <class T>
Target<T> onto(T* data, int64_t row, T alpha, bool add) {
  return {{data, row, 1}, {nullptr, 0, 0}, alpha, 0, add};
}

// Rows as the second operand of a product: where they lie, or copied and filled up with zeros.
template <class T>
struct Rows {
  const T* data;
  int64_t step;
  Rows(Matrix<const T> x, int64_t rows, int64_t columns, T* room) {
    if (x.column == 1 && columns % kLanes<T> == 0) {
      data = x.data;
      step = x.row;
      return;
    }
    data = room;
    step = upTo(columns, kLanes<T>);
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t c = 0; c < columns; c++) room[r * step + c] = x.at(r, c);
      for (int64_t c = columns; c < step; c++) room[r * step + c] = 0;
    }
  }
};

// e^x for x that are hardly above 0.
inline Vector<float>::type exponential(Vector<float>::type x) { return expBounded(x); }
inline Vector<double>::type exponential(Vector<double>::type x) {
  return eachLane(x, [](double v) { return std::exp(v); });
}

// The scores of keys [j, j + keys) for queries [i, i + rows), from vector `first` on: scores[key][query]. What is hidden is -∞.
template <class T>
void blockScores(const Attention<T>& p, Matrix<const T> key, Matrix<const T> mask, const T* packed, int64_t i, int64_t rows, int64_t j, int64_t keys, int64_t first, T* scores, T* room) {
  typedef typename Vector<T>::type V;
  const int64_t width = upTo(rows, kLanes<T>);
  blockProduct<T>(key.from(j, 0), packed + first, kQueries, p.size, onto<T>(scores + first, kQueries, p.scale, false), keys, width - first);
  if (mask.data != nullptr) {
    pack<T, kQueries>(room, &mask.at(i, j), mask.row, mask.column, rows, keys);
    for (int64_t l = 0; l < keys * kQueries; l += kQueries)
      for (int64_t c = first; c < width; c += kLanes<T>) {
        const V sum = load<T>(scores + l + c) + load<T>(room + l + c);
        store<T>(scores + l + c, sum);
      }
  }
  if (p.causal && j + keys - 1 > i)
    for (int64_t l = 0; l < keys; l++)
      for (int64_t c = first; c < smaller(j + l - i, width); c++) scores[l * kQueries + c] = static_cast<T>(-INFINITY);
}

// Of queries from i on, the first vector among which some see keys from j on.
template <class T>
int64_t firstSeeing(const Attention<T>& p, int64_t i, int64_t j) {
  return p.causal && j > i ? (j - i) / kLanes<T> * kLanes<T> : 0;
}

}  // namespace FB_NAMESPACE
}  // namespace fb
