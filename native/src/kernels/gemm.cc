// Matrix products, out = alpha·a·b + beta·bias, for float32 and float64, any strides, in batches.
//
// The classical scheme (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): panels of a and b are packed
// so that the innermost kernel reads both in order; its tile of the result stays in registers.
#include "isa.h"

#include <cstring>

namespace fb {
namespace FB_NAMESPACE {

// Rows and vectors of columns of the register tile. AVX-512: 8×3 sums, 3 of b and 1 of a fill 28 of 32 registers. AVX2: 4×3 of 16 (6×2 for doubles and floats alike).
#if defined(FB_AVX512)
constexpr int kRows = 8, kVectors = 3;
#elif defined(FB_AVX2)
constexpr int kRows = 6, kVectors = 2;
#else
constexpr int kRows = 4, kVectors = 2;
#endif

constexpr int64_t kDepth = 256;        // of packed panels: a row panel of a stays in the first-level cache
constexpr int64_t kPanelRows = 96;     // rows of a that are packed at a time, for the second-level cache
constexpr int64_t kPanelColumns = 3072;

template <class T>
struct Matrix {
  T* data;
  int64_t row, column;  // strides
  T& at(int64_t i, int64_t j) const { return data[i * row + j * column]; }
};

template <class T>
constexpr int kColumns = kVectors * Vector<T>::lanes;

// a[0:rows, 0:depth] as depth columns of kRows numbers, short tiles filled with zeros.
template <class T>
void packRows(T* to, Matrix<const T> a, int64_t rows, int64_t depth) {
  for (int64_t i = 0; i < rows; i += kRows) {
    const int64_t count = rows - i < kRows ? rows - i : kRows;
    for (int64_t l = 0; l < depth; l++) {
      for (int64_t r = 0; r < count; r++) to[r] = a.at(i + r, l);
      for (int64_t r = count; r < kRows; r++) to[r] = 0;
      to += kRows;
    }
  }
}

// One tile of columns of b: depth rows of kColumns numbers.
template <class T>
void packColumns(T* to, Matrix<const T> b, int64_t columns, int64_t depth) {
  constexpr int width = kColumns<T>;
  if (b.column == 1 && columns == width) {
    for (int64_t l = 0; l < depth; l++) std::memcpy(to + l * width, b.data + l * b.row, width * sizeof(T));
    return;
  }
  for (int64_t l = 0; l < depth; l++) {
    for (int64_t c = 0; c < columns; c++) to[l * width + c] = b.at(l, c);
    for (int64_t c = columns; c < width; c++) to[l * width + c] = 0;
  }
}

// tile (kRows × kColumns, row-major in `to` with stride `step`) = or += packed a · packed b.
template <class T>
void tile(const T* a, const T* b, int64_t depth, T* to, int64_t step, bool add) {
  typedef typename Vector<T>::type V;
  V sum[kRows][kVectors];
  for (int r = 0; r < kRows; r++)
    for (int v = 0; v < kVectors; v++) sum[r][v] = add ? load<T>(to + r * step + v * Vector<T>::lanes) : V{};
  for (int64_t l = 0; l < depth; l++) {
    V column[kVectors];
    for (int v = 0; v < kVectors; v++) column[v] = load<T>(b + v * Vector<T>::lanes);
    for (int r = 0; r < kRows; r++) {
      const V x = V{} + a[r];
      for (int v = 0; v < kVectors; v++) sum[r][v] += x * column[v];
    }
    a += kRows;
    b += kColumns<T>;
  }
  for (int r = 0; r < kRows; r++)
    for (int v = 0; v < kVectors; v++) store<T>(to + r * step + v * Vector<T>::lanes, sum[r][v]);
}

template <class T>
struct Product {
  int64_t m, n, k;
  Matrix<const T> a, b;
  Matrix<T> out;
  Matrix<const T> bias;  // data is null where there is none
  T alpha, beta;
};

// The last step of a tile: alpha, beta and the bias, then the place in the result.
template <class T>
void finish(const Product<T>& p, const T* from, int64_t step, int64_t i, int64_t j, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      T value = p.alpha * from[r * step + c];
      if (p.bias.data != nullptr) value += p.beta * p.bias.at(i + r, j + c);
      p.out.at(i + r, j + c) = value;
    }
  }
}

