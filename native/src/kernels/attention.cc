// Attention, softmax(query·keyᵀ·scale + mask)·value, by blocks of queries and keys, never the whole matrix of scores.
//
// Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018); Dao, "FlashAttention-2" (2023). Instead of the probabilities the
// forward pass leaves the logarithm of each query's sum of exponentials, from which the backward pass computes them again.
#include "attention.h"

namespace fb {
namespace FB_NAMESPACE {

// What is known of the queries of a block while they go through the keys, and their results so far.
template <class T>
struct Running {
  T *top, *total, *factor;  // the largest score, the sum of exponentials relative to it, what older sums are multiplied by
  T* sums;                  // rows of results, `step` apart
  int64_t step;
};

// Makes probabilities of scores, relative to the largest score so far.
template <class T>
void absorb(T* scores, int64_t keys, int64_t first, int64_t width, const Running<T>& x) {
  typedef typename Vector<T>::type V;
  const V none = V{} - static_cast<T>(INFINITY);
  for (int64_t c = first; c < width; c += kLanes<T>) {
    const V before = load<T>(x.top + c);
    V best = before;
    for (int64_t l = 0; l < keys; l++) {
      const V s = load<T>(scores + l * kQueries + c);
      best = s > best ? s : best;
    }
    // Where all scores are -∞ so far, the exponentials are 0.
    const V shift = best == none ? V{} : best;
    V sum{};
    for (int64_t l = 0; l < keys; l++) {
      const V y = exponential(load<T>(scores + l * kQueries + c) - shift);
      store<T>(scores + l * kQueries + c, y);
      sum += y;
    }
    const V factor = exponential(before - shift);
    store<T>(x.factor + c, factor);
    store<T>(x.top + c, best);
    store<T>(x.total + c, load<T>(x.total + c) * factor + sum);
  }
}

template <class T>
void rescale(const Running<T>& x, int64_t first, int64_t rows) {
  for (int64_t r = first; r < rows; r++) {
    const T factor = x.factor[r];
    if (factor == 1) continue;
    for (int64_t c = 0; c < x.step; c += kLanes<T>) {
      const typename Vector<T>::type y = load<T>(x.sums + r * x.step + c) * factor;
      store<T>(x.sums + r * x.step + c, y);
    }
  }
}

// Queries [i, i + rows) of one head.
template <class T>
void attend(const Attention<T>& p, Heads<T> output, Heads<T> logsumexp, int64_t b, int64_t h, int64_t i, int64_t rows) {
  const int64_t step = upTo(p.valueSize, kLanes<T>), width = upTo(rows, kLanes<T>);
  T* room = static_cast<T*>(scratch(6, sizeof(T) * (kQueries * (p.size + 2 * kKeys + step + 3) + kKeys * step)));
  T* packed = room;
  T* scores = packed + kQueries * p.size;
  T* spare = scores + kQueries * kKeys;
  T* values = spare + kQueries * kKeys;
  const Running<T> x{values + kKeys * step, values + kKeys * step + kQueries, values + kKeys * step + 2 * kQueries, values + kKeys * step + 3 * kQueries, step};
  const Matrix<const T> query = p.query.at(b, h), key = p.key.at(b, h / p.group), value = p.value.at(b, h / p.group), mask = p.mask.at(b, h);
  pack<T, kQueries>(packed, &query.at(i, 0), query.row, query.column, rows, p.size);
  for (int64_t r = 0; r < kQueries; r++) {
    x.top[r] = static_cast<T>(-INFINITY);
    x.total[r] = 0;
  }
  std::memset(x.sums, 0, sizeof(T) * rows * step);
  const int64_t end = p.seen(i + rows);
  for (int64_t j = 0; j < end; j += kKeys) {
    const int64_t keys = smaller(end - j, kKeys), first = firstSeeing(p, i, j);
    blockScores<T>(p, key, mask, packed, i, rows, j, keys, first, scores, spare);
    absorb<T>(scores, keys, first, width, x);
    if (j > 0) rescale<T>(x, first, rows);
    const Rows<T> v(value.from(j, 0), keys, p.valueSize, values);
    blockProduct<T>({scores + first, 1, kQueries}, v.data, v.step, keys, onto<T>(x.sums + first * step, step, 1, true), rows - first, step);
  }
  const Matrix<T> out = output.at(b, h).from(i, 0), lse = logsumexp.at(b, h).from(i, 0);
  for (int64_t r = 0; r < rows; r++) {
    // A query that sees nothing has the result 0, and probabilities of 0 when they are computed again.
    const bool isBlind = x.total[r] == 0;
    const T share = isBlind ? 0 : 1 / x.total[r];
    T* to = &out.at(r, 0);
    for (int64_t c = 0; c < p.valueSize; c++) to[c] = x.sums[r * step + c] * share;
    lse.at(r, 0) = isBlind ? static_cast<T>(INFINITY) : x.top[r] + std::log(x.total[r]);
  }
}

// What the backward pass reads and writes beside the operands.
template <class T>
struct Gradients {
  Heads<const T> grad, output, logsumexp;
  Heads<T> query, key, value;
};

// Σ a[r][c]·b[r][c]
template <class T>
T rowDot(Matrix<const T> a, Matrix<const T> b, int64_t r, int64_t n) {
  typename Vector<T>::type sum{};
  for (int64_t c = 0; c < n; c += kLanes<T>) {
    const int64_t count = smaller(n - c, kLanes<T>);
    sum += gatherPart(&a.at(r, c), a.column, count) * gatherPart(&b.at(r, c), b.column, count);
  }
  T total = 0;
  for (int k = 0; k < kLanes<T>; k++) total += sum[k];
  return total;
}

// The gradients that one block of queries, [i, i + rows) of head h, and the keys [from, end) give: of the queries, with `toQuery`; added to
// those of keys and values, with `toKeys`. With probabilities P and dP = grad·valueᵀ, dS = P·(dP - Σ grad·output).
template <class T>
void differentiate(const Attention<T>& p, const Gradients<T>& g, int64_t b, int64_t h, int64_t i, int64_t rows, int64_t from, int64_t end, bool toQuery, bool toKeys) {
  typedef typename Vector<T>::type V;
  const int64_t step = upTo(p.size, kLanes<T>), valueStep = upTo(p.valueSize, kLanes<T>), width = upTo(rows, kLanes<T>);
  T* packed = static_cast<T*>(scratch(6, sizeof(T) * (kQueries * (p.size + p.valueSize + 3 * kKeys + 2 * step + valueStep + 2) + kKeys * step)));
  T* packedGrad = packed + kQueries * p.size;
  T* chances = packedGrad + kQueries * p.valueSize;
  T* slopes = chances + kQueries * kKeys;
  T* spare = slopes + kQueries * kKeys;
  T* sums = spare + kQueries * kKeys;
  T* queries = sums + kQueries * step;
  T* grads = queries + kQueries * step;
  T* keysRoom = grads + kQueries * valueStep;
  T* shift = keysRoom + kKeys * step;
  T* dots = shift + kQueries;
  const Matrix<const T> query = p.query.at(b, h).from(i, 0), key = p.key.at(b, h / p.group), value = p.value.at(b, h / p.group), mask = p.mask.at(b, h);
  const Matrix<const T> grad = g.grad.at(b, h).from(i, 0), output = g.output.at(b, h).from(i, 0), lse = g.logsumexp.at(b, h).from(i, 0);
  const Matrix<T> toKey = g.key.at(b, h / p.group), toValue = g.value.at(b, h / p.group);
  pack<T, kQueries>(packed, query.data, query.row, query.column, rows, p.size);
  pack<T, kQueries>(packedGrad, grad.data, grad.row, grad.column, rows, p.valueSize);
  const Rows<T> q(query, rows, p.size, queries), d(grad, rows, p.valueSize, grads);
  for (int64_t r = 0; r < kQueries; r++) {
    shift[r] = r < rows ? lse.at(r, 0) : static_cast<T>(INFINITY);
    dots[r] = r < rows ? rowDot<T>(grad, output, r, p.valueSize) : 0;
  }
  if (toQuery) std::memset(sums, 0, sizeof(T) * rows * step);
  for (int64_t j = from; j < end; j += kKeys) {
    const int64_t keys = smaller(end - j, kKeys), first = firstSeeing(p, i, j);
    blockScores<T>(p, key, mask, packed, i, rows, j, keys, first, chances, spare);
    blockProduct<T>(value.from(j, 0), packedGrad + first, kQueries, p.valueSize, onto<T>(slopes + first, kQueries, 1, false), keys, width - first);
    for (int64_t c = first; c < width; c += kLanes<T>) {
      const V top = load<T>(shift + c), dot = load<T>(dots + c);
      for (int64_t l = c; l < c + keys * kQueries; l += kQueries) {
        const V chance = exponential(load<T>(chances + l) - top), slope = chance * (load<T>(slopes + l) - dot);
        store<T>(chances + l, chance);
        store<T>(slopes + l, slope);
      }
    }
    if (toKeys) {
      const int64_t depth = rows - first;
      blockProduct<T>({chances + first, kQueries, 1}, d.data + first * d.step, d.step, depth, onto<T>(&toValue.at(j, 0), toValue.row, 1, true), keys, p.valueSize);
      blockProduct<T>({slopes + first, kQueries, 1}, q.data + first * q.step, q.step, depth, onto<T>(&toKey.at(j, 0), toKey.row, p.scale, true), keys, p.size);
    }
    if (toQuery) {
      const Rows<T> k(key.from(j, 0), keys, p.size, keysRoom);
      blockProduct<T>({slopes + first, 1, kQueries}, k.data, k.step, keys, onto<T>(sums + first * step, step, p.scale, true), rows - first, step);
    }
  }
  if (!toQuery) return;
  const Matrix<T> to = g.query.at(b, h).from(i, 0);
  for (int64_t r = 0; r < rows; r++) std::memcpy(&to.at(r, 0), sums + r * step, sizeof(T) * p.size);
}

// The gradients of keys [from, end), and of their values, from all queries that see them; with `toQuery` those of the queries too.
template <class T>
void differentiateKeys(const Attention<T>& p, const Gradients<T>& g, int64_t b, int64_t h, int64_t from, int64_t end, bool toQuery) {
  const Matrix<T> toKey = g.key.at(b, h), toValue = g.value.at(b, h);
  for (int64_t j = from; j < end; j++) {
    std::memset(&toKey.at(j, 0), 0, sizeof(T) * p.size);
    std::memset(&toValue.at(j, 0), 0, sizeof(T) * p.valueSize);
  }
  for (int64_t m = 0; m < p.group; m++) {
    for (int64_t i = p.causal ? from / kQueries * kQueries : 0; i < p.length; i += kQueries) {
      const int64_t rows = smaller(p.length - i, kQueries);
      differentiate<T>(p, g, b, h * p.group + m, i, rows, from, smaller(end, p.seen(i + rows)), toQuery, true);
    }
  }
}

// Arguments: batches, heads of queries, heads that share keys, queries, keys, sizes of queries and values, causal, scale; from number 9 on
// operands, each as address and strides of batch, head, row and column; columns of results have stride 1.
template <class T>
Heads<T> readHeads(int k) {
  const int at = 9 + 5 * k;
  return {pointer<T>(at), integer(at + 1), integer(at + 2), integer(at + 3), integer(at + 4)};
}

template <class T>
Attention<T> readAttention() {
  return {integer(0), integer(1), integer(2), integer(3), integer(4), integer(5), integer(6), integer(7) != 0, static_cast<T>(number(8)), readHeads<const T>(0), readHeads<const T>(1), readHeads<const T>(2), readHeads<const T>(3)};
}

// Operands: query, key, value, mask, output, logsumexp.
template <class T>
void attention() {
  const Attention<T> p = readAttention<T>();
  const Heads<T> output = readHeads<T>(4), logsumexp = readHeads<T>(5);
  const int64_t blocks = (p.length + kQueries - 1) / kQueries;
  parallelFor(p.batches * p.heads * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t i = at % blocks * kQueries, head = at / blocks;
      attend<T>(p, output, logsumexp, head / p.heads, head % p.heads, i, smaller(p.length - i, kQueries));
    }
  });
}

