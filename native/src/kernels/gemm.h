// Products of two matrices of any strides: packing, panels, and the partition into tasks.
//
// A first operand whose elements lie side by side along the depth is read where it lies: a task packs a band of the second (multiplyBands).
// Else the classical scheme (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): both operands are packed once,
// by all threads together; then tasks of some rows and columns are independent of each other (panel).
#pragma once
#include "bands.h"

namespace fb {
namespace FB_NAMESPACE {

constexpr int64_t kDepth = 256;         // of panels: kRows × kDepth numbers of a stay in the first-level cache
constexpr int64_t kTaskRows = 96;       // kTaskRows × kDepth numbers of a stay in the second-level cache
constexpr int64_t kTaskColumns = 1536;
constexpr int64_t kTall = 4608, kWide = 4608, kDeep = 1024;  // of what is packed at a time, so that the memory for it is bounded
constexpr double kTaskWork = 1 << 20;     // multiplications of a task: some 20 µs
constexpr double kSerialWork = 1 << 18;   // below which one thread does all

template <class T>
struct Product {
  int64_t m, n, k;
  Matrix<const T> a, b;
  Target<T> to;
};

// Runs body over [0, count), by all threads or by this one.
template <class F>
inline void over(bool threads, int64_t count, int64_t grain, F body) {
  if (threads) parallelFor(count, grain, static_cast<F&&>(body));
  else if (count > 0) body(int64_t{0}, count);
}

// An operand as the tile kernel reads it: packed, or where it lies.
template <class T>
struct Operands {
  Matrix<const T> lying;       // a where it lies
  Columns<T> columns;
  int64_t rows, depthAll;      // that are packed
  T* packedA;                  // null where a is read where it lies
  T* packedB;
  bool directB;                // tiles of whole vectors are read where they lie

