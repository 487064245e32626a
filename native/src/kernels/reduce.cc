// Reductions of a program's values: elements are numbered [kept][reduced][columns], and the values of `reduced` are combined.
#include "folds.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

struct Reduction {
  int64_t kept, reduced, columns;
  double scale;
  int64_t grain;
  int outputType;
  Nest outputNest;
  Operand output;
};

// Pieces of the reduced elements that are combined apart: as many as the sizes ask for, so that the result does not depend on threads.
constexpr int64_t kPiece = 65536;

// The elements of a block where columns are few.
template <class T>
constexpr int64_t kFewColumns = kBlock<T> / 8;

// Elements that are added in vectors before their sum goes on in float64.
constexpr int64_t kTogether = 16384;

template <class T, class Fold>
class Reducer {
  typedef typename Fold::A A;
  typedef typename Fold::Value Value;

 public:
  Reducer(const Code& code, const Nest& nest, const Operand* leaves, const Reduction& r) : code_(code), nest_(nest), leaves_(leaves), r_(r) {}

  void run() {
    const int64_t values = r_.kept * r_.columns;
    const int64_t width = r_.columns < kBlock<T> ? r_.columns : kBlock<T>;
    const int64_t strips = (r_.columns + width - 1) / width;
    int64_t pieces = 1;
    if (r_.kept * strips < 8 && r_.reduced * width > 2 * kPiece) pieces = (r_.reduced * width + kPiece - 1) / kPiece;
    const int64_t rows = (r_.reduced + pieces - 1) / pieces;
    A* results = static_cast<A*>(scratch(7, sizeof(A) * values * pieces));
    if (r_.columns == 1 && r_.reduced <= kBlock<T> / 2 && r_.reduced > 0) {
      const int64_t together = kBlock<T> / r_.reduced;
      parallelFor(r_.kept, share(r_.reduced), [&](int64_t begin, int64_t end) {
        Evaluator<T> evaluator(code_, nest_, leaves_, 6);
        for (int64_t row = begin; row < end; row += together) {
          const int64_t n = end - row < together ? end - row : together;
          evaluator.run(row * r_.reduced, n * r_.reduced);
          const Value* x = value(evaluator);
          for (int64_t i = 0; i < n; i++) results[row + i] = Fold::along(Fold::first, x + i * r_.reduced, r_.reduced);
        }
      });
    } else {
      // Tasks are numbered [kept][pieces][strips]; the results lie as [pieces][kept][columns].
      parallelFor(r_.kept * pieces * strips, share(rows * width), [&](int64_t begin, int64_t end) {
        Evaluator<T> evaluator(code_, nest_, leaves_, 6);
        for (int64_t task = begin; task < end; task++) {
          const int64_t strip = task % strips, piece = task / strips % pieces, row = task / strips / pieces;
          const int64_t first = piece * rows, last = first + rows < r_.reduced ? first + rows : r_.reduced;
          const int64_t column = strip * width, n = r_.columns - column < width ? r_.columns - column : width;
          combine(evaluator, row, first, last, column, n, results + (piece * r_.kept + row) * r_.columns + column);
        }
      });
    }
    for (int64_t piece = 1; piece < pieces; piece++)
      for (int64_t i = 0; i < values; i++) results[i] = Fold::step(results[i], results[piece * values + i]);
    write(results, values);
  }

 private:
  int64_t share(int64_t work) const { return work >= r_.grain ? 1 : r_.grain / (work > 0 ? work : 1); }

  const Value* value(const Evaluator<T>& evaluator) const { return reinterpret_cast<const Value*>(evaluator.value(code_.output()[0].at)); }

  // Whether the values are the elements of one operand that lie as neighbours, in lines.
  bool isBare() const {
    return code_.steps == 0 && code_.leaves == 1 && code_.leaf()->isMask == 0 && code_.leaf()->dtype == kCode<T> &&
           nest_.rank > 0 && leaves_[0].strides[nest_.rank - 1] == 1;
  }

  // Elements [first, last) of one operand, numbered over all rows, where they lie.
  A foldLines(const Evaluator<T>& evaluator, int64_t first, int64_t last) const {
    A found = Fold::first;
    Walk walk;
    walk.set(nest_, leaves_[0], code_.leaf()->dtype);
    for (int64_t i = first; i < last; i += kTogether) {
      int64_t at[kMostDims];
      evaluator.locate(i, at);
      typename Fold::Lanes lanes;
      walk.parts(nest_, at, last - i < kTogether ? last - i : kTogether,
                 [&](char* memory, int64_t, int64_t, int64_t n) { lanes.add(reinterpret_cast<const T*>(memory), n); });
      found += lanes.total();
    }
    return found;
  }

