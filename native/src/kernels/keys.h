// Elements as unsigned keys in the same order, and keys with their indices sorted by radix, digit by digit.
#pragma once
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

// NaN becomes the greatest key, and -0 that of 0.
template <class T>
inline Key<T> keyOf(T x) {
  typedef Key<T> K;
  constexpr K sign = K{1} << (8 * sizeof(K) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return ~K{0};
    if (x == 0) return sign;
    const K bits = bitsOf<K>(x);
    return bits & sign ? ~bits : bits | sign;
  } else {
    return static_cast<K>(static_cast<std::make_signed_t<K>>(x)) ^ sign;
  }
}

template <class K>
struct Entry {
  K key;
  uint32_t at;
};

// Sorts `from`, with `spare` as long; gives the one of the two that holds the result. Stable.
template <class K>
Entry<K>* radixSort(Entry<K>* from, Entry<K>* spare, int64_t n) {
  constexpr int digits = 11, buckets = 1 << digits;
  K all = ~K{0}, any = 0;
  for (int64_t i = 0; i < n; i++) {
    all &= from[i].key;
    any |= from[i].key;
  }
  const K varying = all ^ any;
  uint32_t places[buckets];
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(K)); shift += digits) {
    // A digit that all keys share needs no pass.
    if ((varying >> shift & (buckets - 1)) == 0) continue;
    std::memset(places, 0, sizeof(places));
    for (int64_t i = 0; i < n; i++) places[from[i].key >> shift & (buckets - 1)]++;
    uint32_t sum = 0;
    for (uint32_t& place : places) {
      const uint32_t count = place;
      place = sum;
      sum += count;
    }
    for (int64_t i = 0; i < n; i++) spare[places[from[i].key >> shift & (buckets - 1)]++] = from[i];
    Entry<K>* other = from;
    from = spare;
    spare = other;
  }
  return from;
}

template <class K>
void insertionSort(Entry<K>* entries, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const Entry<K> entry = entries[i];
    int64_t j = i;
    for (; j > 0 && entries[j - 1].key > entry.key; j--) entries[j] = entries[j - 1];
    entries[j] = entry;
  }
}

// Sorts `n` entries at `entries`, behind which there is room for as many; gives where the result lies.
template <class K>
Entry<K>* sortEntries(Entry<K>* entries, int64_t n) {
  if (n > 48) return radixSort(entries, entries + n, n);
  insertionSort(entries, n);
  return entries;
}

}  // namespace FB_NAMESPACE
}  // namespace fb
