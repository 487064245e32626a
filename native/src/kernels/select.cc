// Elements of given ranks, without sorting the others: counting by digits narrows each line down to those that can be meant.
#include "keys.h"
#include "loops.h"

namespace fb {
namespace FB_NAMESPACE {

// Of the `n` keys of a line, in order, those of ranks [low, high]: at `sorted[rank - skipped]`.
template <class K>
struct Selected {
  Entry<K>* sorted;
  int64_t skipped;
};

// One digit: the entries whose digits lie between those of ranks `low` and `high` stay, in their order. Gives how many.
template <class K, class Get>
int64_t narrow(Get&& get, Entry<K>* to, int64_t n, int shift, int digits, int64_t& low, int64_t& high, int64_t& skipped) {
  const K last = (K{1} << digits) - 1;
  uint32_t* counts = static_cast<uint32_t*>(scratch(7, sizeof(uint32_t) << digits));
  std::memset(counts, 0, sizeof(uint32_t) << digits);
  for (int64_t i = 0; i < n; i++) counts[get(i).key >> shift & last]++;
  int64_t sum = 0;
  K first = 0;
  while (sum + counts[first] <= low) sum += counts[first++];
  const int64_t before = sum;
  K end = first;
  while (sum + counts[end] <= high) sum += counts[end++];
  low -= before;
  high -= before;
  skipped += before;
  int64_t kept = 0;
  const K width = end - first;
  for (int64_t i = 0; i < n; i++) {
    const Entry<K> entry = get(i);
    if ((entry.key >> shift & last) - first <= width) to[kept++] = entry;
  }
  return kept;
}

template <class K>
Selected<K> selectRanks(const K* keys, Entry<K>* entries, int64_t n, int64_t low, int64_t high) {
  constexpr int bits = 8 * sizeof(K);
  K all = ~K{0}, any = 0;
  for (int64_t i = 0; i < n; i++) {
    all &= keys[i];
    any |= keys[i];
  }
  // The highest bit in which keys differ is the first that counts.
  int top = bits;
  while (top > 0 && ((all ^ any) >> (top - 1) & 1) == 0) top--;
  // Two counts of 16 bits fit the second-level cache, those of 11 the first; short lines do not pay for clearing more.
  const int most = n >= 262144 ? 16 : n >= 8192 ? 11 : 8;
  int digits = top < most ? top : most, shift = top - digits;
  Selected<K> result{entries, 0};
  const auto key = [&](int64_t i) { return Entry<K>{keys[i], static_cast<uint32_t>(i)}; };
  int64_t kept = narrow<K>(key, entries, n, shift, digits, low, high, result.skipped);
  while (shift > 0 && kept > 64 && kept > 2 * (high - low + 1)) {
    digits = shift < 11 ? shift : 11;
    shift -= digits;
    const int64_t from = kept;
    // Digits above are the same for all that are left only if one bucket was kept.
    K differing = 0;
    for (int64_t i = 1; i < from; i++) differing |= entries[i].key ^ entries[0].key;
    if (differing >> (shift + digits) != 0) break;
    kept = narrow<K>([&](int64_t i) { return entries[i]; }, entries, from, shift, digits, low, high, result.skipped);
  }
  result.sorted = sortEntries(entries, kept);
  return result;
}

// Arguments: dtype, descending, how many ranks are asked for in each line; then the lines of values, indices, ranks and input.
template <class T, class S>
void selectLines() {
  typedef Key<T> K;
  const bool isDescending = integer(1) != 0;
  const int64_t wanted = integer(2);
  Lines<4> lines;
  lines.read(3);
  const auto& across = lines.across;
  const int64_t n = lines.n;
  parallelFor(across.nest.count, 1 + 16384 / n, [&](int64_t begin, int64_t end) {
    char* memory = static_cast<char*>(scratch(6, n * sizeof(K) + 64 + 2 * n * sizeof(Entry<K>)));
    Entry<K>* entries = reinterpret_cast<Entry<K>*>(memory);
    K* keys = reinterpret_cast<K*>(memory + 2 * n * sizeof(Entry<K>));
    const K flip = isDescending ? ~K{0} : K{0};
    across.walk(begin, end, [&](const int64_t* at, int64_t count) {
      for (int64_t c = 0; c < count; c++) {
        S* values = across.template memory<S>(0, at[0] + c * across.step(0));
        int64_t* indices = across.template memory<int64_t>(1, at[1] + c * across.step(1));
        const int64_t* ranks = across.template memory<const int64_t>(2, at[2] + c * across.step(2));
        const S* x = across.template memory<const S>(3, at[3] + c * across.step(3));
        for (int64_t i = 0; i < n; i++) keys[i] = keyOf<T>(read<T>(x[i * lines.along[3]])) ^ flip;
        int64_t low = n - 1, high = 0;
        for (int64_t j = 0; j < wanted; j++) {
          const int64_t rank = ranks[j * lines.along[2]];
          low = rank < low ? rank : low;
          high = rank > high ? rank : high;
        }
        const Selected<K> found = selectRanks<K>(keys, entries, n, low, high);
        for (int64_t j = 0; j < wanted; j++) {
          const int64_t place = found.sorted[ranks[j * lines.along[2]] - found.skipped].at;
          values[j * lines.along[0]] = x[place * lines.along[3]];
          indices[j * lines.along[1]] = place;
        }
      }
    });
  });
}

inline void select() {
  byType(static_cast<int>(integer(0)), [](auto number, auto element) { selectLines<decltype(number), decltype(element)>(); });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(select) { fb::FB_NAMESPACE::select(); }
