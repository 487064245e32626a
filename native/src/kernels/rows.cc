// Rows of a table copied by their indices.
#include <cstring>

#include "isa.h"

namespace fb {
namespace FB_NAMESPACE {

// Arguments: rows, bytes of a row; the address of the result and the bytes between its rows; the same for the table; indices and their step.
inline void gatherRows() {
  const int64_t count = integer(0), bytes = integer(1);
  char* to = pointer<char>(2);
  const int64_t toStep = integer(3);
  const char* table = pointer<const char>(4);
  const int64_t tableStep = integer(5);
  const int64_t* indices = pointer<const int64_t>(6);
  const int64_t indexStep = integer(7);
  parallelFor(count, 1 + 65536 / (bytes + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      // The rows lie anywhere: that of a few turns ahead is on its way.
      if (i + 8 < end) __builtin_prefetch(table + indices[(i + 8) * indexStep] * tableStep);
      std::memcpy(to + i * toStep, table + indices[i * indexStep] * tableStep, bytes);
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(gather_rows) { fb::FB_NAMESPACE::gatherRows(); }
