/** Muon. */

import { bfloat16 } from "../core/dtype.js";
import { ArgumentError, ShapeError } from "../core/errors.js";
import { formatShape } from "../core/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete } from "./options.js";

/** Options of `Muon`. */
export interface MuonOptions {
  /** The learning rate. */
  lr?: number;
  /** The weight decay, decoupled from the gradient. */
  weightDecay?: number;
  /** The momentum factor. */
  momentum?: number;
  /** Whether to look ahead along the momentum. */
  nesterov?: boolean;
  /** The coefficients of the Newton–Schulz iteration. */
  nsCoefficients?: readonly number[];
  /** The least norm that is divided by. */
  eps?: number;
  /** The number of Newton–Schulz iterations. */
  nsSteps?: number;
  /** How the learning rate depends on a matrix's shape: `"original"` (the default) or `"match_rms_adamw"`. */
  adjustLrFn?: "original" | "match_rms_adamw" | null;
}

type Group = Complete<MuonOptions>;

/** The nearest matrix with orthonormal rows or columns, by a quintic Newton–Schulz iteration in bfloat16. */
function orthogonalized(matrix: Tensor, [a, b, c]: readonly [number, number, number], steps: number, eps: number): Tensor {
  const tall = (matrix.shape[0] as number) > (matrix.shape[1] as number);
  let x = matrix.to(bfloat16);
  if (tall) x = x.t();
  x = x.div(x.norm().clamp(eps));
  for (let i = 0; i < steps; i++) {
    const gram = x.mm(x.t());
    const update = gram.addmm(gram, gram, { beta: b, alpha: c });
    x = x.addmm(update, x, { beta: a });
  }
  return tall ? x.t() : x;
}

/**
 * Momentum, orthogonalised: for the matrices of hidden layers; other parameters belong to another optimiser, such as `AdamW`.
 *
 * Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
 */
export class Muon extends Optimizer<Group> {
  constructor(params: Parameters<MuonOptions>, options?: MuonOptions);
  constructor(params: Parameters<MuonOptions>, lr: number, options?: Omit<MuonOptions, "lr">);
  constructor(
    params: Parameters<MuonOptions>,
    lr: number,
    weightDecay: number,
    momentum?: number,
    nesterov?: boolean,
    nsCoefficients?: readonly number[],
    eps?: number,
    nsSteps?: number,
  );
  constructor(...args: unknown[]) {
    super(
      "Muon(any params, float lr=0.001, float weightDecay=0.1, float momentum=0.95, bool nesterov=true, float[] nsCoefficients=[3.4445 -4.775 2.0315], float eps=1e-7, int nsSteps=5, str? adjustLrFn=null)",
      args,
    );
    for (const { params } of this.paramGroups) params.forEach((param) => void checkMatrix(this.className, param));
  }

  /** @throws {ShapeError} for a parameter that is no matrix. */
  override addParamGroup(group: { params: Iterable<Tensor> } & Partial<Group>): void {
    const params = [...group.params];
    for (const param of params) checkMatrix(this.className, param);
    super.addParamGroup({ ...group, params });
  }

  protected override check(options: Group): void {
    const { lr, momentum, weightDecay, adjustLrFn, nsSteps, nsCoefficients } = options;
    const demand = (holds: boolean, text: string): void => {
      if (!holds) throw new ArgumentError(`${this.className}: ${text}`);
    };
    demand(lr >= 0, `Learning rate should be >= 0 but is: ${lr}`);
    demand(momentum >= 0, `momentum should be >= 0 but is: ${momentum}`);
    demand(weightDecay >= 0, `weight decay should be >= 0 but is: ${weightDecay}`);
    demand(
      adjustLrFn === null || adjustLrFn === "original" || adjustLrFn === "match_rms_adamw",
      `Adjust learning rate function ${adjustLrFn} is not supported`,
    );
    demand(nsSteps < 100, `Number of steps must be less than 100 for computational efficiency, got ${nsSteps}`);
    demand(nsCoefficients.length === 3, `Coefficients must be a tuple of exactly 3 values, got ${nsCoefficients.length}`);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, weightDecay, momentum, nesterov, nsCoefficients, eps, nsSteps, adjustLrFn } = group;
    const buffer = moment(state, "momentumBuffer", grad).lerp_(grad, 1 - momentum);
    const direction = orthogonalized(
      nesterov ? grad.lerp(buffer, momentum) : buffer,
      nsCoefficients as readonly [number, number, number],
      nsSteps,
      eps,
    );
    const [rows, columns] = param.shape as readonly [number, number];
    const ratio = adjustLrFn === "match_rms_adamw" ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
    param.mul_(1 - lr * weightDecay);
    param.sub_(direction, { alpha: lr * ratio });
  }

  protected override updateComplex(): void {
    throw new ArgumentError(`${this.className}: Muon does not support complex parameters`);
  }
}

function checkMatrix(name: string, param: Tensor): void {
  if (param.ndim !== 2)
    throw new ShapeError(`${name}: Muon only supports 2D parameters whereas we found a parameter with size: ${formatShape(param.shape)}`);
}
