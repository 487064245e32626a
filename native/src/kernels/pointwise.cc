// Programs evaluated element by element: a block interpreter.
#include "machine.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// Copies a block to memory past the caches.
template <class T>
inline void streamBlock(const T* from, char* memory, int64_t n) {
  T* to = reinterpret_cast<T*>(memory);
  constexpr int lanes = Vector<T>::lanes;
  int64_t i = 0;
  for (; i < n && reinterpret_cast<uintptr_t>(to + i) % FB_WIDTH != 0; i++) to[i] = from[i];
  for (; i + lanes <= n; i += lanes) stream<T>(to + i, load<T>(from + i));
  for (; i < n; i++) to[i] = from[i];
}

template <class T>
void evaluate(const Code& code, const Nest& nest, const Operand* outputs, const Operand* leaves, int64_t grain) {
  // Where an output is an operand too and several are written, none is written before all are computed.
  bool isRead = false;
  for (int k = 0; k < code.outputs; k++)
    for (int l = 0; l < code.leaves; l++) isRead = isRead || leaves[l].memory == outputs[k].memory;
  const bool isShared = isRead && code.outputs > 1;
  const bool isStreamed = std::is_floating_point_v<T> && !isRead && nest.count * static_cast<int64_t>(sizeof(T)) >= kStreamedBytes;
  // The last step may write its output itself; where there are several outputs, blocks are copied.
  const bool isLast = code.outputs == 1 && code.steps > 0 && code.line()[code.steps - 1].to == code.output()[0].at;
  parallelFor(nest.count, grain, [&](int64_t begin, int64_t end) {
    Evaluator<T> evaluator(code, nest, leaves, 6);
    Walk walks[8];
    bool isNested = evaluator.isNested(), isDirect[8];
    for (int k = 0; k < code.outputs; k++) {
      const auto place = code.output()[k];
      walks[k].set(nest, outputs[k], place.dtype);
      // One element is dense as well.
      if (walks[k].kind == Walk::uniform) walks[k].kind = Walk::dense;
      isNested = isNested || walks[k].kind == Walk::nested;
      isDirect[k] = walks[k].kind == Walk::dense && place.isMask == 2 && place.dtype == kCode<T> && !isShared && (!isStreamed || isLast);
    }
    if (isStreamed && isDirect[0]) evaluator.finishWith(StepTable<T>::streamed);
    const bool isWhole = evaluator.isPlain() && code.isWhole && isDirect[0];
    const int64_t block = isWhole ? end - begin : kBlock<T>;
    const int last = nest.rank - 1;
    const bool byRows = isNested && nest.sizes[last] >= 128;
    for (int64_t start = begin; start < end;) {
      int64_t count = end - start < block ? end - start : block;
      if (byRows) {
        const int64_t rest = nest.sizes[last] - start % nest.sizes[last];
        if (rest < count) count = rest;
      }
      for (int k = 0; k < code.outputs; k++)
        if (isDirect[k]) evaluator.redirect(code.output()[k].at, walks[k].memory + start * walks[k].size);
      evaluator.run(start, count);
      int64_t at[kMostDims];
      bool isLocated = false;
      for (int k = 0; k < code.outputs; k++) {
        if (isDirect[k]) continue;
        const auto place = code.output()[k];
        const Mover store = place.isMask & 1 ? Movers<T>::storeMask[place.dtype] : Movers<T>::store[place.dtype];
        char* from = evaluator.value(place.at);
        if (isStreamed && walks[k].kind == Walk::dense && place.dtype == kCode<T> && !(place.isMask & 1)) {
          streamBlock(reinterpret_cast<const T*>(from), walks[k].memory + start * walks[k].size, count);
        } else if (walks[k].kind == Walk::dense) {
          store(from, walks[k].memory + start * walks[k].size, 1, count);
        } else {
          if (!isLocated) evaluator.locate(start, at);
          isLocated = true;
          walks[k].parts(nest, at, count, [&](char* memory, int64_t stride, int64_t done, int64_t n) { store(from + done * sizeof(T), memory, stride, n); });
        }
      }
      start += count;
    }
    if (isStreamed) streamed();
  });
}

// Arguments: code, grain, then a nest, outputs and leaves.
inline void pointwise() {
  const Code& code = *pointer<const Code>(0);
  const int64_t grain = integer(1);
  Nest nest;
  Operand outputs[8], leaves[kMostOperands];
  int at = readNest(2, nest);
  for (int k = 0; k < code.outputs; k++) at = readOperand(at, nest.rank, outputs[k]);
  for (int k = 0; k < code.leaves; k++) at = readOperand(at, nest.rank, leaves[k]);
  switch (code.type) {
    case kFloat32: return evaluate<float>(code, nest, outputs, leaves, grain);
    case kFloat64: return evaluate<double>(code, nest, outputs, leaves, grain);
    case kInt32: return evaluate<int32_t>(code, nest, outputs, leaves, grain);
    default: return evaluate<int64_t>(code, nest, outputs, leaves, grain);
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(pointwise) { fb::FB_NAMESPACE::pointwise(); }
