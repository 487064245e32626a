/** Every optimiser with the keys of its state dict in PyTorch, and steps on a simple objective. */

import * as torch from "../../src/index.js";

type Tensor = torch.Tensor;
const { optim } = torch;

/** A leaf that requires grad. */
export const leaf = (data: torch.TensorData, dtype: torch.DType = torch.float32): Tensor =>
  torch.tensor(data, { dtype, requiresGrad: true });

/** Steps on the sum of |p|² over the parameters. */
export function descend(optimizer: torch.optim.Optimizer<object>, params: readonly Tensor[], steps: number = 1): void {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    for (const param of params) param.abs().pow(2).sum().backward();
    optimizer.step();
  }
}

/** How an optimiser is made, and the keys of its groups and of its state. */
interface Layout {
  readonly make: (params: Tensor[]) => torch.optim.Optimizer<object>;
  readonly group: string;
  readonly state: string;
}

/** The keys of PyTorch's state dicts. */
export const layouts: Readonly<Record<string, Layout>> = {
  SGD: {
    make: (p) => new optim.SGD(p, { momentum: 0.9 }),
    group: "lr momentum dampening weight_decay nesterov maximize foreach differentiable fused",
    state: "momentum_buffer",
  },
  RMSprop: {
    make: (p) => new optim.RMSprop(p, { momentum: 0.9, centered: true }),
    group: "lr momentum alpha eps centered weight_decay capturable foreach maximize differentiable",
    state: "step square_avg momentum_buffer grad_avg",
  },
  Adagrad: {
    make: (p) => new optim.Adagrad(p),
    group: "lr lr_decay eps weight_decay initial_accumulator_value foreach maximize differentiable fused",
    state: "step sum",
  },
  Adadelta: {
    make: (p) => new optim.Adadelta(p),
    group: "lr rho eps weight_decay maximize capturable foreach differentiable",
    state: "step square_avg acc_delta",
  },
  Adam: {
    make: (p) => new optim.Adam(p, { amsgrad: true }),
    group: "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay",
    state: "step exp_avg exp_avg_sq max_exp_avg_sq",
  },
  AdamW: {
    make: (p) => new optim.AdamW(p),
    group: "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay",
    state: "step exp_avg exp_avg_sq",
  },
  Adamax: {
    make: (p) => new optim.Adamax(p),
    group: "lr betas eps weight_decay foreach maximize differentiable capturable",
    state: "step exp_avg exp_inf",
  },
  NAdam: {
    make: (p) => new optim.NAdam(p),
    group: "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize foreach capturable differentiable",
    state: "step mu_product exp_avg exp_avg_sq",
  },
  RAdam: {
    make: (p) => new optim.RAdam(p),
    group: "lr betas eps weight_decay maximize foreach capturable decoupled_weight_decay differentiable",
    state: "step exp_avg exp_avg_sq",
  },
  Rprop: {
    make: (p) => new optim.Rprop(p),
    group: "lr etas step_sizes foreach maximize differentiable capturable",
    state: "step prev step_size",
  },
  ASGD: {
    make: (p) => new optim.ASGD(p),
    group: "lr lambd alpha t0 weight_decay foreach maximize differentiable capturable",
    state: "step eta mu ax",
  },
  Adafactor: {
    make: (p) => new optim.Adafactor(p),
    group: "lr beta2_decay eps d weight_decay foreach maximize",
    state: "step row_var col_var",
  },
  Muon: {
    make: (p) => new optim.Muon(p),
    group: "lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn",
    state: "momentum_buffer",
  },
};