template <class T>
void gemm(const Product<T>& p) {
  constexpr int width = kColumns<T>;
  const bool direct = p.out.column == 1 && p.alpha == 1 && p.bias.data == nullptr;
  for (int64_t j0 = 0; j0 < p.n; j0 += kPanelColumns) {
    const int64_t columns = p.n - j0 < kPanelColumns ? p.n - j0 : kPanelColumns;
    const int64_t tiles = (columns + width - 1) / width;
    const int64_t rowTiles = (p.m + kPanelRows - 1) / kPanelRows;
    // Where the depth needs several panels and the result cannot hold the sums, they are kept in memory of the same shape.
    T* sums = nullptr;
    const int64_t step = tiles * width;
    if (!direct && p.k > kDepth) sums = static_cast<T*>(scratch(2, sizeof(T) * step * (p.m + kRows)));
    for (int64_t l0 = 0; l0 < p.k || l0 == 0; l0 += kDepth) {
      const int64_t depth = p.k - l0 < kDepth ? p.k - l0 : kDepth;
      const bool first = l0 == 0, last = l0 + kDepth >= p.k;
      T* packedB = static_cast<T*>(scratch(0, sizeof(T) * step * (depth > 0 ? depth : 1)));
      parallelFor(tiles, 8, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; t++) {
          const int64_t j = t * width, count = columns - j < width ? columns - j : width;
          packColumns<T>(packedB + t * width * depth, {p.b.data + l0 * p.b.row + (j0 + j) * p.b.column, p.b.row, p.b.column}, count, depth);
        }
      });
      parallelFor(rowTiles, 1, [&](int64_t begin, int64_t end) {
        T* packedA = static_cast<T*>(scratch(1, sizeof(T) * (kPanelRows + kRows) * kDepth));
        alignas(64) T local[kRows * kColumns<T>];
        for (int64_t panel = begin; panel < end; panel++) {
          const int64_t i0 = panel * kPanelRows, rows = p.m - i0 < kPanelRows ? p.m - i0 : kPanelRows;
          packRows<T>(packedA, {p.a.data + i0 * p.a.row + l0 * p.a.column, p.a.row, p.a.column}, rows, depth);
          for (int64_t t = 0; t < tiles; t++) {
            const int64_t j = t * width, count = columns - j < width ? columns - j : width;
            for (int64_t i = 0; i < rows; i += kRows) {
              const int64_t height = rows - i < kRows ? rows - i : kRows;
              const T* a = packedA + i * depth;
              const T* b = packedB + t * width * depth;
              if (direct && height == kRows && count == width) {
                tile<T>(a, b, depth, &p.out.at(i0 + i, j0 + j), p.out.row, !first);
                continue;
              }
              if (sums != nullptr && !direct) {
                T* to = sums + (i0 + i) * step + j;
                tile<T>(a, b, depth, to, step, !first);
                if (last) finish<T>(p, to, step, i0 + i, j0 + j, height, count);
                continue;
              }
              if (!first) {
                // A short tile of a direct product: the sums so far lie in the result.
                std::memset(local, 0, sizeof(local));
                for (int64_t r = 0; r < height; r++)
                  for (int64_t c = 0; c < count; c++) local[r * width + c] = p.out.at(i0 + i + r, j0 + j + c);
              }
              tile<T>(a, b, depth, local, width, !first);
              finish<T>(p, local, width, i0 + i, j0 + j, height, count);
            }
          }
        }
      });
    }
  }
}

// Arguments: batches m n k, then out, a, b, bias each as address, batch stride, row stride, column stride; then alpha beta.
template <class T>
void gemmBlock() {
  const int64_t batches = integer(0);
  Product<T> p{integer(1), integer(2), integer(3), {}, {}, {}, {}, static_cast<T>(number(20)), static_cast<T>(number(21))};
  const auto matrix = [](int at) { return Matrix<const T>{pointer<const T>(at), integer(at + 2), integer(at + 3)}; };
  p.a = matrix(8);
  p.b = matrix(12);
  p.bias = matrix(16);
  p.out = {pointer<T>(4), integer(6), integer(7)};
  const int64_t steps[4] = {integer(5), integer(9), integer(13), integer(17)};
  for (int64_t h = 0; h < batches; h++) {
    gemm<T>(p);
    p.out.data += steps[0];
    p.a.data += steps[1];
    p.b.data += steps[2];
    if (p.bias.data != nullptr) p.bias.data += steps[3];
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(gemm_float32) { fb::FB_NAMESPACE::gemmBlock<float>(); }
FB_KERNEL(gemm_float64) { fb::FB_NAMESPACE::gemmBlock<double>(); }
