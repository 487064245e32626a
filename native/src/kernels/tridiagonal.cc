// Reductions of matrices to tridiagonal and bidiagonal form, and the rotations of vectors that follow them. Matrices are float64, column by
// column, as src/backends/cpu/js/linalg/matrix.ts holds them. Each step passes once over what is left: the update of the step before and the
// product of this one meet at every column.
#include "reflect.h"

namespace fb {
namespace FB_NAMESPACE {

// to -= a·x + b·y for n elements.
inline void subtractTwo(double* to, double a, const double* x, double b, const double* y, int64_t n) {
  FB_LOOP (int64_t i = 0; i < n; i++) to[i] -= a * x[i] + b * y[i];
}

// Four columns of a matrix from a common row on, less a·v + b·w each where an update is pending (v and w are columns, a and b numbers for each
// column); then sums[c] = column c · z, and y += Σ f[c]·column c where `y` is there.
struct Columns4 {
  double* at[4];
  const double *a, *b, *f;
};

template <bool isPending, bool adds>
inline void passColumns(const Columns4& c, const double* v, const double* w, const double* z, double* y, double* sums, int64_t n) {
  typedef Vector<double>::type V;
  constexpr int lanes = Vector<double>::lanes;
  V s[4] = {}, a[4], b[4], f[4];
  for (int k = 0; k < 4; k++) {
    a[k] = isPending ? splat(c.a[k]) : V{};
    b[k] = isPending ? splat(c.b[k]) : V{};
    f[k] = adds ? splat(c.f[k]) : V{};
  }
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V direction = load<double>(z + i);
    V sum = adds ? load<double>(y + i) : V{};
    for (int k = 0; k < 4; k++) {
      V x = load<double>(c.at[k] + i);
      if constexpr (isPending) {
        x -= a[k] * load<double>(v + i) + b[k] * load<double>(w + i);
        store<double>(c.at[k] + i, x);
      }
      s[k] += x * direction;
      if constexpr (adds) sum += f[k] * x;
    }
    if constexpr (adds) store<double>(y + i, sum);
  }
  for (int k = 0; k < 4; k++) {
    double total = 0;
    for (int l = 0; l < lanes; l++) total += s[k][l];
    for (int64_t r = i; r < n; r++) {
      double& x = c.at[k][r];
      if constexpr (isPending) x -= c.a[k] * v[r] + c.b[k] * w[r];
      total += x * z[r];
      if constexpr (adds) y[r] += c.f[k] * x;
    }
    sums[k] = total;
  }
}

template <bool adds>
inline void passColumns(bool isPending, const Columns4& c, const double* v, const double* w, const double* z, double* y, double* sums, int64_t n) {
  if (isPending) passColumns<true, adds>(c, v, w, z, y, sums, n);
  else passColumns<false, adds>(c, v, w, z, y, sums, n);
}

// Arguments: n, the addresses of the matrix (lower triangle; reflectors are left below), d, e, taus.
inline void tridiagonalise() {
  const int64_t n = integer(0);
  double *a = pointer<double>(1), *d = pointer<double>(2), *e = pointer<double>(3), *taus = pointer<double>(4);
  // The reflector and its companion of the step before, whose update is still to be made, and the product of this one.
  double* memory = workspace(4, 4 * n);
  double *v = memory, *w = memory + n, *next = memory + 2 * n, *y = memory + 3 * n;
  const auto column = [&](int64_t j) { return a + j * n; };
  bool isPending = false;
  for (int64_t i = 0; i < n; i++) {
    if (isPending) subtractTwo(column(i) + i, w[i], v + i, v[i], w + i, n - i);
    d[i] = column(i)[i];
    if (i == n - 1) break;
    double* x = column(i) + i + 1;
    const int64_t length = n - i - 1;
    const double tau = makeReflector(x, length);
    e[i] = x[0];
    taus[i] = tau;
    std::memcpy(next + i + 1, x, length * sizeof(double));
    next[i + 1] = 1;
    std::memset(y + i + 1, 0, length * sizeof(double));
    for (int64_t j = i + 1; j < n; j += 4) {
      const int64_t count = smaller(4, n - j), below = j + count;
      // The triangle at the diagonal, then what four columns have below it.
      for (int64_t c = j; c < below; c++) {
        if (isPending) subtractTwo(column(c) + c, w[c], v + c, v[c], w + c, below - c);
        y[c] += column(c)[c] * next[c];
        for (int64_t r = c + 1; r < below; r++) {
          y[r] += column(c)[r] * next[c];
          y[c] += column(c)[r] * next[r];
        }
      }
      if (below >= n) break;
      double sums[4];
      const Columns4 four{{column(j) + below, column(j + 1) + below, column(j + 2) + below, column(j + 3) + below}, w + j, v + j, next + j};
      passColumns<true>(isPending, four, v + below, w + below, next + below, y + below, sums, n - below);
      for (int64_t c = 0; c < 4; c++) y[j + c] += sums[c];
    }
    // w = τ·A·v - ½·τ²·(vᵀ·A·v)·v
    const double half = -0.5 * tau * tau * dotProduct(y + i + 1, next + i + 1, length);
    for (int64_t j = i + 1; j < n; j++) w[j] = tau * y[j] + half * next[j];
    double* kept = v;
    v = next;
    next = kept;
    isPending = true;
  }
}

// Arguments: rows m, columns n ≤ m, the addresses of the matrix (left reflectors stay below the diagonal), of n × n elements that get the right
// reflectors below their first lower diagonal, of d, e, left and right taus.
inline void bidiagonalise() {
  const int64_t m = integer(0), n = integer(1);
  double *a = pointer<double>(2), *right = pointer<double>(3), *d = pointer<double>(4), *e = pointer<double>(5);
  double *leftTaus = pointer<double>(6), *rightTaus = pointer<double>(7);
  double* memory = workspace(4, 3 * m + 3 * n);
  // What is still to be subtracted from the matrix: v·xᵀ of the left reflector, y·uᵀ of the right one.
  double *v = memory, *y = memory + m, *next = memory + 2 * m, *x = memory + 3 * m, *u = x + n, *nextX = u + n;
  const auto column = [&](int64_t j) { return a + j * m; };
  bool isPending = false;
  for (int64_t i = 0; i < n; i++) {
    const int64_t height = m - i;
    if (isPending) subtractTwo(column(i) + i, x[i], v + i, u[i], y + i, height);
    double* top = column(i) + i;
    const double tau = makeReflector(top, height);
    d[i] = top[0];
    leftTaus[i] = tau;
    if (i == n - 1) break;
    std::memcpy(next + i, top, height * sizeof(double));
    next[i] = 1;
    parallelFor(n - i - 1, 4 * (1 + 4096 / height), [&](int64_t begin, int64_t end) {
      int64_t j = i + 1 + begin;
      for (; j + 4 <= i + 1 + end; j += 4) {
        const Columns4 four{{column(j) + i, column(j + 1) + i, column(j + 2) + i, column(j + 3) + i}, x + j, u + j, nullptr};
        passColumns<false>(isPending, four, v + i, y + i, next + i, nullptr, nextX + j, height);
        for (int64_t c = 0; c < 4; c++) nextX[j + c] *= tau;
      }
      for (; j < i + 1 + end; j++) {
        double* at = column(j) + i;
        if (isPending) subtractTwo(at, x[j], v + i, u[j], y + i, height);
        nextX[j] = tau * dotProduct(at, next + i, height);
      }
    });
    // The row that the right reflector is made of.
    const int64_t width = n - i - 1;
    double* row = right + (i + 1) + i * n;
    for (int64_t j = 0; j < width; j++) row[j] = column(i + 1 + j)[i] - nextX[i + 1 + j];
    const double rightTau = makeReflector(row, width);
    e[i] = row[0];
    rightTaus[i] = rightTau;
    std::memcpy(u + i + 1, row, width * sizeof(double));
    u[i + 1] = 1;
    // y = τ·(A - v·xᵀ)·u
    const double inner = dotProduct(nextX + i + 1, u + i + 1, width);
    parallelFor(height, 256, [&](int64_t begin, int64_t end) {
      double* to = y + i + begin;
      const int64_t count = end - begin;
      for (int64_t k = 0; k < count; k++) to[k] = -inner * next[i + begin + k];
      int64_t j = i + 1;
      for (; j + 4 <= n; j += 4) {
        const double *c0 = column(j) + i + begin, *c1 = c0 + m, *c2 = c1 + m, *c3 = c2 + m;
        const double f0 = u[j], f1 = u[j + 1], f2 = u[j + 2], f3 = u[j + 3];
        FB_LOOP (int64_t k = 0; k < count; k++) to[k] += (f0 * c0[k] + f1 * c1[k]) + (f2 * c2[k] + f3 * c3[k]);
      }
      for (; j < n; j++) addMultiple(to, u[j], column(j) + i + begin, count);
      for (int64_t k = 0; k < count; k++) to[k] *= rightTau;
    });
    double* kept = v;
    v = next;
    next = kept;
    kept = x;
    x = nextX;
    nextX = kept;
    isPending = true;
  }
}

// Rows that are rotated at a time: four vectors.
constexpr int64_t kTurned = 4 * Vector<double>::lanes;

struct Turn {
  double at, c, s;
};

// Columns i, i + 1 become c·x + s·y, c·y - s·x. A run of turns at neighbouring columns keeps the column that two of them share in registers.
inline void turnRows(double* columns, const Turn* turns, int64_t count) {
  typedef Vector<double>::type V;
  constexpr int lanes = Vector<double>::lanes;
  const auto get = [&](int64_t column, V* into) {
    for (int k = 0; k < 4; k++) into[k] = load<double>(columns + column * kTurned + k * lanes);
  };
  const auto put = [&](int64_t column, const V* from) {
    for (int k = 0; k < 4; k++) store<double>(columns + column * kTurned + k * lanes, from[k]);
  };
  V kept[4], other[4], done[4];
  for (int64_t t = 0; t < count;) {
    int64_t i = static_cast<int64_t>(turns[t].at);
    const bool isUp = t + 1 < count && turns[t + 1].at == i + 1;
    if (isUp || !(t + 1 < count && turns[t + 1].at == i - 1)) {
      get(i, kept);
      for (;; i++) {
        const V c = splat(turns[t].c), s = splat(turns[t].s);
        get(i + 1, other);
        for (int k = 0; k < 4; k++) {
          done[k] = c * kept[k] + s * other[k];
          kept[k] = c * other[k] - s * kept[k];
        }
        put(i, done);
        t++;
        if (t >= count || turns[t].at != i + 1) break;
      }
      put(i + 1, kept);
    } else {
      get(i + 1, kept);
      for (;; i--) {
        const V c = splat(turns[t].c), s = splat(turns[t].s);
        get(i, other);
        for (int k = 0; k < 4; k++) {
          done[k] = c * kept[k] - s * other[k];
          kept[k] = c * other[k] + s * kept[k];
        }
        put(i + 1, done);
        t++;
        if (t >= count || turns[t].at != i - 1) break;
      }
      put(i, kept);
    }
  }
}

// Arguments: rows, columns, the address of the matrix, the number of turns, their address.
inline void turn() {
  const int64_t rows = integer(0), columns = integer(1), count = integer(3);
  double* a = pointer<double>(2);
  const Turn* turns = pointer<const Turn>(4);
  parallelFor((rows + kTurned - 1) / kTurned, 1, [&](int64_t begin, int64_t end) {
    double* copy = workspace(5, columns * kTurned);
    for (int64_t piece = begin; piece < end; piece++) {
      const int64_t first = piece * kTurned, here = smaller(rows - first, kTurned);
      for (int64_t j = 0; j < columns; j++) {
        std::memcpy(copy + j * kTurned, a + j * rows + first, here * sizeof(double));
        for (int64_t i = here; i < kTurned; i++) copy[j * kTurned + i] = 0;
      }
      turnRows(copy, turns, count);
      for (int64_t j = 0; j < columns; j++) std::memcpy(a + j * rows + first, copy + j * kTurned, here * sizeof(double));
    }
  });
}

// Arguments: rows, columns of c, its address, columns of the matrix with the reflectors (which has as many rows), its address, the number of
// reflectors, the address of their taus, the shift, whether of c only what begins below is to be changed.
inline void reflect() {
  const int64_t rows = integer(0), columns = integer(1), count = integer(5), shift = integer(7);
  const bool isTriangle = integer(8) != 0;
  const Square c{pointer<double>(2), 1, rows};
  const Given packed{pointer<const double>(4), 1, rows};
  if (count > 0) applyReflectors(c, rows, columns, packed, pointer<const double>(6), count, shift, isTriangle);
}

}  // namespace FB_NAMESPACE
}  // namespace fb

FB_KERNEL(tridiagonalise) { fb::FB_NAMESPACE::tridiagonalise(); }
FB_KERNEL(bidiagonalise) { fb::FB_NAMESPACE::bidiagonalise(); }
FB_KERNEL(turn) { fb::FB_NAMESPACE::turn(); }
FB_KERNEL(reflect) { fb::FB_NAMESPACE::reflect(); }
