/** Decompositions against PyTorch's, signs and phases of vectors included, and what holds for every matrix. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import type { TensorJson } from "../golden/cases.js";
import { assertClose } from "../golden/close.js";
import { makeTensor } from "../golden/decode.js";

type Results = Readonly<Record<string, readonly TensorJson[]>>;

const cases: readonly (Results & { readonly input: TensorJson; readonly name?: string })[] = JSON.parse(
  readFileSync(new URL("./values.json", import.meta.url), "utf8"),
);

const decompositions: Readonly<Record<string, (input: torch.Tensor) => torch.Tensor | readonly torch.Tensor[]>> = {
  svd: (A) => torch.linalg.svd(A, false),
  qr: (A) => torch.linalg.qr(A),
  lu: (A) => torch.linalg.lu(A),
  eighLower: (A) => torch.linalg.eigh(A, "L"),
  eighUpper: (A) => torch.linalg.eigh(A, "U"),
  ldlFactor: (A) => torch.linalg.ldlFactor(A.add(A.adjoint()), { hermitian: true }),
  eig: (A) => torch.linalg.eig(A),
  eigvals: (A) => [torch.linalg.eigvals(A)],
};

describe("PyTorch's values", () => {
  for (const { input, name, ...results } of cases) {
    for (const [kind, expected] of Object.entries(results as Results)) {
      test(`${kind} of ${name ?? `${input.dtype} [${input.shape.join(", ")}]`}`, () => {
        const actual = decompositions[kind]?.(makeTensor(input));
        const tolerance =
          name === "defective"
            ? { rtol: 0, atol: 1e-4 }
            : input.dtype === "float32"
              ? { rtol: 1e-4, atol: 1e-5 }
              : { rtol: 1e-7, atol: 1e-7 };
        expected.forEach((one, i) => {
          const exact = one.dtype === "int32" ? undefined : tolerance;
          assertClose((actual as readonly torch.Tensor[])[i], { $tensor: { ...one } }, { tolerance: exact }, `${kind}[${i}]`);
        });
      });
    }
  }
});

const dtypes = [torch.float32, torch.float64, torch.complex64, torch.complex128];
const shapes = [
  [1, 1],
  [7, 7],
  [3, 40, 4],
  [2, 4, 11],
  [30, 30],
  [2, 0, 3],
  [3, 0],
];

const precise = (dtype: torch.DType): boolean => dtype === torch.float64 || dtype === torch.complex128;

function expectSame(actual: torch.Tensor, expected: torch.Tensor): void {
  const atol = precise(actual.dtype) ? 1e-10 : 2e-4;
  expect(actual.shape).toEqual(expected.shape);
  expect(torch.allclose(actual, expected, { rtol: 0, atol })).toBe(true);
}

function random(shape: readonly number[], dtype: torch.DType): torch.Tensor {
  torch.manualSeed(3);
  return torch.randn(shape, { dtype });
}

/** Whether columns are orthonormal. */
function expectUnitary(Q: torch.Tensor): void {
  const n = Q.size(-1);
  expectSame(Q.adjoint().matmul(Q), torch.eye(n, { dtype: Q.dtype }).expand([...Q.shape.slice(0, -2), n, n]));
}

describe.each(dtypes)("%s", (dtype) => {
  test.each(shapes)("factors of [%i, %i, …] multiply to the matrix", (...shape) => {
    const A = random(shape, dtype);
    for (const full of [false, true]) {
      const { U, S, Vh } = torch.linalg.svd(A, full);
      const k = S.size(-1);
      expectUnitary(U);
      expectUnitary(Vh.adjoint());
      expectSame(
        U.narrow(-1, 0, k)
          .mul(S.unsqueeze(-2))
          .matmul(Vh.narrow(-2, 0, k)),
        A,
      );
      expectSame(torch.linalg.svdvals(A), S);
      const { Q, R } = torch.linalg.qr(A, full ? "complete" : "reduced");
      expectUnitary(Q);
      expectSame(Q.matmul(R), A);
    }
    const { P, L, U } = torch.linalg.lu(A);
    expectSame(P.matmul(L).matmul(U), A);
  });

  test("square matrices: solutions, inverses, eigenvectors, determinants", () => {
    const A = random([2, 9, 9], dtype);
    const B = random([2, 9, 3], dtype);
    const H = A.add(A.adjoint());
    expectSame(A.matmul(torch.linalg.solve(A, B)), B);
    expectSame(torch.linalg.solve(A, B.adjoint(), { left: false }).matmul(A), B.adjoint());
    expectSame(A.matmul(torch.linalg.inv(A)), torch.eye(9, { dtype }).expand([2, 9, 9]));
    const { LU, pivots } = torch.linalg.luFactor(A);
    for (const adjoint of [false, true]) {
      const M = adjoint ? A.adjoint() : A;
      expectSame(M.matmul(torch.linalg.luSolve(LU, pivots, B, { adjoint })), B);
      expectSame(torch.linalg.luSolve(LU, pivots, B.adjoint(), { adjoint, left: false }).matmul(M), B.adjoint());
    }
    for (const hermitian of [false, true]) {
      const M = hermitian ? H : A.add(A.mT);
      const factors = torch.linalg.ldlFactor(M, { hermitian });
      expectSame(M.matmul(torch.linalg.ldlSolve(factors.LD, factors.pivots, B, { hermitian })), B);
    }
    for (const UPLO of ["L", "U"] as const) {
      const { eigenvalues, eigenvectors } = torch.linalg.eigh(H, UPLO);
      expectUnitary(eigenvectors);
      expectSame(eigenvectors.mul(eigenvalues.unsqueeze(-2)).matmul(eigenvectors.adjoint()), H);
    }
    const { eigenvalues, eigenvectors } = torch.linalg.eig(A);
    expectSame(A.to(eigenvectors.dtype).matmul(eigenvectors), eigenvectors.mul(eigenvalues.unsqueeze(-2)));
    const { sign, logabsdet } = torch.linalg.slogdet(A);
    const scale = torch.linalg.det(A).abs();
    expectSame(torch.linalg.det(A).div(scale), sign.mul(logabsdet.exp()).div(scale));
    const positive = A.matmul(A.adjoint());
    const U = torch.linalg.cholesky(positive, { upper: true });
    expectSame(U.adjoint().matmul(U), positive);
  });
});

describe("least squares", () => {
  test.each(["gels", "gelsy", "gelsd", "gelss"] as const)("%s solves in both shapes", (driver) => {
    for (const shape of [
      [2, 8, 3],
      [2, 3, 8],
    ]) {
      const A = random(shape, torch.float64);
      const B = random([2, shape[1] as number, 2], torch.float64);
      expectSame(torch.linalg.lstsq(A, B, { driver }).solution, torch.linalg.pinv(A).matmul(B));
    }
  });

  test("a matrix without full rank has its rank and the shortest solution", () => {
    const A = torch.tensor([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    const { solution, rank, residuals } = torch.linalg.lstsq(A, torch.tensor([[1], [2], [3]]), { driver: "gelsd" });
    expect(rank.item()).toBe(1);
    expect(residuals.shape).toEqual([0]);
    expectSame(solution, torch.tensor([[0.2], [0.4]]));
  });
});
