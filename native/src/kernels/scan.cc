// Running sums, products, extremes and logarithms of sums of exponentials along lines.
#include <cmath>

#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kSide = 128;       // lines that are walked side by side
constexpr int64_t kScanned = 16384;  // elements that a thread takes at a time

// Each scan has a state for a line, and `next`, which takes a value in and gives the result so far. Floats are summed in float64, half
// floats in float32, as in the js engine.

template <class A>
struct RunningSum {
  typedef A Value;
  A sum = 0;
  A next(A x) { return sum += x; }
};

template <class A>
struct RunningProduct {
  typedef A Value;
  A product = 1;
  A next(A x) { return product *= x; }
};

// log Σ exp as m + log s, m being the largest so far and s = Σ exp(x - m).
struct RunningLogSumExp {
  typedef double Value;
  double m = -INFINITY, s = 0;
  double next(double x) {
    if (x > m) {
      s = s * std::exp(m - x) + 1;
      m = x;
    } else if (x == m) {
      s += x == -INFINITY ? 0 : 1;
    } else {
      s += std::exp(x - m);
    }
    return m + std::log(s);
  }
};

// Sums of four values at a time: the running sum waits for one addition only. Not for float64, where the order could overflow.
template <class A, class S, class D>
void sumLine(D* to, const S* from, int64_t n) {
  A sum = 0;
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const A x0 = read<A>(from[i]), x1 = read<A>(from[i + 1]), x2 = read<A>(from[i + 2]), x3 = read<A>(from[i + 3]);
    const A s1 = x0 + x1, s2 = s1 + x2, s3 = s1 + (x2 + x3);
    to[i] = written<D, A>(sum + x0);
    to[i + 1] = written<D, A>(sum + s1);
    to[i + 2] = written<D, A>(sum + s2);
    to[i + 3] = written<D, A>(sum = sum + s3);
  }
  for (; i < n; i++) to[i] = written<D, A>(sum += read<A>(from[i]));
}

template <class Scan, class S, class D>
void scanLines(const Lines<3>& lines) {
  typedef typename Scan::Value A;
  const int64_t n = lines.n, toStep = lines.along[0], fromStep = lines.along[2];
  const auto& across = lines.across;
  if (lines.isSideBySide(2)) {
    const int64_t width = smaller(across.inner(), kSide), toSide = across.step(0), fromSide = across.step(2);
    // Pieces of up to `width` lines that are neighbours.
    parallelFor(across.nest.count, width * (1 + kScanned / (n * width)), [&](int64_t begin, int64_t end) {
      across.walk(begin, end, [&](const int64_t* at, int64_t side) {
        for (int64_t first = 0; first < side; first += kSide) {
          const int64_t count = smaller(side - first, kSide);
          Scan states[kSide];
          D* to = across.template memory<D>(0, at[0] + first * toSide);
          const S* from = across.template memory<const S>(2, at[2] + first * fromSide);
          for (int64_t i = 0; i < n; i++, to += toStep, from += fromStep) {
            if (toSide == 1 && fromSide == 1)
              FB_LOOP (int64_t c = 0; c < count; c++) to[c] = written<D, A>(states[c].next(read<A>(from[c])));
            else
              for (int64_t c = 0; c < count; c++) to[c * toSide] = written<D, A>(states[c].next(read<A>(from[c * fromSide])));
          }
        }
      });
    });
    return;
  }
  constexpr bool isFast = std::is_same_v<Scan, RunningSum<A>> && (std::is_integral_v<A> || std::is_same_v<S, float>);
  parallelFor(across.nest.count, 1 + kScanned / n, [&](int64_t begin, int64_t end) {
    across.walk(begin, end, [&](const int64_t* at, int64_t count) {
      for (int64_t c = 0; c < count; c++) {
        D* to = across.template memory<D>(0, at[0] + c * across.step(0));
        const S* from = across.template memory<const S>(2, at[2] + c * across.step(2));
        if constexpr (isFast) {
          if (toStep == 1 && fromStep == 1) {
            sumLine<A>(to, from, n);
            continue;
          }
        }
        Scan state;
        for (int64_t i = 0; i < n; i++) to[i * toStep] = written<D, A>(state.next(read<A>(from[i * fromStep])));
      }
    });
  });
}

