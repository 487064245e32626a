"""Random options of optimisers and schedulers: `python tools/crosscheck/optimizers.py OUT [COUNT [SEED]]` writes what PyTorch makes of them."""

import random
import sys
import warnings

import torch
from torch import optim

from describe import described, write

warnings.simplefilter("ignore")
rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
pick = rng.choice
flag = lambda: pick([True, False])
decay = lambda: pick([0, 0.01, 0.1])
betas = lambda: pick([(0.9, 0.999), (0.8, 0.9), (0.5, 0.99)])
eps = lambda: pick([1e-8, 1e-4])


def sgd():
    momentum = pick([0, 0.5, 0.9])
    nesterov = momentum > 0 and flag()
    return {"lr": pick([0.1, 0.01]), "momentum": momentum, "dampening": 0 if nesterov else pick([0, 0.1]), "weight_decay": decay(), "nesterov": nesterov, "maximize": flag()}


optimizers = {
    "SGD": sgd,
    "Adam": lambda: {"lr": pick([0.1, 0.01]), "betas": betas(), "eps": eps(), "weight_decay": decay(), "amsgrad": flag(), "maximize": flag()},
    "AdamW": lambda: {"lr": pick([0.1, 0.01]), "betas": betas(), "eps": eps(), "weight_decay": decay(), "amsgrad": flag(), "maximize": flag()},
    "Adamax": lambda: {"lr": 0.05, "betas": betas(), "eps": eps(), "weight_decay": decay(), "maximize": flag()},
    "NAdam": lambda: {"lr": 0.05, "betas": betas(), "eps": eps(), "weight_decay": decay(), "momentum_decay": pick([0.004, 0.1]), "decoupled_weight_decay": flag(), "maximize": flag()},
    "RAdam": lambda: {"lr": 0.05, "betas": betas(), "eps": eps(), "weight_decay": decay(), "decoupled_weight_decay": flag(), "maximize": flag()},
    "RMSprop": lambda: {"lr": 0.01, "alpha": pick([0.99, 0.5]), "eps": eps(), "weight_decay": decay(), "momentum": pick([0, 0.9]), "centered": flag(), "maximize": flag()},
    "Rprop": lambda: {"lr": 0.01, "etas": pick([(0.5, 1.2), (0.3, 1.5)]), "step_sizes": pick([(1e-6, 50), (1e-3, 0.05)]), "maximize": flag()},
    "Adagrad": lambda: {"lr": 0.1, "lr_decay": pick([0, 0.1]), "weight_decay": decay(), "initial_accumulator_value": pick([0, 0.5]), "eps": pick([1e-10, 1e-4]), "maximize": flag()},
    "Adadelta": lambda: {"lr": pick([1.5, 0.5]), "rho": pick([0.9, 0.5]), "eps": pick([1e-6, 1e-3]), "weight_decay": decay(), "maximize": flag()},
    "Adafactor": lambda: {"lr": pick([0.1, 0.01]), "beta2_decay": pick([-0.8, -0.5]), "eps": pick([(None, 1e-3), (1e-6, 1e-2)]), "d": pick([1.5, 1.0]), "weight_decay": decay(), "maximize": flag()},
    "ASGD": lambda: {"lr": 0.05, "lambd": pick([1e-4, 0.1]), "alpha": pick([0.75, 0.5]), "t0": pick([1e6, 3]), "weight_decay": decay(), "maximize": flag()},
    "LBFGS": lambda: {"lr": pick([1, 0.5]), "max_iter": rng.randint(1, 6), "history_size": rng.randint(1, 5), "line_search_fn": pick([None, "strong_wolfe"])},
}

