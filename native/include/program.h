// Programs as src/backends/cpu/native/encode.ts writes them, and their evaluation block by block over a loop nest.
//
// An operand that lies in order and has the number type of the computation is read where it lies; others are brought into a block that
// stays in the first-level cache. So a chain of steps passes once over memory.
#pragma once
#include "elements.h"

namespace fb {
namespace FB_NAMESPACE {

// to = step(a, b, c) for n elements. Truth values take the place of numbers, see `Mask`.
using Step = void (*)(void* to, const void* a, const void* b, const void* c, int64_t n);

// The steps by number, for float, double, int32_t and int64_t; src/kernels/tables.cc has them.
template <class T>
struct StepTable {
  static const Step* const steps;
  // The same for results that are written past the caches, for float and double; `streamed` of machine.h comes after the last of them.
  static const Step* const streamed;
};

constexpr int kMostDims = 12, kMostOperands = 40, kMostRegisters = 96;
// Blocks of 2 KiB: those of a program of a dozen registers stay in a first-level cache of 32 KiB.
constexpr int64_t kBlockBytes = 2048;

// Elements of a block.
template <class T>
constexpr int64_t kBlock = kBlockBytes / sizeof(T);

// The encoded program: counts, then the lists in this order.
struct Code {
  // isWhole: there is one step, and it takes what is one number throughout as such.
  int32_t type, leaves, constants, outputs, registers, steps, isWhole;
  struct Place {
    // The register. `isMask` has 2 added for outputs if a step writes the register for this output, for leaves if they are plain numbers.
    int32_t at, dtype, isMask;
  };
  struct Constant {
    int32_t at, low, high;
  };
  struct Line {
    int32_t step, to, a, b, c;
  };
  const Place* leaf() const { return reinterpret_cast<const Place*>(this + 1); }
  const Constant* constant() const { return reinterpret_cast<const Constant*>(leaf() + leaves); }
  const Place* output() const { return reinterpret_cast<const Place*>(constant() + constants); }
  const Line* line() const { return reinterpret_cast<const Line*>(output() + outputs); }
};

// A loop nest, outermost first.
struct Nest {
  int rank = 0;
  int64_t count = 1;
  int64_t sizes[kMostDims];
};

struct Operand {
  char* memory;
  int64_t strides[kMostDims];
};

// An operand along a nest.
struct Walk {
  enum Kind { uniform, dense, nested } kind;
  char* memory;
  int size;
  const int64_t* strides;

  void set(const Nest& nest, const Operand& operand, int dtype) {
    memory = operand.memory;
    size = kSizes[dtype];
    strides = operand.strides;
    bool isUniform = true, isDense = true;
    int64_t step = 1;
    for (int d = nest.rank - 1; d >= 0; d--) {
      if (nest.sizes[d] != 1) {
        isUniform = isUniform && strides[d] == 0;
        isDense = isDense && strides[d] == step;
      }
      step *= nest.sizes[d];
    }
    kind = isUniform ? uniform : isDense ? dense : nested;
  }

  // Calls move(memory, stride, done, n) for the parts of [start, start + count) that lie in one innermost loop each.
  template <class Move>
  void parts(const Nest& nest, const int64_t* at, int64_t count, Move&& move) const {
    int64_t index[kMostDims], offset = 0;
    const int last = nest.rank - 1;
    for (int d = 0; d <= last; d++) {
      index[d] = at[d];
      offset += at[d] * strides[d];
    }
    for (int64_t done = 0; done < count;) {
      const int64_t rest = nest.sizes[last] - index[last], n = rest < count - done ? rest : count - done;
      move(memory + offset * size, strides[last], done, n);
      done += n;
      index[last] += n;
      offset += n * strides[last];
      for (int d = last; d > 0 && index[d] == nest.sizes[d]; d--) {
        offset += strides[d - 1] - index[d] * strides[d];
        index[d] = 0;
        index[d - 1]++;
      }
    }
  }
};

// Evaluates a program on pieces of a nest; one for each thread.
template <class T>
class Evaluator {
 public:
  // `operands`: outputs first where the program writes them, then the leaves.
  Evaluator(const Code& code, const Nest& nest, const Operand* leaves, int slot) : code_(code), nest_(nest) {
    memory_ = static_cast<char*>(scratch(slot, (code.registers + 1) * kBlockBytes));
    for (int r = 0; r < code.registers; r++) registers_[r] = block(r);
    const int64_t fill = nest.count < kBlock<T> ? nest.count : kBlock<T>;
    for (int k = 0; k < code.leaves; k++) {
      const auto place = code.leaf()[k];
      walks_[k].set(nest, leaves[k], place.dtype);
      const Mover load = loader(place);
      isDirect_[k] = place.dtype == kCode<T> && !(place.isMask & 1);
      if (walks_[k].kind == Walk::uniform) load(block(place.at), walks_[k].memory, 0, fill);
      else if (walks_[k].kind == Walk::nested) isNested_ = true;
      isPlain_ = isPlain_ && ((isDirect_[k] && walks_[k].kind == Walk::dense) || place.isMask & 2);
    }
    for (int k = 0; k < code.constants; k++) {
      const auto constant = code.constant()[k];
      const uint64_t bits = static_cast<uint32_t>(constant.low) | static_cast<uint64_t>(static_cast<uint32_t>(constant.high)) << 32;
      T value;
      std::memcpy(&value, &bits, sizeof(T));
      T* to = reinterpret_cast<T*>(block(constant.at));
      for (int64_t i = 0; i < fill; i++) to[i] = value;
    }
  }

