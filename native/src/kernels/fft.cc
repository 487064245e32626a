// Discrete Fourier transforms of many lines at once: each lane of a vector has a line of its own, so that no pass exchanges lanes. Passes are
// of mixed radix in Stockham's order, as in src/backends/cpu/js/fourier/passes.ts.
#include "loops.h"
#include "tile.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int kMostRadices = 40, kLargestRadix = 31;

// Complex numbers exp(-2πi·k/n) as pairs, k < n.
struct Roots {
  const double* pairs;
  double re(int64_t k) const { return pairs[2 * k]; }
  double im(int64_t k) const { return pairs[2 * k + 1]; }
};

template <class T>
struct Wave {
  typedef typename Vector<T>::type V;
  V re, im;
  Wave operator+(Wave b) const { return {re + b.re, im + b.im}; }
  Wave operator-(Wave b) const { return {re - b.re, im - b.im}; }
  // Multiplied by -i.
  Wave turned() const { return {im, -re}; }
  Wave scaled(T by) const { return {re * by, im * by}; }
  Wave times(T c, T s) const { return {re * c - im * s, re * s + im * c}; }
};

// The butterfly of a radix, in place.
template <class T, int radix>
inline void butterfly(Wave<T>* x) {
  if constexpr (radix == 2) {
    const Wave<T> a = x[0];
    x[0] = a + x[1];
    x[1] = a - x[1];
  } else if constexpr (radix == 3) {
    const Wave<T> sum = x[1] + x[2], turn = (x[1] - x[2]).scaled(static_cast<T>(0.86602540378443864676)).turned();
    const Wave<T> middle = x[0] - sum.scaled(static_cast<T>(0.5));
    x[0] = x[0] + sum;
    x[1] = middle + turn;
    x[2] = middle - turn;
  } else if constexpr (radix == 4) {
    const Wave<T> a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = (x[1] - x[3]).turned();
    x[0] = a + c;
    x[1] = b + d;
    x[2] = a - c;
    x[3] = b - d;
  } else {
    const T c1 = static_cast<T>(0.30901699437494742410), c2 = static_cast<T>(-0.80901699437494742410);
    const T s1 = static_cast<T>(0.95105651629515357212), s2 = static_cast<T>(0.58778525229247312917);
    const Wave<T> a = x[1] + x[4], b = x[2] + x[3], p = (x[1] - x[4]).turned(), q = (x[2] - x[3]).turned();
    const Wave<T> u = x[0] + a.scaled(c1) + b.scaled(c2), v = x[0] + a.scaled(c2) + b.scaled(c1);
    const Wave<T> r = p.scaled(s1) + q.scaled(s2), s = p.scaled(s2) - q.scaled(s1);
    x[0] = x[0] + a + b;
    x[1] = u + r;
    x[2] = v + s;
    x[3] = v - s;
    x[4] = u - r;
  }
}

// Any radix, by the definition.
template <class T>
inline void slowButterfly(Wave<T>* x, int radix, const Roots& roots, int64_t n) {
  Wave<T> y[kLargestRadix];
  for (int q = 0; q < radix; q++) {
    y[q] = x[0];
    for (int r = 1; r < radix; r++) {
      const int64_t k = static_cast<int64_t>(q) * r % radix * (n / radix);
      y[q] = y[q] + x[r].times(static_cast<T>(roots.re(k)), static_cast<T>(roots.im(k)));
    }
  }
  for (int q = 0; q < radix; q++) x[q] = y[q];
}

// Numbers of a block lie as [n][re or im][lanes].
template <class T, int fixed>
void pass(const T* from, T* to, int64_t before, int64_t after, int64_t n, int anyRadix, const Roots& roots) {
  constexpr int lanes = Vector<T>::lanes;
  const int radix = fixed > 0 ? fixed : anyRadix;
  const int64_t far = before * after;
  for (int64_t i = 0; i < after; i++) {
    T c[kLargestRadix], s[kLargestRadix];
    for (int q = 1; q < radix; q++) {
      const int64_t w = i * before * q;
      c[q] = static_cast<T>(roots.re(w));
      s[q] = static_cast<T>(roots.im(w));
    }
    for (int64_t k = 0; k < before; k++) {
      Wave<T> x[fixed > 0 ? fixed : kLargestRadix];
      for (int r = 0; r < radix; r++) {
        const T* at = from + (radix * after * k + i + r * after) * 2 * lanes;
        x[r] = {load<T>(at), load<T>(at + lanes)};
      }
      if constexpr (fixed > 0) butterfly<T, fixed>(x);
      else slowButterfly<T>(x, radix, roots, n);
      for (int q = 0; q < radix; q++) {
        const Wave<T> y = q == 0 || i == 0 ? x[q] : x[q].times(c[q], s[q]);
        T* at = to + (after * k + i + q * far) * 2 * lanes;
        store<T>(at, y.re);
        store<T>(at + lanes, y.im);
      }
    }
  }
}