few = lambda low=1, high=5: rng.randint(low, high)
plain = {
    "StepLR": lambda: ([few()], {"gamma": pick([0.1, 0.7])}),
    "MultiStepLR": lambda: ([sorted(rng.sample(range(1, 12), few(1, 4)))], {"gamma": pick([0.1, 0.7])}),
    "ConstantLR": lambda: ([], {"factor": pick([0.3, 0.9]), "total_iters": few()}),
    "LinearLR": lambda: ([], {"start_factor": pick([0.3, 0.9]), "end_factor": pick([0.5, 0.8]), "total_iters": few()}),
    "ExponentialLR": lambda: ([pick([0.9, 0.5])], {}),
    "PolynomialLR": lambda: ([], {"total_iters": few(2, 9), "power": pick([0.5, 2])}),
    "CosineAnnealingLR": lambda: ([few(2, 9)], {"eta_min": pick([0, 0.001])}),
    "CosineAnnealingWarmRestarts": lambda: ([few()], {"T_mult": few(1, 3), "eta_min": pick([0, 0.001])}),
    "CyclicLR": lambda: ([0.001, 0.1], {"step_size_up": few(), "step_size_down": pick([None, few()]), "mode": pick(["triangular", "triangular2", "exp_range"]), "gamma": 0.9, "cycle_momentum": False}),
    "OneCycleLR": lambda: ([0.1], {"total_steps": few(14, 20), "pct_start": pick([0.3, 0.6]), "anneal_strategy": pick(["cos", "linear"]), "cycle_momentum": False, "div_factor": pick([25, 10]), "final_div_factor": pick([1e4, 10]), "three_phase": flag()}),
    "ReduceLROnPlateau": lambda: ([], {"mode": pick(["min", "max"]), "factor": pick([0.1, 0.5]), "patience": few(0, 2), "threshold": pick([1e-4, 0.1]), "threshold_mode": pick(["rel", "abs"]), "cooldown": few(0, 2), "min_lr": pick([0, 0.001])}),
}
chainable = ["StepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR", "MultiStepLR"]


def scheduler():
    name = pick([*plain, "SequentialLR", "ChainedScheduler"])
    if name not in ("SequentialLR", "ChainedScheduler"):
        args, named = plain[name]()
        return {"name": name, "args": args, "named": named}
    parts = [{"name": one, **dict(zip(("args", "named"), plain[one]()))} for one in rng.sample(chainable, 2)]
    return {"name": name, "parts": parts, "milestones": [few(2, 6)]}


def built(spec, optimizer):
    make = getattr(optim.lr_scheduler, spec["name"])
    if spec["name"] == "SequentialLR":
        return make(optimizer, [built(part, optimizer) for part in spec["parts"]], spec["milestones"])
    if spec["name"] == "ChainedScheduler":
        return make([built(part, optimizer) for part in spec["parts"]], optimizer)
    return make(optimizer, *spec["args"], **spec["named"])


def record():
    name = pick(list(optimizers))
    options = optimizers[name]()
    torch.manual_seed(rng.randrange(2**31))
    shapes = [[3, 4], [5], []]
    # A line search divides by differences of losses: in float32 the last bit decides where it ends.
    dtype = torch.float64 if name == "LBFGS" else torch.float32
    params = [torch.randn(shape, dtype=dtype).requires_grad_() for shape in shapes]
    targets = [torch.randn(shape, dtype=dtype) for shape in shapes]
    start = [param.detach().clone() for param in params]
    second = {} if name == "LBFGS" or flag() else {"lr": options["lr"] * 2}
    groups = [{"params": params}] if name == "LBFGS" else [{"params": params[:2]}, {"params": params[2:], **second}]
    optimizer = getattr(optim, name)(groups, **options)
    spec = scheduler()
    schedule = built(spec, optimizer)
    scale = -1 if options.get("maximize") else 1

    def closure():
        optimizer.zero_grad()
        loss = sum((p - t).pow(2).sum() + 0.01 * p.pow(4).sum() for p, t in zip(params, targets)) * scale
        loss.backward()
        return loss

    steps = []
    for _ in range(12):
        loss = optimizer.step(closure)
        schedule.step(*([loss.item()] if spec["name"] == "ReduceLROnPlateau" else []))
        steps.append({"loss": loss.item(), "params": described([p.detach() for p in params]), "lr": [float(group["lr"]) for group in optimizer.param_groups]})
    return {"optimizer": name, "options": described(options), "second": second, "start": described(start), "targets": described(targets), "scheduler": described(spec), "steps": steps, "repr": repr(optimizer)}


records = []
while len(records) < (int(sys.argv[2]) if len(sys.argv) > 2 else 300):
    try:
        records.append(record())
    except ZeroDivisionError:
        pass  # PyTorch's line search where two points coincide
write(records, sys.argv[1])
print(len(records), "runs")