  A foldValues(Evaluator<T>& evaluator, int64_t first, int64_t last) const {
    A found = Fold::first;
    for (int64_t i = first; i < last; i += kBlock<T>) {
      const int64_t count = last - i < kBlock<T> ? last - i : kBlock<T>;
      evaluator.run(i, count);
      found = Fold::along(found, value(evaluator), count);
    }
    return found;
  }

  void combine(Evaluator<T>& evaluator, int64_t row, int64_t first, int64_t last, int64_t column, int64_t n, A* to) {
    if (r_.columns == 1) {
      const int64_t start = row * r_.reduced;
      if constexpr (std::is_same_v<Fold, SumFold<T>>) {
        if (isBare()) {
          *to = foldLines(evaluator, start + first, start + last);
          return;
        }
      }
      *to = foldValues(evaluator, start + first, start + last);
      return;
    }
    for (int64_t c = 0; c < n; c++) to[c] = Fold::first;
    const int64_t together = r_.columns <= kFewColumns<T> ? kBlock<T> / r_.columns : 1;
    for (int64_t i = first; i < last; i += together) {
      const int64_t count = last - i < together ? last - i : together;
      evaluator.run((row * r_.reduced + i) * r_.columns + column, together == 1 ? n : count * n);
      const Value* x = value(evaluator);
      for (int64_t k = 0; k < count; k++, x += n) {
        FB_LOOP (int64_t c = 0; c < n; c++) to[c] = Fold::step(to[c], static_cast<A>(x[c]));
      }
    }
  }

  void write(A* results, int64_t values) {
    Mover store;
    if constexpr (std::is_same_v<Fold, TruthFold<T, true>> || std::is_same_v<Fold, TruthFold<T, false>>) {
      store = Movers<T>::storeMask[r_.outputType];
    } else {
      if (r_.scale != 1) for (int64_t i = 0; i < values; i++) results[i] = static_cast<A>(results[i] * r_.scale);
      store = Movers<A>::store[r_.outputType];
    }
    Walk walk;
    walk.set(r_.outputNest, r_.output, r_.outputType);
    const int64_t start[kMostDims] = {};
    char* from = reinterpret_cast<char*>(results);
    walk.parts(r_.outputNest, start, values, [&](char* memory, int64_t stride, int64_t done, int64_t n) { store(from + done * sizeof(A), memory, stride, n); });
  }

  const Code& code_;
  const Nest& nest_;
  const Operand* leaves_;
  const Reduction& r_;
};

template <class T>
void reduce(int reducer, const Code& code, const Nest& nest, const Operand* leaves, const Reduction& r) {
  switch (reducer) {
    case 0: return Reducer<T, SumFold<T>>(code, nest, leaves, r).run();
    case 1: return Reducer<T, ProductFold<T>>(code, nest, leaves, r).run();
    case 2: return Reducer<T, ExtremeFold<T, true>>(code, nest, leaves, r).run();
    case 3: return Reducer<T, ExtremeFold<T, false>>(code, nest, leaves, r).run();
    case 4: return Reducer<T, TruthFold<T, true>>(code, nest, leaves, r).run();
    default: return Reducer<T, TruthFold<T, false>>(code, nest, leaves, r).run();
  }
}

// Arguments: code, grain, reducer, scale, kept, reduced, columns, output dtype, the output's nest and the output, then the nest and leaves.
inline void reduce() {
  const Code& code = *pointer<const Code>(0);
  Reduction r{integer(4), integer(5), integer(6), number(3), integer(1), static_cast<int>(integer(7)), {}, {}};
  int at = readNest(8, r.outputNest);
  at = readOperand(at, r.outputNest.rank, r.output);
  Nest nest;
  Operand leaves[kMostOperands];
  at = readNest(at, nest);
  for (int k = 0; k < code.leaves; k++) at = readOperand(at, nest.rank, leaves[k]);
  const int reducer = static_cast<int>(integer(2));
  switch (code.type) {
    case kFloat32: return reduce<float>(reducer, code, nest, leaves, r);
    case kFloat64: return reduce<double>(reducer, code, nest, leaves, r);
    case kInt32: return reduce<int32_t>(reducer, code, nest, leaves, r);
    default: return reduce<int64_t>(reducer, code, nest, leaves, r);
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(reduce) { fb::FB_NAMESPACE::reduce(); }
