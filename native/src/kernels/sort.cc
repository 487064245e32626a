// Sorting rows, by keys.
#include "keys.h"

namespace fb {
namespace FB_NAMESPACE {

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
      const Entry<K>* sorted = sortEntries(entries, n);
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
