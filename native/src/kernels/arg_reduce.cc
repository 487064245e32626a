// The extreme value of each line and its first place, NaN winning.
#include "folds.h"
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kBeside = 128;  // lines that are walked side by side

// The extreme of a line without gaps, then its place: two passes over a piece that is in the cache, neither of which carries an index.
template <class T, bool isMax>
int64_t placeInLine(const T* x, int64_t n) {
  constexpr int64_t piece = 4096;
  T best = x[0];
  int64_t found = 0;
  for (int64_t i = 0; i < n && best == best; i += piece) {
    const int64_t count = smaller(n - i, piece);
    const T here = ExtremeFold<T, isMax>::along(i == 0 ? x[0] : best, x + i, count);
    if (!(isMax ? here > best : here < best) && here == here) continue;
    int64_t j = 0;
    if (here != here)
      while (x[i + j] == x[i + j]) j++;
    else
      while (x[i + j] != here) j++;
    found = i + j;
    best = here;
  }
  return found;
}

template <class T, class S, bool isMax>
void extremes(const Lines<3>& lines, bool hasValues) {
  const int64_t n = lines.n, along = lines.along[2];
  const auto& across = lines.across;
  const int64_t valueSide = across.step(0), placeSide = across.step(1), side = across.step(2);
  const bool sideBySide = lines.isSideBySide(2);
  const auto better = [](T y, T best) { return (isMax ? y > best : y < best) || (y != y && best == best); };
  const auto keep = [&](S* value, int64_t* place, const S* from, int64_t at) {
    *place = at;
    if (hasValues) *value = from[at * along];
  };
  parallelFor(across.nest.count, 1 + 16384 / n, [&](int64_t begin, int64_t end) {
    across.walk(begin, end, [&](const int64_t* at, int64_t count) {
      S* value = across.template memory<S>(0, at[0]);
      int64_t* place = across.template memory<int64_t>(1, at[1]);
      const S* from = across.template memory<const S>(2, at[2]);
      if (!sideBySide) {
        for (int64_t c = 0; c < count; c++, value += valueSide, place += placeSide, from += side) {
          if constexpr (std::is_same_v<T, S>) {
            if (along == 1) {
              keep(value, place, from, placeInLine<T, isMax>(from, n));
              continue;
            }
          }
          T best = read<T>(from[0]);
          int64_t found = 0;
          for (int64_t i = 1; i < n; i++) {
            const T y = read<T>(from[i * along]);
            if (better(y, best)) {
              best = y;
              found = i;
            }
          }
          keep(value, place, from, found);
        }
        return;
      }
      for (int64_t first = 0; first < count; first += kBeside) {
        const int64_t beside = smaller(count - first, kBeside);
        const S* x = from + first * side;
        T best[kBeside];
        Mask<T> found[kBeside];
        for (int64_t c = 0; c < beside; c++) {
          best[c] = read<T>(x[c * side]);
          found[c] = 0;
        }
        for (int64_t i = 1; i < n; i++) {
          const S* row = x + i * along;
          if (side == 1) {
            FB_LOOP (int64_t c = 0; c < beside; c++) {
              const T y = read<T>(row[c]);
              const bool wins = (isMax ? y > best[c] : y < best[c]) | ((y != y) & (best[c] == best[c]));
              best[c] = wins ? y : best[c];
              found[c] = wins ? static_cast<Mask<T>>(i) : found[c];
            }
          } else {
            for (int64_t c = 0; c < beside; c++) {
              const T y = read<T>(row[c * side]);
              if (!better(y, best[c])) continue;
              best[c] = y;
              found[c] = static_cast<Mask<T>>(i);
            }
          }
        }
        for (int64_t c = 0; c < beside; c++)
          keep(value + (first + c) * valueSide, place + (first + c) * placeSide, x + c * side, found[c]);
      }
    });
  });
}

// Arguments: whether the largest, dtype, whether values are wanted; then the lines of values (or indices again), indices and input.
inline void argReduce() {
  const bool isMax = integer(0) != 0, hasValues = integer(2) != 0;
  Lines<3> lines;
  lines.read(3);
  byType(static_cast<int>(integer(1)), [&](auto number, auto element) {
    if (isMax) extremes<decltype(number), decltype(element), true>(lines, hasValues);
    else extremes<decltype(number), decltype(element), false>(lines, hasValues);
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(arg_reduce) { fb::FB_NAMESPACE::argReduce(); }