// With fewer heads than this, threads take pieces of them; then scores are computed twice, for the queries and for the keys.
constexpr int64_t kFewHeads = 8, kPiece = 4 * kKeys;

// Operands: query, key, value, mask, output, logsumexp, grad, and the gradients of query, key and value.
template <class T>
void attentionBackward() {
  const Attention<T> p = readAttention<T>();
  const Gradients<T> g{readHeads<const T>(6), readHeads<const T>(4), readHeads<const T>(5), readHeads<T>(7), readHeads<T>(8), readHeads<T>(9)};
  const int64_t shared = p.heads / p.group, units = p.batches * shared;
  const bool isCut = units < kFewHeads && p.length * p.sources > 64 * kPiece;
  const int64_t pieces = isCut ? (p.sources + kPiece - 1) / kPiece : 1, piece = isCut ? kPiece : p.sources;
  parallelFor(units * pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t from = at % pieces * piece, unit = at / pieces;
      differentiateKeys<T>(p, g, unit / shared, unit % shared, from, smaller(from + piece, p.sources), !isCut);
    }
  });
  if (!isCut) return;
  const int64_t blocks = (p.length + kQueries - 1) / kQueries;
  parallelFor(p.batches * p.heads * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t i = at % blocks * kQueries, head = at / blocks, rows = smaller(p.length - i, kQueries);
      differentiate<T>(p, g, head / p.heads, head % p.heads, i, rows, 0, p.seen(i + rows), true, false);
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(attention_float32) { fb::FB_NAMESPACE::attention<float>(); }
FB_KERNEL(attention_float64) { fb::FB_NAMESPACE::attention<double>(); }
FB_KERNEL(attention_backward_float32) { fb::FB_NAMESPACE::attentionBackward<float>(); }
FB_KERNEL(attention_backward_float64) { fb::FB_NAMESPACE::attentionBackward<double>(); }