// Of equal values the last counts, and NaN stays.
template <class T, class S, bool isMax>
void scanExtremes(const Lines<3>& lines, bool hasIndices) {
  const int64_t n = lines.n, toStep = lines.along[0], placeStep = lines.along[1], fromStep = lines.along[2];
  const auto& across = lines.across;
  const bool sideBySide = lines.isSideBySide(2);
  const int64_t toSide = across.step(0), placeSide = across.step(1), fromSide = across.step(2);
  parallelFor(across.nest.count, 1 + kScanned / n, [&](int64_t begin, int64_t end) {
    across.walk(begin, end, [&](const int64_t* at, int64_t side) {
      const int64_t most = sideBySide ? kSide : 1;
      for (int64_t first = 0; first < side; first += most) {
        const int64_t count = smaller(side - first, most);
        S* to = across.template memory<S>(0, at[0] + first * toSide);
        int64_t* place = across.template memory<int64_t>(1, at[1] + first * placeSide);
        const S* from = across.template memory<const S>(2, at[2] + first * fromSide);
        if (count == 1) {
          T best = read<T>(from[0]);
          S kept = from[0];
          int64_t found = 0;
          for (int64_t i = 0; i < n; i++) {
            const S x = from[i * fromStep];
            const T y = read<T>(x);
            const bool better = (isMax ? y >= best : y <= best) || y != y;
            best = better ? y : best;
            kept = better ? x : kept;
            found = better ? i : found;
            to[i * toStep] = kept;
            if (hasIndices) place[i * placeStep] = found;
          }
          continue;
        }
        T best[kSide];
        Mask<T> found[kSide];
        S kept[kSide];
        for (int64_t c = 0; c < count; c++) {
          kept[c] = from[c * fromSide];
          best[c] = read<T>(kept[c]);
          found[c] = 0;
        }
        for (int64_t i = 0; i < n; i++, to += toStep, place += placeStep, from += fromStep) {
          FB_LOOP (int64_t c = 0; c < count; c++) {
            const S x = from[c * fromSide];
            const T y = read<T>(x);
            const bool better = (isMax ? y >= best[c] : y <= best[c]) || y != y;
            best[c] = better ? y : best[c];
            kept[c] = better ? x : kept[c];
            found[c] = better ? static_cast<Mask<T>>(i) : found[c];
            to[c * toSide] = kept[c];
          }
          if (hasIndices)
            FB_LOOP (int64_t c = 0; c < count; c++) place[c * placeSide] = found[c];
        }
      }
    });
  });
}

enum Kind : int { kSum = 0, kProd = 1, kMaximum = 2, kMinimum = 3, kLogSumExp = 4 };

template <class T, class S>
void scanFolds(int kind, const Lines<3>& lines) {
  typedef std::conditional_t<std::is_same_v<S, float>, double, T> A;
  if constexpr (std::is_floating_point_v<T>) {
    if (kind == kSum) return scanLines<RunningSum<A>, S, S>(lines);
    if (kind == kProd) return scanLines<RunningProduct<A>, S, S>(lines);
    return scanLines<RunningLogSumExp, S, S>(lines);
  } else {
    if (kind == kSum) return scanLines<RunningSum<int64_t>, S, int64_t>(lines);
    return scanLines<RunningProduct<int64_t>, S, int64_t>(lines);
  }
}

// Arguments: kind, dtype of the input, whether indices are wanted; then the lines of values, indices (values again where there are none)
// and input. Sums and products of integers are int64; of floats, and extremes, in the dtype of the input.
inline void scan() {
  const int kind = static_cast<int>(integer(0));
  const bool hasIndices = integer(2) != 0;
  Lines<3> lines;
  lines.read(3);
  byType(static_cast<int>(integer(1)), [&](auto number, auto element) {
    typedef decltype(number) T;
    typedef decltype(element) S;
    if (kind == kMaximum) scanExtremes<T, S, true>(lines, hasIndices);
    else if (kind == kMinimum) scanExtremes<T, S, false>(lines, hasIndices);
    else scanFolds<T, S>(kind, lines);
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(scan) { fb::FB_NAMESPACE::scan(); }