// Where the numbers of lines lie: the step along a line, in numbers.
template <class T>
struct Side {
  T *re, *im;
  int64_t step;
};

// Arguments: dtype, n, scale, the address of the roots, the number of radices and the radices; the steps along a line of input and output (in
// numbers); the addresses of two tables (or 0): what element k of line l is multiplied by at last, exp(-2πi·k·l/N), is a product of entry
// ⌊k·l / size⌋ of the first and k·l mod size of the second; their size. Then the nest of lines with output and input, real and imaginary each.
template <class T>
void fftLines() {
  constexpr int lanes = Vector<T>::lanes;
  const int64_t n = integer(1);
  const T scale = static_cast<T>(number(2));
  const Roots roots{pointer<const double>(3)};
  const int count = static_cast<int>(integer(4));
  int radices[kMostRadices];
  int at = 5;
  for (int k = 0; k < count; k++) radices[k] = static_cast<int>(integer(at++));
  const int64_t fromStep = integer(at), toStep = integer(at + 1);
  const double *coarse = pointer<const double>(at + 2), *fine = pointer<const double>(at + 3);
  const int64_t size = integer(at + 4);
  Loops<4> lines;
  lines.read(at + 5);
  const int64_t all = lines.nest.count;
  parallelFor((all + lanes - 1) / lanes, 1 + 4096 / n, [&](int64_t begin, int64_t end) {
    T* memory = static_cast<T*>(scratch(6, 4 * n * lanes * sizeof(T)));
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = block * lanes, here = smaller(lanes, all - first);
      T *from = memory, *to = memory + 2 * n * lanes;
      T *outRe[lanes], *outIm[lanes];
      const T *inRe[lanes], *inIm[lanes];
      int64_t lane = 0;
      lines.walk(first, first + here, [&](const int64_t* offsets, int64_t part) {
        for (int64_t c = 0; c < part; c++, lane++) {
          outRe[lane] = lines.template memory<T>(0, offsets[0] + c * lines.step(0));
          outIm[lane] = lines.template memory<T>(1, offsets[1] + c * lines.step(1));
          inRe[lane] = lines.template memory<const T>(2, offsets[2] + c * lines.step(2));
          inIm[lane] = lines.template memory<const T>(3, offsets[3] + c * lines.step(3));
        }
      });
      for (int64_t c = here; c < lanes; c++) {
        inRe[c] = inRe[0];
        inIm[c] = inIm[0];
      }
      // Eight places of every line at a time: what a cache line brings is used at once, whichever way the lines lie.
      for (int64_t j = 0; j < n; j += 8) {
        const int64_t stop = smaller(j + 8, n);
        for (int64_t c = 0; c < lanes; c++)
          for (int64_t i = j; i < stop; i++) {
            from[i * 2 * lanes + c] = inRe[c][i * fromStep];
            from[(i * 2 + 1) * lanes + c] = inIm[c][i * fromStep];
          }
      }
      int64_t before = 1;
      for (int k = 0; k < count; k++) {
        const int64_t after = n / (before * radices[k]);
        switch (radices[k]) {
          case 2: pass<T, 2>(from, to, before, after, n, 2, roots); break;
          case 3: pass<T, 3>(from, to, before, after, n, 3, roots); break;
          case 4: pass<T, 4>(from, to, before, after, n, 4, roots); break;
          case 5: pass<T, 5>(from, to, before, after, n, 5, roots); break;
          default: pass<T, 0>(from, to, before, after, n, radices[k], roots);
        }
        before *= radices[k];
        T* other = from;
        from = to;
        to = other;
      }
      if (coarse != nullptr) {
        for (int64_t k = 1; k < n; k++) {
          T *re = from + k * 2 * lanes, *im = re + lanes;
          for (int64_t c = 0; c < here; c++) {
            const int64_t m = k * (first + c), high = 2 * (m / size), low = 2 * (m % size);
            const double x = coarse[high] * fine[low] - coarse[high + 1] * fine[low + 1], y = coarse[high] * fine[low + 1] + coarse[high + 1] * fine[low];
            const T a = re[c], b = im[c];
            re[c] = static_cast<T>(a * x - b * y);
            im[c] = static_cast<T>(a * y + b * x);
          }
        }
      }
      for (int64_t j = 0; j < n; j += 8) {
        const int64_t stop = smaller(j + 8, n);
        for (int64_t c = 0; c < here; c++)
          for (int64_t i = j; i < stop; i++) {
            outRe[c][i * toStep] = from[i * 2 * lanes + c] * scale;
            outIm[c][i * toStep] = from[(i * 2 + 1) * lanes + c] * scale;
          }
      }
    }
  });
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(fft_float32) { fb::FB_NAMESPACE::fftLines<float>(); }
FB_KERNEL(fft_float64) { fb::FB_NAMESPACE::fftLines<double>(); }
