// One program over many lists of operands, such as an optimiser's step over all parameters, in one call.
#include <algorithm>

#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// The lists as rows of a table: the number of the first block, the elements, and the addresses of the operands.
struct Lists {
  const double* table;
  int64_t count, width;

  const double* row(int64_t list) const { return table + list * (width + 2); }
  int64_t firstBlock(int64_t list) const { return static_cast<int64_t>(row(list)[0]); }
  int64_t size(int64_t list) const { return static_cast<int64_t>(row(list)[1]); }
  char* operand(int64_t list, int k) const { return reinterpret_cast<char*>(static_cast<uintptr_t>(row(list)[2 + k])); }

  // The last list that begins at or before a block; one without elements begins where the next does.
  int64_t holding(int64_t block) const {
    int64_t low = 0, high = count;
    while (high - low > 1) {
      const int64_t middle = (low + high) / 2;
      (firstBlock(middle) <= block ? low : high) = middle;
    }
    return low;
  }
};

// Arguments: code, grain in blocks, lists, operands of a list, blocks in all, table; for each output its place in a list; for each leaf its
// place, or -1 and the address of a number.
template <class T>
void each(const Code& code) {
  const int64_t grain = integer(1), blocks = integer(4);
  const Lists lists{pointer<const double>(5), integer(2), integer(3)};
  int written[8], places[kMostOperands];
  Operand leaves[kMostOperands] = {};
  int at = 6;
  for (int o = 0; o < code.outputs; o++) written[o] = static_cast<int>(integer(at++));
  for (int l = 0; l < code.leaves; l++) {
    places[l] = static_cast<int>(integer(at++));
    leaves[l].strides[0] = places[l] < 0 ? 0 : 1;
    if (places[l] < 0) leaves[l].memory = pointer<char>(at++);
  }
  parallelFor(blocks, grain, [&](int64_t begin, int64_t end) {
    Nest nest;
    nest.rank = 1;
    nest.sizes[0] = nest.count = kBlock<T>;
    Evaluator<T> evaluator(code, nest, leaves, 6);
    int64_t list = lists.holding(begin);
    for (int64_t block = begin; block < end; block++) {
      while (list + 1 < lists.count && lists.firstBlock(list + 1) <= block) list++;
      const int64_t start = (block - lists.firstBlock(list)) * kBlock<T>;
      const int64_t count = std::min(lists.size(list) - start, kBlock<T>), skipped = start * static_cast<int64_t>(sizeof(T));
      for (int l = 0; l < code.leaves; l++)
        if (places[l] >= 0) evaluator.move(l, lists.operand(list, places[l]) + skipped);
      evaluator.run(0, count);
      // What is written may be read by every step, so it is written when all steps are done.
      for (int o = 0; o < code.outputs; o++)
        std::memcpy(lists.operand(list, written[o]) + skipped, evaluator.value(code.output()[o].at), count * sizeof(T));
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(pointwise_each) {
  const fb::FB_NAMESPACE::Code& code = *fb::pointer<const fb::FB_NAMESPACE::Code>(0);
  if (code.type == fb::kFloat64) fb::FB_NAMESPACE::each<double>(code);
  else fb::FB_NAMESPACE::each<float>(code);
}
