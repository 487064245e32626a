/** `torch.nn.utils.parametrizations`: weights of a certain form. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { eye } from "../../ops/create/ranges.js";
import * as linalg from "../../ops/linalg.js";
import { cat } from "../../ops/shape/joining.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import { normalize } from "../functional.js";
import { Module } from "../module.js";
import { registerParametrization } from "./parametrize.js";
import { tensorOf } from "./replaced.js";
import { asRows, outputDim, type SpectralNormOptions, unitVector } from "./spectralNorm.js";
import { normExceptDim, withLength } from "./weightNorm.js";

class _WeightNorm extends Module<Tensor[], Tensor> {
  constructor(readonly dim: number | null) {
    super();
  }

  forward(...originals: Tensor[]): Tensor {
    const [g, v] = originals as [Tensor, Tensor];
    return withLength(v, g, this.dim);
  }

  rightInverse(weight: Tensor): readonly Tensor[] {
    return [normExceptDim(weight, this.dim), weight];
  }
}

const normArguments = reader("weightNorm(any module, str name='weight', int? dim=0)");

/**
 * A weight given by its lengths, `original0`, one for each slice along `dim` (null: one for all), and its direction, `original1`: `original1 · original0
 * / |original1|` (Salimans and Kingma, 2016). States of `nn.utils.weightNorm` are read too.
 * @throws {ArgumentError} if there is no such tensor.
 */
export function weightNorm<M extends Module>(
  module: M,
  ...args: Args<[name: string, dim: number | null], { name?: string; dim?: number | null }>
): M {
  const [, name, dim] = normArguments([module, ...args]);
  registerParametrization(module, name, new _WeightNorm(dim), { unsafe: true });
  module.registerLoadStateDictPreHook((_module, state, prefix) => {
    const [g, v] = [state[`${prefix}${name}_g`], state[`${prefix}${name}_v`]];
    if (g === undefined || v === undefined) return;
    Reflect.deleteProperty(state, `${prefix}${name}_g`);
    Reflect.deleteProperty(state, `${prefix}${name}_v`);
    state[`${prefix}parametrizations.${name}.original0`] = g;
    state[`${prefix}parametrizations.${name}.original1`] = v;
  });
  return module;
}

class _SpectralNorm extends Module<Tensor[], Tensor> {
  readonly dim: number;

  constructor(
    weight: Tensor,
    readonly nPowerIterations: number,
    dim: number,
    readonly eps: number,
  ) {
    super();
    const rank = weight.shape.length;
    if (dim >= rank || dim < -rank)
      throw new IndexError(`spectralNorm: Dimension out of range (expected to be in range of [-${rank}, ${rank - 1}] but got ${dim})`);
    if (nPowerIterations <= 0)
      throw new ArgumentError(`spectralNorm: Expected n_power_iterations to be positive, but got n_power_iterations=${nPowerIterations}`);
    this.dim = dim < 0 ? dim + rank : dim;
    if (rank === 1) return;
    const matrix = asRows(weight.data, this.dim);
    const [rows, columns] = matrix.shape as [number, number];
    this.registerBuffer("_u", unitVector(matrix, rows, eps));
    this.registerBuffer("_v", unitVector(matrix, columns, eps));
    this.iterate(matrix, 15);
  }

  private iterate(matrix: Tensor, steps: number): void {
    const [u, v] = [tensorOf("spectralNorm", this, "_u"), tensorOf("spectralNorm", this, "_v")];
    const options = { dim: 0, eps: this.eps };
    noGrad(() => {
      for (let i = 0; i < steps; i++) {
        u.copy_(normalize(matrix.mv(v), options));
        v.copy_(normalize(matrix.t().mv(u), options));
      }
    });
  }

