// Kernels are compiled once for each instruction set, under names that end in it; JavaScript calls those that the machine has.
#pragma once
#include "flambeau.h"

#if defined(FB_AVX512)
#define FB_ISA avx512
#define FB_WIDTH 64
#elif defined(FB_AVX2)
#define FB_ISA avx2
#define FB_WIDTH 32
#elif defined(__wasm__)
#define FB_ISA wasm
#define FB_WIDTH 16
#else
#define FB_ISA base
#define FB_WIDTH 16
#endif

#define FB_JOIN_(a, b) a##_##b
#define FB_JOIN(a, b) FB_JOIN_(a, b)

// FB_KERNEL(name) { … } defines the kernel fb_name_<isa>: no parameters, no result.
#define FB_KERNEL(name) FB_EXPORT void FB_JOIN(fb_##name, FB_ISA)()

// Everything in a kernel file that is not a kernel lives here, so that the versions for several instruction sets do not mix.
#define FB_NAMESPACE FB_JOIN(fb_isa, FB_ISA)

namespace fb {
namespace FB_NAMESPACE {

template <class T>
struct Vector {
  typedef T type __attribute__((vector_size(FB_WIDTH)));
  typedef T loose __attribute__((vector_size(FB_WIDTH), aligned(sizeof(T)), may_alias));
  static constexpr int lanes = FB_WIDTH / sizeof(T);
};

template <class T>
inline typename Vector<T>::type load(const T* from) {
  return *reinterpret_cast<const typename Vector<T>::loose*>(from);
}

template <class T>
inline void store(T* to, typename Vector<T>::type value) {
  *reinterpret_cast<typename Vector<T>::loose*>(to) = value;
}

}  // namespace FB_NAMESPACE
}  // namespace fb
