// The steps of programs: one loop over a block for each primitive of src/expr, for each number type.
#pragma once
#include "lanes.h"
#include "program.h"

namespace fb {
namespace FB_NAMESPACE {

// How a step writes its results: into a block, or past the caches into memory that nobody has touched lately. The latter goes by way of a
// buffer as small as it can be without costing time.
constexpr int64_t kStreamed = 128;

template <class R, class Fill>
inline void eachStreamed(R* out, int64_t n, Fill fill) {
  constexpr int lanes = Vector<R>::lanes;
  alignas(FB_WIDTH) R buffer[kStreamed];
  for (; n >= kStreamed; n -= kStreamed, out += kStreamed) {
    fill(buffer, kStreamed);
    for (int64_t k = 0; k < kStreamed; k += lanes) stream<R>(out + k, *reinterpret_cast<const typename Vector<R>::type*>(buffer + k));
  }
  fill(out, n);
}

template <class T>
inline bool isAligned(T* to) {
  return reinterpret_cast<uintptr_t>(to) % FB_WIDTH == 0;
}

template <bool isStreamed, class R, class A, class Function>
inline void each1(void* to, const void* a, int64_t n, Function function) {
  R* out = static_cast<R*>(to);
  const A* x = static_cast<const A*>(a);
  const auto fill = [&x, function](R* out, int64_t n) {
    const A* from = x;
    FB_LOOP (int64_t i = 0; i < n; i++) out[i] = function(from[i]);
    x += n;
  };
  if (isStreamed && isAligned(out)) eachStreamed(out, n, fill);
  else fill(out, n);
}

template <bool isStreamed, class R, class A, class Function>
inline void each2(void* to, const void* a, const void* b, int64_t n, Function function) {
  R* out = static_cast<R*>(to);
  const A* x = static_cast<const A*>(a);
  const A* y = static_cast<const A*>(b);
  const auto fill = [&x, &y, function](R* out, int64_t n) {
    const A* left = x;
    const A* right = y;
    FB_LOOP (int64_t i = 0; i < n; i++) out[i] = function(left[i], right[i]);
    x += n;
    y += n;
  };
  if (isStreamed && isAligned(out)) eachStreamed(out, n, fill);
  else fill(out, n);
}

// A function of vectors on a block; the last vector may be a part of one.
template <bool isStreamed, class Function>
inline void eachVector(void* to, const void* a, int64_t n, Function function) {
  constexpr int lanes = Vector<float>::lanes;
  float* out = static_cast<float*>(to);
  const float* x = static_cast<const float*>(a);
  int64_t i = 0;
  if (isStreamed && isAligned(out)) {
    for (; i + lanes <= n; i += lanes) stream<float>(out + i, function(load<float>(x + i)));
  } else {
    for (; i + lanes <= n; i += lanes) store<float>(out + i, function(load<float>(x + i)));
  }
  if (i < n) storeSome(out + i, function(loadSome(x + i, n - i)), n - i);
}

template <bool isStreamed, class Function>
inline void eachVector2(void* to, const void* a, const void* b, int64_t n, Function function) {
  constexpr int lanes = Vector<float>::lanes;
  float* out = static_cast<float*>(to);
  const float* x = static_cast<const float*>(a);
  const float* y = static_cast<const float*>(b);
  int64_t i = 0;
  if (isStreamed && isAligned(out)) {
    for (; i + lanes <= n; i += lanes) stream<float>(out + i, function(load<float>(x + i), load<float>(y + i)));
  } else {
    for (; i + lanes <= n; i += lanes) store<float>(out + i, function(load<float>(x + i), load<float>(y + i)));
  }
  if (i < n) storeSome(out + i, function(loadSome(x + i, n - i), loadSome(y + i, n - i)), n - i);
}

template <class T>
inline constexpr bool isFloat = std::is_floating_point_v<T>;

template <class T>
inline T integerPower(T x, T y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0;
  T result = 1;
  for (; y > 0; y >>= 1) {
    if (y & 1) result *= x;
    x *= x;
  }
  return result;
}

// Powers with one exponent for the whole block, as most have, by multiplication where that is exact enough.
template <bool isStreamed, class T>
inline void powers(void* to, const void* a, const void* b, int64_t n) {
  const T* y = static_cast<const T*>(b);
  bool isUniform = true;
  FB_LOOP (int64_t i = 1; i < n; i++) isUniform &= y[i] == y[0];
  if (isUniform && y[0] == 2) return each1<isStreamed, T, T>(to, a, n, [](T x) { return x * x; });
  if (isUniform && y[0] == 3 && !isFloat<T>) return each1<isStreamed, T, T>(to, a, n, [](T x) { return x * x * x; });
  if constexpr (isFloat<T>) {
    if (isUniform && y[0] == -1) return each1<isStreamed, T, T>(to, a, n, [](T x) { return 1 / x; });
    each2<isStreamed, T, T>(to, a, b, n, [](T x, T e) { return std::pow(x, e); });
  } else {
    each2<isStreamed, T, T>(to, a, b, n, [](T x, T e) { return integerPower<T>(x, e); });
  }
}

// Python's `//` and `%` for floats; the division is done on what is left after the remainder.
template <class T>
inline T floorDivide(T x, T y) {
  if (y == 0) return x / y;
  const T mod = std::fmod(x, y);
  T quotient = (x - mod) / y;
  if (mod != 0 && (y < 0) != (mod < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(T(0), x / y);
  const T floor = std::floor(quotient);
  return quotient - floor > T(0.5) ? floor + 1 : floor;
}
template <class T>
inline T remainderOf(T x, T y) {
  const T r = std::fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

// The larger and the smaller of two numbers, NaN if either is, without branches. Equal floats have equal bits, but for zeros: what both have
// of the sign is that of the larger one, what either has that of the smaller. NaN is looked for in both: a compiler may take the comparison for
// an instruction that leaves open which of the two it gives then, as WebAssembly's relaxed ones do.
template <class T>
inline T largerOf(T x, T y) {
  const T larger = x > y ? x : y;
  if constexpr (!isFloat<T>) return larger;
  else {
    const T tied = bitsOf<T>(bitsOf<Mask<T>>(x) & bitsOf<Mask<T>>(y));
    const T ordered = x == y ? tied : larger;
    return (x != x) | (y != y) ? x + y : ordered;
  }
}
template <class T>
inline T smallerOf(T x, T y) {
  const T smaller = x < y ? x : y;
  if constexpr (!isFloat<T>) return smaller;
  else {
    const T tied = bitsOf<T>(bitsOf<Mask<T>>(x) | bitsOf<Mask<T>>(y));
    const T ordered = x == y ? tied : smaller;
    return (x != x) | (y != y) ? x + y : ordered;
  }
}

// FB_STEPS lists the steps: a macro for the kind, the name in src/expr/node.ts, and the value.
// N1, N2: numbers of any type. U2: the same with one number for the second operand. F1, F2: floats only, by the C library. V1: float32 by vectors, float64 by the C library.
// W1, W2: whole numbers only. C1, C2: truth of numbers. M1, M2: truth of truth values.
#define FB_STEPS(U2, N1, N2, F1, F2, V1, W1, W2, C1, C2, M1, M2) \
  U2(addUniform, x + y) U2(subUniform, x - y) U2(mulUniform, x * y) \
  N2(add, x + y) N2(sub, x - y) N2(mul, x * y) F2(div, x / y) N1(neg, -x) \
  N1(abs, isFloat<T> ? static_cast<T>(std::abs(x)) : (x < 0 ? -x : x)) \
  N1(sign, static_cast<T>((x > 0) - (x < 0))) \
  N2(minimum, smallerOf<T>(x, y)) N2(maximum, largerOf<T>(x, y)) \
  N2(fmin, (x < y || y != y) ? x : y) N2(fmax, (x > y || y != y) ? x : y) \
  F2(fmod, std::fmod(x, y)) F2(remainder, remainderOf<T>(x, y)) F2(floorDivide, floorDivide<T>(x, y)) F2(truncDivide, std::trunc(x / y)) \
  F1(sqrt, std::sqrt(x)) F1(exp2, std::exp2(x)) F1(log2, std::log2(x)) F1(log10, std::log10(x)) \
  V1(exp) V1(expm1) V1(log) V1(log1p) V1(tanh) V1(sin) V1(cos) V1(erf) \
  F1(tan, std::tan(x)) F1(asin, std::asin(x)) F1(acos, std::acos(x)) F1(atan, std::atan(x)) F2(atan2, std::atan2(x, y)) \
  F1(sinh, std::sinh(x)) F1(cosh, std::cosh(x)) F1(asinh, std::asinh(x)) F1(acosh, std::acosh(x)) F1(atanh, std::atanh(x)) \
  F2(hypot, std::hypot(x, y)) F1(erfc, std::erfc(x)) F2(copysign, std::copysign(x, y)) \
  F1(floor, std::floor(x)) F1(ceil, std::ceil(x)) F1(trunc, std::trunc(x)) F1(round, std::nearbyint(x)) \
  W2(bitAnd, x & y) W2(bitOr, x | y) W2(bitXor, x ^ y) W1(bitNot, ~x) \
  W2(shiftLeft, (y < 0 || y >= T(8 * sizeof(T))) ? T(0) : T(x << (y & T(8 * sizeof(T) - 1)))) \
  W2(shiftRight, x >> ((y < 0 || y >= T(8 * sizeof(T))) ? T(8 * sizeof(T) - 1) : y)) \
  C2(eq, x == y) C2(ne, x != y) C2(lt, x < y) C2(le, x <= y) C2(gt, x > y) C2(ge, x >= y) \
  C1(isNan, x != x) C1(signbit, isFloat<T> ? (bitsOf<Mask<T>>(x) < 0) : (x < 0)) C1(toTruth, x != 0) \
  M2(and, x & y) M2(or, x | y) M1(not, ~x)

// Steps that need text of their own, in the order of `Steps::table` below.
#define FB_OWN_STEPS "any:addScaled any:subScaled any:pow float:sigmoid float:gelu float:geluBackward any:select any:toNumber "

// The names in the order of their numbers, each behind the number types that it is for.
#define FB_NAME(name, ...) "any:" #name " "
#define FB_FLOAT_NAME(name, ...) "float:" #name " "
#define FB_WHOLE_NAME(name, ...) "whole:" #name " "
constexpr const char* kStepNames = FB_OWN_STEPS FB_STEPS(
    FB_NAME, FB_NAME, FB_NAME, FB_FLOAT_NAME, FB_FLOAT_NAME, FB_FLOAT_NAME, FB_WHOLE_NAME, FB_WHOLE_NAME, FB_NAME, FB_NAME, FB_NAME, FB_NAME);

template <class T, bool isStreamed>
struct Steps {
  typedef Mask<T> M;

  // x + s·y and x - s·y with one number s
  static void step_addScaled(void* to, const void* a, const void* b, const void* c, int64_t n) {
    const T s = *static_cast<const T*>(c);
    each2<isStreamed, T, T>(to, a, b, n, [s](T x, T y) { return x + s * y; });
  }
  static void step_subScaled(void* to, const void* a, const void* b, const void* c, int64_t n) {
    const T s = *static_cast<const T*>(c);
    each2<isStreamed, T, T>(to, a, b, n, [s](T x, T y) { return x - s * y; });
  }
  static void step_pow(void* to, const void* a, const void* b, const void*, int64_t n) { powers<isStreamed, T>(to, a, b, n); }
  static void step_sigmoid(void* to, const void* a, const void*, const void*, int64_t n) {
    if constexpr (std::is_same_v<T, float>) eachVector<isStreamed>(to, a, n, [](F x) { return sigmoid(x); });
    else if constexpr (isFloat<T>) each1<isStreamed, T, T>(to, a, n, [](T x) { return 1 / (1 + std::exp(-x)); });
  }
  static void step_gelu(void* to, const void* a, const void*, const void*, int64_t n) {
    if constexpr (std::is_same_v<T, float>) eachVector<isStreamed>(to, a, n, [](F x) { return gelu(x); });
    else if constexpr (isFloat<T>) each1<isStreamed, T, T>(to, a, n, [](T x) { return x / 2 * (1 + std::erf(x * T(0.70710678118654752440))); });
  }
  static void step_geluBackward(void* to, const void* a, const void* b, const void*, int64_t n) {
    if constexpr (std::is_same_v<T, float>) eachVector2<isStreamed>(to, a, b, n, [](F grad, F x) { return geluBackward(grad, x); });
    else if constexpr (isFloat<T>) {
      each2<isStreamed, T, T>(to, a, b, n, [](T grad, T x) {
        const T density = std::exp(x * x / -2) * T(0.39894228040143267794);
        return grad * ((1 + std::erf(x * T(0.70710678118654752440))) / 2 + x * density);
      });
    }
  }
  static void step_select(void* to, const void* a, const void* b, const void* c, int64_t n) {
    const M* mask = static_cast<const M*>(a);
    // As bits: numbers and truth values alike.
    const M* x = static_cast<const M*>(b);
    const M* y = static_cast<const M*>(c);
    const auto fill = [&](M* out, int64_t n) {
      const M *chosen = mask, *left = x, *right = y;
      FB_LOOP (int64_t i = 0; i < n; i++) out[i] = (left[i] & chosen[i]) | (right[i] & ~chosen[i]);
      mask += n, x += n, y += n;
    };
    M* out = static_cast<M*>(to);
    if (isStreamed && isAligned(out)) eachStreamed(out, n, fill);
    else fill(out, n);
  }
  static void step_toNumber(void* to, const void* a, const void*, const void*, int64_t n) {
    each1<isStreamed, T, M>(to, a, n, [](M x) { return static_cast<T>(static_cast<int32_t>(x & 1)); });
  }

#define FB_STEP(name, ...) \
  static void step_##name(void* to, const void* a, const void* b, const void*, int64_t n) { __VA_ARGS__ }
#define FB_N1(name, value) FB_STEP(name, each1<isStreamed, T, T>(to, a, n, [](T x) -> T { return value; });)
#define FB_N2(name, value) FB_STEP(name, each2<isStreamed, T, T>(to, a, b, n, [](T x, T y) -> T { return value; });)
#define FB_U2(name, value) \
  FB_STEP(name, const T y = *static_cast<const T*>(b); each1<isStreamed, T, T>(to, a, n, [y](T x) -> T { return value; });)
#define FB_F1(name, value) FB_STEP(name, if constexpr (isFloat<T>) each1<isStreamed, T, T>(to, a, n, [](T x) -> T { return value; });)
#define FB_F2(name, value) FB_STEP(name, if constexpr (isFloat<T>) each2<isStreamed, T, T>(to, a, b, n, [](T x, T y) -> T { return value; });)
#define FB_W1(name, value) FB_STEP(name, if constexpr (!isFloat<T>) each1<isStreamed, T, T>(to, a, n, [](T x) -> T { return value; });)
#define FB_W2(name, value) FB_STEP(name, if constexpr (!isFloat<T>) each2<isStreamed, T, T>(to, a, b, n, [](T x, T y) -> T { return value; });)
#define FB_C1(name, value) FB_STEP(name, each1<false, M, T>(to, a, n, [](T x) -> M { return (value) ? -1 : 0; });)
#define FB_C2(name, value) FB_STEP(name, each2<false, M, T>(to, a, b, n, [](T x, T y) -> M { return (value) ? -1 : 0; });)
#define FB_M1(name, value) FB_STEP(name, each1<false, M, M>(to, a, n, [](M x) -> M { return value; });)
#define FB_M2(name, value) FB_STEP(name, each2<false, M, M>(to, a, b, n, [](M x, M y) -> M { return value; });)
#define FB_V1(name) \
  FB_STEP(name, if constexpr (std::is_same_v<T, float>) eachVector<isStreamed>(to, a, n, [](F x) { return FB_NAMESPACE::name(x); }); \
          else if constexpr (isFloat<T>) each1<isStreamed, T, T>(to, a, n, [](T x) -> T { return std::name(x); });)
  FB_STEPS(FB_U2, FB_N1, FB_N2, FB_F1, FB_F2, FB_V1, FB_W1, FB_W2, FB_C1, FB_C2, FB_M1, FB_M2)

#define FB_ADDRESS(name, ...) step_##name,
  static constexpr Step table[] = {
      step_addScaled, step_subScaled, step_pow, step_sigmoid, step_gelu, step_geluBackward, step_select, step_toNumber,
      FB_STEPS(FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS, FB_ADDRESS)};
};

}  // namespace FB_NAMESPACE
}  // namespace fb
