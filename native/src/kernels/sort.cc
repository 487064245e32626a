// Sorting rows: elements become unsigned keys in the same order, and keys with their indices are sorted by radix, digit by digit.
#include <cstdlib>

#include "elements.h"
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

// Arguments: dtype, descending, n; the steps along a row of values, indices and input; the nest of rows and the three operands.
template <class T, class S>
void sortRows() {
  typedef Key<T> K;
  const bool isDescending = integer(1) != 0;
  const int64_t n = integer(2);
  const int64_t steps[3] = {integer(3), integer(4), integer(5)};
  Nest nest;
  Operand operands[3];
  int at = readNest(6, nest);
  for (Operand& operand : operands) at = readOperand(at, nest.rank, operand);
  const int64_t rows = n < 65536 ? 1 + 16384 / n : 1;
  parallelFor(nest.count, rows, [&](int64_t begin, int64_t end) {
    Entry<K>* entries = static_cast<Entry<K>*>(scratch(6, 2 * n * sizeof(Entry<K>)));
    for (int64_t row = begin; row < end; row++) {
      int64_t rest = row, offsets[3] = {};
      for (int d = nest.rank - 1; d >= 0; d--) {
        for (int k = 0; k < 3; k++) offsets[k] += rest % nest.sizes[d] * operands[k].strides[d];
        rest /= nest.sizes[d];
      }
      const S* x = reinterpret_cast<const S*>(operands[2].memory) + offsets[2];
      const K flip = isDescending ? ~K{0} : K{0};
      for (int64_t i = 0; i < n; i++) entries[i] = {keyOf<T>(read<T>(x[i * steps[2]])) ^ flip, static_cast<uint32_t>(i)};
      const Entry<K>* sorted = entries;
      if (n <= 48) insertionSort(entries, n);
      else sorted = radixSort(entries, entries + n, n);
      S* values = reinterpret_cast<S*>(operands[0].memory) + offsets[0];
      int64_t* indices = reinterpret_cast<int64_t*>(operands[1].memory) + offsets[1];
      for (int64_t i = 0; i < n; i++) {
        values[i * steps[0]] = x[sorted[i].at * steps[2]];
        indices[i * steps[1]] = sorted[i].at;
      }
    }
  });
}

inline void sort() {
  switch (static_cast<int>(integer(0))) {
    case kBool: return sortRows<int32_t, Bool>();
    case kUInt8: return sortRows<int32_t, uint8_t>();
    case kInt8: return sortRows<int32_t, int8_t>();
    case kInt16: return sortRows<int32_t, int16_t>();
    case kInt32: return sortRows<int32_t, int32_t>();
    case kInt64: return sortRows<int64_t, int64_t>();
    case kFloat16: return sortRows<float, Half>();
    case kBFloat16: return sortRows<float, Brain>();
    case kFloat32: return sortRows<float, float>();
    default: return sortRows<double, double>();
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(sort) { fb::FB_NAMESPACE::sort(); }
