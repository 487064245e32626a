// The tables of steps and movers, compiled once for each instruction set.
#include "steps.h"

namespace fb {
namespace FB_NAMESPACE {

template <class T, class S>
void loadNumbers(void* block, void* memory, int64_t stride, int64_t n) {
  T* to = static_cast<T*>(block);
  const S* from = static_cast<const S*>(memory);
  if (stride == 1) {
    if constexpr (std::is_same_v<T, S>) std::memcpy(to, from, n * sizeof(T));
    else FB_LOOP (int64_t i = 0; i < n; i++) to[i] = read<T>(from[i]);
  } else if (stride == 0) {
    const T x = read<T>(*from);
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = x;
  } else {
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = read<T>(from[i * stride]);
  }
}

template <class T, class S>
void loadMasks(void* block, void* memory, int64_t stride, int64_t n) {
  Mask<T>* to = static_cast<Mask<T>*>(block);
  const S* from = static_cast<const S*>(memory);
  if (stride == 1) {
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = isTrue(from[i]) ? -1 : 0;
  } else {
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = isTrue(from[i * stride]) ? -1 : 0;
  }
}

template <class T, class S>
void storeNumbers(void* block, void* memory, int64_t stride, int64_t n) {
  const T* from = static_cast<const T*>(block);
  S* to = static_cast<S*>(memory);
  if (stride == 1) {
    if constexpr (std::is_same_v<T, S>) std::memmove(to, from, n * sizeof(T));
    else FB_LOOP (int64_t i = 0; i < n; i++) to[i] = written<S>(from[i]);
  } else {
    for (int64_t i = 0; i < n; i++) to[i * stride] = written<S>(from[i]);
  }
}

template <class T, class S>
void storeMasks(void* block, void* memory, int64_t stride, int64_t n) {
  const Mask<T>* from = static_cast<const Mask<T>*>(block);
  S* to = static_cast<S*>(memory);
  if (stride == 1) {
    FB_LOOP (int64_t i = 0; i < n; i++) to[i] = written<S>(static_cast<int32_t>(from[i] & 1));
  } else {
    for (int64_t i = 0; i < n; i++) to[i * stride] = written<S>(static_cast<int32_t>(from[i] & 1));
  }
}

#define FB_BY_DTYPE(function, T) \
  {function<T, Bool>, function<T, uint8_t>, function<T, int8_t>, function<T, int16_t>, function<T, int32_t>, function<T, int64_t>, \
   function<T, Half>, function<T, Brain>, function<T, float>, function<T, double>}

template <class T>
const Mover Movers<T>::load[10] = FB_BY_DTYPE(loadNumbers, T);
template <class T>
const Mover Movers<T>::loadMask[10] = FB_BY_DTYPE(loadMasks, T);
template <class T>
const Mover Movers<T>::store[10] = FB_BY_DTYPE(storeNumbers, T);
template <class T>
const Mover Movers<T>::storeMask[10] = FB_BY_DTYPE(storeMasks, T);
template <class T>
const Step* const StepTable<T>::steps = Steps<T, false>::table;
template <class T>
const Step* const StepTable<T>::streamed = Steps<T, isFloat<T>>::table;

template struct Movers<float>;
template struct Movers<double>;
template struct Movers<int32_t>;
template struct Movers<int64_t>;
template struct StepTable<float>;
template struct StepTable<double>;
template struct StepTable<int32_t>;
template struct StepTable<int64_t>;

}  // namespace FB_NAMESPACE
}  // namespace fb

// The names of the steps in the order of their numbers.
FB_EXPORT const char* FB_JOIN(fb_steps, FB_ISA)() { return fb::FB_NAMESPACE::kStepNames; }
