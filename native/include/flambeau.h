// What all kernels share: the argument block, dtypes, and parallel loops.
//
// JavaScript calls a kernel by a plain C function without parameters. Its arguments lie in one block of doubles that both sides
// know: whole numbers below 2^53 (sizes, strides, flags), numbers, and addresses. So a call costs what an empty call costs, and the
// same source serves a shared library (addresses of ArrayBuffers) and WebAssembly (offsets in its memory).
#pragma once
#include <cstddef>
#include <cstdint>

#define FB_EXPORT extern "C" __attribute__((visibility("default"), used))

namespace fb {

// The codes of src/core/dtype.ts.
enum DType : int {
  kBool = 0,
  kUInt8 = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kFloat16 = 6,
  kBFloat16 = 7,
  kFloat32 = 8,
  kFloat64 = 9,
  kComplex64 = 10,
  kComplex128 = 11,
};

constexpr int kBlockSize = 1024;

// The argument block, one for each thread that calls kernels (Node's workers share the library): a kernel reads it before it starts a
// parallel loop, never inside of one.
extern __thread double block[kBlockSize];

inline int64_t integer(int at) { return static_cast<int64_t>(block[at]); }
inline double number(int at) { return block[at]; }
template <class T>
inline T* pointer(int at) {
  return reinterpret_cast<T*>(static_cast<uintptr_t>(block[at]));
}

// Runs body(context, begin, end) over [0, count) in pieces of at least `grain`, on the threads of the pool and the caller.
// Returns when all pieces are done. Pieces start at multiples of `grain`.
// While another caller has the threads of the pool, and inside of a piece, the caller does all of it.
using Body = void (*)(void* context, int64_t begin, int64_t end);
void parallel(int64_t count, int64_t grain, Body body, void* context);

// The same with a callable.
template <class F>
inline void parallelFor(int64_t count, int64_t grain, F&& body) {
  parallel(
      count, grain, [](void* context, int64_t begin, int64_t end) { (*static_cast<F*>(context))(begin, end); }, &body);
}

// Memory for packing that a thread keeps between calls; at least `bytes`, aligned to 64.
void* scratch(int slot, size_t bytes);

}  // namespace fb
