/** Gradients of decompositions whose golden cases have none, and the errors that depend on values. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { gradcheck, gradgradcheck } = torch.autograd;

type Loss = (A: torch.Tensor) => torch.Tensor | torch.Tensor[];

function random(shape: readonly number[], dtype: torch.DType): torch.Tensor {
  torch.manualSeed(5);
  return torch.randn(shape, { dtype, requiresGrad: true });
}

/** What does not depend on the phases of complex vectors. */
const projections: Loss = (A) => {
  const { U, S, Vh } = torch.linalg.svd(A, false);
  return [
    S,
    U.matmul(Vh),
    U.narrow(-1, 0, 1).matmul(U.narrow(-1, 0, 1).adjoint()),
    Vh.narrow(-2, 0, 1)
      .adjoint()
      .matmul(Vh.narrow(-2, 0, 1)),
  ];
};

const losses: readonly (readonly [name: string, shape: readonly number[], dtype: torch.DType, loss: Loss])[] = [
  ["svd", [3, 3], torch.float64, (A) => [...torch.linalg.svd(A, false)]],
  ["svd, tall", [4, 2], torch.float64, (A) => [...torch.linalg.svd(A, false)]],
  ["svd, wide", [2, 2, 4], torch.float64, (A) => [...torch.linalg.svd(A, false)]],
  ["svd, one of its results", [3, 3], torch.float64, (A) => torch.linalg.svd(A, false).Vh],
  ["svd, full", [3, 2], torch.float64, (A) => torch.linalg.svd(A).U.narrow(-1, 0, 2)],
  ["svd, complex", [3, 3], torch.complex128, projections],
  ["svd, complex and tall", [4, 2], torch.complex128, projections],
  ["svd, complex and wide", [2, 4], torch.complex128, projections],
  ["torch.svd", [3, 2], torch.float64, (A) => [...torch.svd(A)]],
  [
    "eig",
    [3, 3],
    torch.float64,
    (A) => {
      const { eigenvalues, eigenvectors } = torch.linalg.eig(A);
      return [eigenvalues, eigenvectors.abs()];
    },
  ],
  [
    "eig, complex",
    [3, 3],
    torch.complex128,
    (A) => {
      const { eigenvalues, eigenvectors } = torch.linalg.eig(A);
      return [eigenvalues, eigenvectors.abs()];
    },
  ],
  [
    "eigh, complex",
    [3, 3],
    torch.complex128,
    (A) => {
      const { eigenvalues, eigenvectors } = torch.linalg.eigh(A.add(A.adjoint()));
      return [eigenvalues, eigenvectors.abs()];
    },
  ],
  ["qr, wide", [2, 4], torch.float64, (A) => [...torch.linalg.qr(A)]],
  ["qr, complex and tall", [4, 2], torch.complex128, (A) => [...torch.linalg.qr(A)]],
  ["qr, complex and wide", [2, 4], torch.complex128, (A) => [...torch.linalg.qr(A)]],
  ["lu, complex and tall", [4, 2], torch.complex128, (A) => [...torch.linalg.lu(A)].slice(1)],
  ["lu, complex and wide", [2, 4], torch.complex128, (A) => [...torch.linalg.lu(A)].slice(1)],
  ["slogdet, complex", [3, 3], torch.complex128, (A) => [...torch.linalg.slogdet(A)]],
  ["det, complex", [3, 3], torch.complex128, (A) => torch.linalg.det(A)],
  ["inv, complex", [3, 3], torch.complex128, (A) => torch.linalg.inv(A)],
  ["solve from the right, complex", [3, 3], torch.complex128, (A) => torch.linalg.solve(A, A.narrow(-2, 0, 2).conj(), { left: false })],
  ["pinv, complex", [2, 3], torch.complex128, (A) => torch.linalg.pinv(A)],
  ["cholesky, complex", [3, 3], torch.complex128, (A) => torch.linalg.cholesky(A.matmul(A.adjoint()))],
  ["matrixNorm, nuclear", [2, 3, 2], torch.float64, (A) => torch.linalg.matrixNorm(A, "nuc", [0, 2])],
  ["matrixNorm, spectral", [3, 2], torch.float64, (A) => torch.linalg.matrixNorm(A, -2)],
  ["cond", [3, 3], torch.float64, (A) => torch.linalg.cond(A, "fro")],
  [
    "householderProduct with fewer factors",
    [4, 3],
    torch.complex128,
    (A) => torch.linalg.householderProduct(A, A.select(-2, 0).narrow(-1, 0, 2)),
  ],
  ["ormqr, complex", [4, 2], torch.complex128, (A) => torch.ormqr(A, A.select(-2, 0), A.narrow(-1, 0, 2), { transpose: true })],
];

describe("derivatives", () => {
  test.each(losses)("%s", (_name, shape, dtype, loss) => {
    expect(gradcheck(loss, [random(shape, dtype)])).toBe(true);
    expect(gradgradcheck(loss, [random(shape, dtype)])).toBe(true);
  });
});

describe("errors", () => {
  const zeros = torch.zeros(2, 3, 3);
  test.each<readonly [string, () => unknown]>([
    ["linalg.cholesky: (Batch element 0): The factorization could not be completed", () => torch.linalg.cholesky(zeros)],
    ["linalg.inv: (Batch element 0): The diagonal element 1 is zero", () => torch.linalg.inv(zeros)],
    ["linalg.solve: (Batch element 0): The solver failed", () => torch.linalg.solve(zeros, torch.ones(2, 3, 1))],
    ["linalg.luFactor: (Batch element 0): U[1,1] is zero", () => torch.linalg.luFactor(zeros)],
    ["linalg.svd: (Batch element 0): The algorithm failed to converge", () => torch.linalg.svd(zeros.div(0))],
    ["linalg.eig: (Batch element 0): input tensor should not contain infs or NaNs", () => torch.linalg.eig(zeros.div(0))],
    ["linalg.eigh: (Batch element 0): The algorithm failed to converge", () => torch.linalg.eigh(zeros.div(0))],
    ["linalg.det: A must be batches of square matrices, but they are 3 by 4 matrices", () => torch.linalg.det(torch.zeros(3, 4))],
    ["linalg.inv: Low precision dtypes not supported. Got Half", () => torch.linalg.inv(torch.zeros(3, 3, { dtype: torch.float16 }))],
    ["linalg.qr: parameter `mode` should be one of", () => Reflect.apply(torch.linalg.qr, undefined, [zeros, "all"])],
    [
      "linalg.svd: The singular vectors in the complex case",
      () =>
        torch.linalg
          .svd(random([3, 3], torch.complex128))
          .U.real.sum()
          .backward(),
    ],
    [
      "linalg.eig: The eigenvectors in the complex case",
      () =>
        torch.linalg
          .eig(random([3, 3], torch.complex128))
          .eigenvectors.imag.sum()
          .backward(),
    ],
    [
      "linalg.qr: The derivative of linalg.qr depends on Q",
      () =>
        torch.linalg
          .qr(random([3, 3], torch.float64), "r")
          .R.sum()
          .backward(),
    ],
  ])("%s", (message, call) => {
    expect(call).toThrow(message);
  });

  test("singular matrices have info, a determinant of 0 and an infinite condition number", () => {
    expect(torch.linalg.invEx(zeros).info.tolist()).toEqual([1, 1]);
    expect(torch.linalg.slogdet(zeros).logabsdet.tolist()).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(torch.linalg.cond(zeros, 1).tolist()).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(torch.linalg.matrixRank(zeros).tolist()).toEqual([0, 0]);
  });
});