  Matrix<const T> a(int64_t i, int64_t l, int64_t depth) const {
    if (packedA == nullptr) return lying.from(i, l);
    return {packedA + l * roundUp(rows, kRows) + i * depth, 1, kRows};
  }
  bool isDirect(int64_t size) const { return directB && size % kLanes<T> == 0; }
};

// One task: rows [i0, i1) and tiles of columns [t0, t1), all of the depth.
template <class T>
void task(const Operands<T>& x, const Target<T>& to, Matrix<const T> b, int64_t i0, int64_t i1, int64_t t0, int64_t t1) {
  const int64_t padded = x.columns.count * kColumns<T>;
  for (int64_t l = 0; l < x.depthAll || l == 0; l += kDepth) {
    const int64_t depth = least(x.depthAll - l, kDepth);
    for (int64_t t = t0; t < t1; t++) {
      const int64_t j = x.columns.start(t), size = x.columns.size(t);
      const bool direct = x.isDirect(size);
      const T* columns = direct ? b.data + l * b.row + j : x.packedB + l * padded + t * kColumns<T> * depth;
      const int64_t step = direct ? b.row : kColumns<T>;
      for (int64_t i = i0; i < i1; i += kRows) {
        Target<T> place = to.from(i, j);
        place.add = to.add || l > 0;
        anyTile<T>(x.a(i, l, depth), columns, step, depth, place, least(i1 - i, kRows), size);
      }
    }
  }
}

// The rows and columns of a task: as many as the caches like, fewer if there would be too few tasks.
template <class T>
struct Tasks {
  int64_t rows, tiles, down, across;
  Tasks(int64_t m, const Columns<T>& columns, int64_t depth, bool threads) {
    rows = least(roundUp(m, kRows), kTaskRows);
    tiles = least(columns.count, kTaskColumns / kColumns<T>);
    for (;;) {
      const double work = static_cast<double>(rows) * tiles * kColumns<T> * depth;
      if (!threads || work <= kTaskWork || (rows <= kRows && tiles <= 1)) break;
      if (tiles * kColumns<T> >= rows && tiles > 1) tiles = (tiles + 1) / 2;
      else if (rows > kRows) rows = roundUp((rows + 1) / 2, kRows);
      else tiles = (tiles + 1) / 2;
    }
    down = (m + rows - 1) / rows;
    across = (columns.count + tiles - 1) / tiles;
  }
};

// Rows [i0, i0 + m) and the given columns of b, one panel of depth.
template <class T>
void panel(const Product<T>& p, Target<T> to, Matrix<const T> b, int64_t n, int64_t l0, int64_t depthAll, bool threads) {
  const Columns<T> columns(n);
  const bool directB = b.column == 1 && (p.m <= 32 || (n <= 256 && p.k <= 256));
  T* packedB = static_cast<T*>(scratch(0, sizeof(T) * (columns.count * kColumns<T> * (depthAll + 1))));
  for (int64_t i0 = 0; i0 < p.m; i0 += kTall) {
    const int64_t rows = least(p.m - i0, kTall);
    const bool directA = n <= 64 || rows < kRows;
    T* packedA = directA ? nullptr : static_cast<T*>(scratch(1, sizeof(T) * (roundUp(rows, kRows) * (depthAll + 1))));
    const Matrix<const T> a = p.a.from(i0, l0);
    const Operands<T> x{a, columns, rows, depthAll, packedA, packedB, directB};
    const int64_t tilesA = directA ? 0 : (rows + kRows - 1) / kRows;
    const int64_t tilesB = i0 > 0 || (directB && n % kLanes<T> == 0) ? 0 : columns.count;
    const int64_t groups = (tilesA + 5) / 6;
    over(threads, tilesB + groups, 1 + 8192 / (depthAll * kColumns<T> + 1), [&](int64_t begin, int64_t end) {
      for (int64_t l = 0; l < depthAll; l += kDepth) {
        const int64_t depth = least(depthAll - l, kDepth);
        for (int64_t t = begin; t < least(end, tilesB); t++) {
          if (x.isDirect(columns.size(t))) continue;
          T* place = packedB + l * columns.count * kColumns<T> + t * kColumns<T> * depth;
          pack<T, kColumns<T>>(place, &b.at(l, columns.start(t)), b.column, b.row, columns.size(t), depth);
        }
        for (int64_t t = begin > tilesB ? (begin - tilesB) * 6 : 0; t < least((end - tilesB) * 6, tilesA); t++) {
          T* place = packedA + l * tilesA * kRows + t * kRows * depth;
          pack<T, kRows>(place, &a.at(t * kRows, l), a.row, a.column, least(rows - t * kRows, kRows), depth);
        }
      }
    });
    const Tasks<T> tasks(rows, columns, depthAll, threads);
    const Target<T> place = to.from(i0, 0);
    over(threads, tasks.down * tasks.across, 1, [&](int64_t begin, int64_t end) {
      for (int64_t at = begin; at < end; at++) {
        const int64_t i = at / tasks.across * tasks.rows, t = at % tasks.across * tasks.tiles;
        task<T>(x, place, b, i, least(i + tasks.rows, rows), t, least(t + tasks.tiles, columns.count));
      }
    });
  }
}

constexpr int64_t kSmallB = 1 << 16;      // numbers of b that are read where they lie
constexpr int64_t kFewestTasks = 4;       // of a product that is worth several threads
constexpr int64_t kTaskHeight = 48;       // rows for which it pays to pack a band
constexpr int64_t kTallHeight = 192;      // rows for which packing a band costs next to nothing
constexpr double kBandWork = 1 << 23;     // multiplications of a task, where rows are so many

// Rows [i0, i1) times one band of columns, all of the depth; b is packed, or lies with `step` between rows.
template <class T, int N>
void bandTiles(const Product<T>& p, const T* b, int64_t step, int64_t j, int64_t size, int64_t i0, int64_t i1) {
  constexpr int R = kTileRows<N>;
  const auto rows = [&](auto count, int64_t i) { tile<T, count(), N>(p.a.from(i, 0), b, step, p.k, p.to.from(i, j), size); };
  int64_t i = i0;
  for (; i + R <= i1; i += R) rows(std::integral_constant<int, R>{}, i);
  if (i + 4 <= i1) rows(std::integral_constant<int, 4>{}, i), i += 4;
  if (i + 2 <= i1) rows(std::integral_constant<int, 2>{}, i), i += 2;
  if (i < i1) rows(std::integral_constant<int, 1>{}, i);
}

// Products whose first operand is read where it lies, element by element: rows without gaps, or columns without gaps that are few. A task packs a
// band of b for itself, so that threads wait for each other once.
template <class T>
void multiplyBands(const Product<T>& p, bool threads) {
  const Bands<T> bands(p.n);
  const int64_t few = bands.count >= kFewestTasks ? 1 : least(kFewestTasks / bands.count, (p.m + kTaskHeight - 1) / kTaskHeight);
  const int64_t many = least(static_cast<int64_t>(static_cast<double>(p.m) * p.n * p.k / kBandWork) / bands.count, p.m / kTallHeight);
  const int64_t split = few > many ? few : many;
  const int64_t rows = roundUp((p.m + split - 1) / split, 24);
  over(threads, bands.count * split, 1, [&](int64_t begin, int64_t end) {
    T* packed = static_cast<T*>(scratch(0, sizeof(T) * (p.k + 1) * kBand * kLanes<T>));
    for (int64_t at = begin; at < end; at++) {
      const int64_t band = at / split, i0 = least(at % split * rows, p.m), i1 = least(i0 + rows, p.m);
      const int64_t j = bands.start(band), size = bands.size(band), width = bands.width(band) * kLanes<T>;
      const bool direct = p.b.column == 1 && size == width && (rows <= kTaskHeight || p.n * p.k <= kSmallB);
      if (!direct && i0 < i1) packBand<T>(packed, &p.b.at(0, j), p.b.column, p.b.row, size, p.k, bands.width(band));
      withVectors(bands.width(band), [&](auto n) { bandTiles<T, n()>(p, direct ? &p.b.at(0, j) : packed, direct ? p.b.row : width, j, size, i0, i1); });
    }
  });
}

template <class T>
void multiply(const Product<T>& p, bool threads) {
  threads = threads && static_cast<double>(p.m) * p.n * p.k > kSerialWork;
  const bool isDirect = p.a.column == 1 || p.k <= kDepth;
  for (int64_t j0 = 0; j0 < p.n; j0 += kWide) {
    for (int64_t l0 = 0; l0 < p.k || l0 == 0; l0 += kDeep) {
      Target<T> to = p.to.from(0, j0);
      to.add = to.add || l0 > 0;
      const int64_t n = least(p.n - j0, kWide), depth = least(p.k - l0, kDeep);
      if (isDirect) multiplyBands<T>({p.m, n, depth, p.a.from(0, l0), p.b.from(l0, j0), to}, threads);
      else panel<T>(p, to, p.b.from(l0, j0), n, l0, depth, threads);
    }
  }
}

}  // namespace FB_NAMESPACE
}  // namespace fb
