// Places in sorted sequences, by bisection: several values at a time, so that the loads of one do not wait for those of another.
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kTogether = 64;

template <class T, class S, bool right>
void searchBlock(const S* sequence, int64_t m, const S* values, int64_t n, int64_t* to) {
  T wanted[kTogether];
  int32_t count[kTogether] = {};
  for (int64_t i = 0; i < kTogether; i++) wanted[i] = i < n ? read<T>(values[i]) : T{};
  int64_t step = 1;
  while (2 * step <= m) step *= 2;
  // Descending powers of two: each is added while the element before the new place still comes before the value.
  for (; step >= 1; step /= 2) {
    const int32_t by = static_cast<int32_t>(step), last = static_cast<int32_t>(m);
    FB_LOOP (int64_t i = 0; i < kTogether; i++) {
      const int32_t next = count[i] + by, place = (next < last ? next : last) - 1;
      const T x = read<T>(sequence[place]);
      const bool stays = (right ? x > wanted[i] : x >= wanted[i]) | (next > last);
      count[i] = stays ? count[i] : next;
    }
  }
  for (int64_t i = 0; i < n; i++) to[i] = count[i];
}

// Arguments: dtype, whether behind equal elements, rows, elements of a row, values for each row; the addresses of results, sequences and
// values, all without gaps.
template <class T, class S, bool right>
void searchRows() {
  const int64_t rows = integer(2), m = integer(3), k = integer(4);
  int64_t* to = pointer<int64_t>(5);
  const S* sequences = pointer<const S>(6);
  const S* values = pointer<const S>(7);
  const int64_t blocks = (k + kTogether - 1) / kTogether;
  parallelFor(rows * blocks, 16, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at++) {
      const int64_t row = at / blocks, first = at % blocks * kTogether;
      searchBlock<T, S, right>(sequences + row * m, m, values + row * k + first, smaller(k - first, kTogether), to + row * k + first);
    }
  });
}

inline void search() {
  const bool right = integer(1) != 0;
  byType(static_cast<int>(integer(0)), [&](auto number, auto element) {
    if (right) searchRows<decltype(number), decltype(element), true>();
    else searchRows<decltype(number), decltype(element), false>();
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(search) { fb::FB_NAMESPACE::search(); }