  bool isNested() const { return isNested_; }
  // Whether all operands but plain numbers are read where they lie; where no step writes a block either, pieces may be of any length.
  bool isPlain() const { return isPlain_; }

  // Where a step is to write its register, from now on until `release`.
  void redirect(int r, void* to) { registers_[r] = static_cast<char*>(to); }
  void release(int r) { registers_[r] = block(r); }
  // Where a leaf lies from now on.
  void move(int leaf, char* memory) { walks_[leaf].memory = memory; }

  // The steps for the last line, which may be those that write past the caches.
  void finishWith(const Step* steps) { last_ = steps; }

  // Computes elements [start, start + count), count <= kBlock<T>; the values are then in the registers.
  void run(int64_t start, int64_t count) {
    int64_t at[kMostDims];
    if (isNested_) locate(start, at);
    for (int k = 0; k < code_.leaves; k++) {
      const auto place = code_.leaf()[k];
      const Walk& walk = walks_[k];
      if (walk.kind == Walk::uniform) continue;
      if (walk.kind == Walk::dense) {
        char* from = walk.memory + start * walk.size;
        if (isDirect_[k]) registers_[place.at] = from;
        else loader(place)(block(place.at), from, 1, count);
        continue;
      }
      const int last = nest_.rank - 1;
      if (isDirect_[k] && walk.strides[last] == 1 && at[last] + count <= nest_.sizes[last]) {
        int64_t offset = 0;
        for (int d = 0; d <= last; d++) offset += at[d] * walk.strides[d];
        registers_[place.at] = walk.memory + offset * walk.size;
        continue;
      }
      char* to = block(place.at);
      registers_[place.at] = to;
      const Mover load = loader(place);
      walk.parts(nest_, at, count, [&](char* memory, int64_t stride, int64_t done, int64_t n) { load(to + done * sizeof(T), memory, stride, n); });
    }
    for (const Code::Line *line = code_.line(), *end = line + code_.steps; line < end; line++) {
      const Step* steps = line + 1 < end ? StepTable<T>::steps : last_;
      steps[line->step](registers_[line->to], registers_[line->a], registers_[line->b], registers_[line->c], count);
    }
  }

  char* value(int r) const { return registers_[r]; }

  // The coordinates of an element.
  void locate(int64_t start, int64_t* at) const {
    for (int d = nest_.rank - 1; d > 0; d--) {
      const int64_t up = start / nest_.sizes[d];
      at[d] = start - up * nest_.sizes[d];
      start = up;
    }
    at[0] = start;
  }

 private:
  char* block(int r) const { return memory_ + r * kBlockBytes; }
  static Mover loader(const Code::Place& place) { return place.isMask & 1 ? Movers<T>::loadMask[place.dtype] : Movers<T>::load[place.dtype]; }

  const Code& code_;
  const Nest& nest_;
  char* memory_;
  char* registers_[kMostRegisters];
  Walk walks_[kMostOperands];
  bool isDirect_[kMostOperands];
  bool isNested_ = false, isPlain_ = true;
  const Step* last_ = StepTable<T>::steps;
};

// The arguments of a program from `at` on: rank, sizes, then for each operand its address and strides. Gives the place behind them.
inline int readNest(int at, Nest& nest) {
  nest.rank = static_cast<int>(integer(at++));
  for (int d = 0; d < nest.rank; d++) {
    nest.sizes[d] = integer(at++);
    nest.count *= nest.sizes[d];
  }
  return at;
}

inline int readOperand(int at, int rank, Operand& operand) {
  operand.memory = pointer<char>(at++);
  for (int d = 0; d < rank; d++) operand.strides[d] = integer(at++);
  return at;
}

}  // namespace FB_NAMESPACE
}  // namespace fb
