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

// y += a·x; gives the dot product of x and z.
inline double addAndDot(double* y, double a, const double* x, const double* z, int64_t n) {
  typedef Vector<double>::type V;
  constexpr int lanes = Vector<double>::lanes;
  V s{};
  const V factor = splat(a);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V column = load<double>(x + i);
    store<double>(y + i, load<double>(y + i) + factor * column);
    s += column * load<double>(z + i);
  }
  double sum = 0;
  for (int k = 0; k < lanes; k++) sum += s[k];
  for (; i < n; i++) {
    y[i] += a * x[i];
    sum += x[i] * z[i];
  }
  return sum;
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
    for (int64_t j = i + 1; j < n; j++) {
      double* at = column(j) + j;
      if (isPending) subtractTwo(at, w[j], v + j, v[j], w + j, n - j);
      y[j] += at[0] * next[j] + addAndDot(y + j + 1, next[j], at + 1, next + j + 1, n - j - 1);
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
    parallelFor(n - i - 1, 1 + 8192 / height, [&](int64_t begin, int64_t end) {
      for (int64_t j = i + 1 + begin; j < i + 1 + end; j++) {
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