  forward(weight: Tensor): Tensor {
    if (weight.shape.length === 1) return normalize(weight, { dim: 0, eps: this.eps });
    const matrix = asRows(weight, this.dim);
    if (this.training) this.iterate(matrix, this.nPowerIterations);
    const [u, v] = [tensorOf("spectralNorm", this, "_u").clone(), tensorOf("spectralNorm", this, "_v").clone()];
    return weight.div(u.dot(matrix.mv(v)));
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

const spectralArguments = reader("spectralNorm(any module, str name='weight', int nPowerIterations=1, float eps=1e-12, int? dim=null)");

/**
 * A weight divided by its largest singular value, which every call in training comes closer to by a step of the power iteration (Miyato et al., 2018).
 * @throws {ArgumentError} if there is no such tensor.
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...args: Args<[name: string, nPowerIterations: number, eps: number, dim: number | null], SpectralNormOptions>
): M {
  const [, name, iterations, eps, dim] = spectralArguments([module, ...args]);
  const weight = tensorOf("spectralNorm", module, name);
  return registerParametrization(module, name, new _SpectralNorm(weight, iterations, dim ?? outputDim(module), eps));
}

/** How a matrix is made orthogonal: from a skew-symmetric one by the exponential or Cayley's map, or as a product of reflections. */
export type OrthogonalMap = "matrix_exp" | "cayley" | "householder";

/** The orthogonal factor of a QR decomposition whose other factor has a positive diagonal. */
function orthogonalFactor(matrix: Tensor): Tensor {
  const [q, r] = linalg.qr(matrix);
  return q.mul(r.diagonal(0, -2, -1).sgn().unsqueeze(-2));
}

function isOrthogonal(matrix: Tensor): boolean {
  const [rows, columns] = matrix.shape.slice(-2) as [number, number];
  const identity = eye(columns, { dtype: matrix.dtype, device: matrix.device });
  const eps = matrix.dtype.name === "float64" || matrix.dtype.name === "complex128" ? 2 ** -52 : 2 ** -23;
  const far = matrix.mT.conj().matmul(matrix).sub(identity).abs().max();
  return Number(far.item()) <= 10 * rows * eps;
}

class _Orthogonal extends Module<Tensor[], Tensor> {
  /** The matrix that others are relative to. */
  base: Tensor | null = null;

  constructor(
    weight: Tensor,
    readonly orthogonalMap: OrthogonalMap,
  ) {
    super();
    if (weight.dtype.isComplex && orthogonalMap === "householder")
      throw new ArgumentError("orthogonal: The householder parametrization does not support complex tensors.");
  }

  forward(given: Tensor): Tensor {
    const [rows, columns] = given.shape.slice(-2) as [number, number];
    const wide = rows < columns;
    const made = this.map(wide ? given.mT : given);
    const based = this.base === null ? made : this.base.matmul(made);
    return wide ? based.mT : based;
  }

  /** A tall matrix with orthonormal columns. */
  private map(x: Tensor): Tensor {
    const [n, k] = x.shape.slice(-2) as [number, number];
    if (this.orthogonalMap === "householder") {
      const reflections = x.tril(-1);
      const tau = reflections.square().sum(-2).add(1).reciprocal().mul(2);
      const signs = x.diagonal(0, -2, -1).detach().trunc();
      return linalg.householderProduct(reflections, tau).mul(signs.unsqueeze(-2));
    }
    const lower = x.tril();
    const square = n === k ? lower : cat([lower, x.newZeros([...x.shape.slice(0, -1), n - k])], -1);
    const skew = square.sub(square.mT.conj());
    const identity = eye(n, { dtype: x.dtype, device: x.device });
    const full =
      this.orthogonalMap === "matrix_exp" ? linalg.matrixExp(skew) : linalg.solve(identity.sub(skew.mul(0.5)), identity.add(skew.mul(0.5)));
    return n === k ? full : full.narrow(-1, 0, k);
  }
}

/** Reflections, which can be found for a matrix with orthonormal columns. */
class Reflections extends _Orthogonal {
  override _getName(): string {
    return "_Orthogonal";
  }

  rightInverse(value: Tensor): Tensor {
    const [rows, columns] = value.shape.slice(-2) as [number, number];
    const [packed, tau] = (rows < columns ? value.mT : value).geqrf();
    const signs = packed.diagonal(0, -2, -1).sign();
    const diagonal = signs.mul(tau.eq(0).to(signs.dtype).mul(-2).add(1));
    const made = packed.clone();
    made.diagonal(0, -2, -1).copy_(diagonal);
    return rows < columns ? made.mT : made;
  }
}

/** Relative to the last matrix that was assigned, at which the parameter is the negative identity (Lezcano Casado, 2019). */
class Trivialized extends _Orthogonal {
  private readonly shape: readonly number[];

  constructor(weight: Tensor, orthogonalMap: OrthogonalMap) {
    super(weight, orthogonalMap);
    this.shape = weight.shape;
    this.registerBuffer("base", null);
  }

  override _getName(): string {
    return "_Orthogonal";
  }

  rightInverse(value: Tensor): Tensor {
    if (!sameShape(value.shape, this.shape))
      throw new ShapeError(
        `orthogonal: Expected a matrix or batch of matrices of shape ${formatShape(this.shape)}. Got a tensor of shape ${formatShape(value.shape)}.`,
      );
    const [rows, columns] = value.shape.slice(-2) as [number, number];
    const tall = rows < columns ? value.mT : value;
    const [n, k] = tall.shape.slice(-2) as [number, number];
    if (n === k) this.base = isOrthogonal(tall) ? tall.clone() : orthogonalFactor(tall);
    else this.base = orthogonalFactor(cat([tall, tall.newEmpty([...tall.shape.slice(0, -1), n - k]).normal_(0, 1)], -1));
    const negative = value.newZeros(value.shape);
    negative.diagonal(0, -2, -1).fill_(-1);
    return negative;
  }
}

/**
 * A matrix, or a batch of them, with orthonormal rows or columns, whichever are fewer. `orthogonalMap` is the exponential of skew-symmetric matrices for
 * square matrices unless it is given, and a product of Householder reflections for others. The weight that is there is kept if it is orthogonal.
 * @throws {ArgumentError} if there is no such tensor, or for an unknown map.
 */
export function orthogonal<M extends Module>(
  module: M,
  name = "weight",
  orthogonalMap: OrthogonalMap | null = null,
  { useTrivialization = true }: { useTrivialization?: boolean } = {},
): M {
  const weight = tensorOf("orthogonal", module, name);
  if (weight.shape.length < 2)
    throw new ArgumentError(`orthogonal: Expected a matrix or batch of matrices. Got a tensor of ${weight.shape.length} dimensions.`);
  const [rows, columns] = weight.shape.slice(-2);
  const map = orthogonalMap ?? (rows === columns || weight.dtype.isComplex ? "matrix_exp" : "householder");
  if (map !== "matrix_exp" && map !== "cayley" && map !== "householder")
    throw new ArgumentError(`orthogonal: orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: ${String(map)}`);
  const Kind = useTrivialization ? Trivialized : map === "householder" ? Reflections : _Orthogonal;
  return registerParametrization(module, name, new Kind(weight, map), { unsafe: true });
}
