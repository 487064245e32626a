/** Learning rates over time, against PyTorch's. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type JsonObject, loadPart } from "../golden/cases.js";
import { decode } from "../golden/decode.js";
import { camelCase } from "../golden/names.js";

const { lrScheduler } = torch.optim;

interface Row {
  readonly scheduler: string;
  readonly kwargs: JsonObject;
  readonly lr0: number;
  readonly momentum0: number;
  readonly lrs: readonly number[];
}

const leaf = (): torch.Tensor => torch.ones(1, { requiresGrad: true });
const sgd = (groups = 1): torch.optim.SGD =>
  new torch.optim.SGD(groups === 1 ? [leaf()] : [{ params: [leaf()] }, { params: [leaf()], lr: 1 }], { lr: 0.1, momentum: 0.9 });
const rates = (optimizer: torch.optim.SGD): number | number[] => {
  const all = optimizer.paramGroups.map(({ lr }) => lr);
  return all.length === 1 ? (all[0] as number) : all;
};
const near = (values: readonly unknown[]): unknown[] =>
  values.map((value) => (Array.isArray(value) ? near(value) : expect.closeTo(value as number, 12)));

/** The rates before and after each of `steps` steps. */
function run(optimizer: torch.optim.SGD, scheduler: torch.optim.lrScheduler.LRScheduler, steps: number): unknown[] {
  const found: unknown[] = [rates(optimizer)];
  for (let i = 0; i < steps; i++) {
    optimizer.step();
    scheduler.step();
    found.push(rates(optimizer));
  }
  return found;
}

test.each(loadPart<readonly Row[]>("schedulers").map((row) => [row.scheduler, JSON.stringify(row.kwargs), row] as const))(
  "%s %s",
  (name, _, row) => {
    const optimizer = new torch.optim.SGD([leaf()], { lr: row.lr0, momentum: row.momentum0 });
    const options = Object.fromEntries(Object.entries(row.kwargs).map(([key, value]) => [camelCase(key), decode(value)]));
    const scheduler: unknown = Reflect.construct(Reflect.get(lrScheduler, name), [optimizer, options]);
    if (!(scheduler instanceof lrScheduler.LRScheduler)) throw new TypeError(name);
    const found = run(optimizer, scheduler, row.lrs.length - 1);
    expect(found).toEqual(near(row.lrs));
    expect(scheduler.getLastLr()).toEqual([optimizer.paramGroups[0]?.lr]);
  },
);

describe("functions of the user", () => {
  test("LambdaLR, one for each group", () => {
    const optimizer = sgd(2);
    const scheduler = new lrScheduler.LambdaLR(optimizer, [(epoch) => 0.9 ** epoch, (epoch) => 1 / (1 + epoch)]);
    expect(run(optimizer, scheduler, 4)).toEqual(
      near([
        [0.1, 1],
        [0.09, 0.5],
        [0.081, 1 / 3],
        [0.0729, 0.25],
        [0.06561, 0.2],
      ]),
    );
  });

  test("MultiplicativeLR", () => {
    const optimizer = sgd();
    expect(run(optimizer, new lrScheduler.MultiplicativeLR(optimizer, () => 0.5), 4)).toEqual(near([0.1, 0.05, 0.025, 0.0125, 0.00625]));
  });
});

describe("ReduceLROnPlateau", () => {
  test("waits, reduces, rests, and keeps above the least rate", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 1, cooldown: 1, minLr: 0.02 });
    const found = [5, 4, 4, 4, 4, 4, 3, 3, 3, 3].map((value) => {
      scheduler.step(value);
      return rates(optimizer);
    });
    expect(found).toEqual([0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025]);
  });

  test("follows what should rise, by absolute steps", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, "max", {
      factor: 0.1,
      patience: 0,
      threshold: 0.5,
      thresholdMode: "abs",
      eps: 0.005,
    });
    const found = [1, 1.2, 1.6, 1.7, 1.8].map((value) => {
      scheduler.step(torch.tensor(value));
      return rates(optimizer);
    });
    expect(found).toEqual(near([0.1, 0.01, 0.01, 0.001, 0.001]));
    expect(() => scheduler.step()).toThrow("missing required argument 'metrics'");
  });
});

describe("combinations", () => {
  test("SequentialLR", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.SequentialLR(
      optimizer,
      [new lrScheduler.ConstantLR(optimizer, 0.1, 2), new lrScheduler.ExponentialLR(optimizer, 0.9)],
      [3],
    );
    expect(run(optimizer, scheduler, 8)).toEqual(near([0.01, 0.01, 0.1, 0.1, 0.09, 0.081, 0.0729, 0.06561, 0.059049]));
  });

  test("a warm-up before a cosine", () => {
    const optimizer = sgd();
    const warm = new lrScheduler.LinearLR(optimizer, { startFactor: 0.1, totalIters: 3 });
    const scheduler = new lrScheduler.SequentialLR(optimizer, [warm, new lrScheduler.CosineAnnealingLR(optimizer, 5)], [3]);
    expect(run(optimizer, scheduler, 8)).toEqual(
      near([0.01, 0.04, 0.07, 0.1, 0.09045084971874738, 0.06545084971874737, 0.03454915028125263, 0.009549150281252633, 0]),
    );
  });

  test("ChainedScheduler", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.ChainedScheduler([
      new lrScheduler.ConstantLR(optimizer, 0.1, 2),
      new lrScheduler.ExponentialLR(optimizer, 0.9),
    ]);
    expect(run(optimizer, scheduler, 5)).toEqual(near([0.01, 0.009, 0.081, 0.0729, 0.06561, 0.059049]));
  });
});

describe("momentum moves the other way", () => {
  test("in OneCycleLR", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 0.5, 10);
    const found = [optimizer.paramGroups[0]?.momentum];
    for (let i = 0; i < 9; i++) {
      optimizer.step();
      scheduler.step();
      found.push(optimizer.paramGroups[0]?.momentum);
    }
    expect(found).toEqual(
      near([
        0.95, 0.9, 0.85, 0.854951556604879, 0.8688255099070633, 0.8888739533021842, 0.9111260466978157, 0.9311744900929366,
        0.945048443395121, 0.95,
      ]),
    );
    optimizer.step();
    scheduler.step();
    expect(() => scheduler.step()).toThrow("Tried to step 11 times. The specified number of total steps is 10");
  });

  test("in CyclicLR, through Adam's first beta", () => {
    const optimizer = new torch.optim.Adam([leaf()]);
    const scheduler = new lrScheduler.CyclicLR(optimizer, 0.01, 0.1, 2);
    const found = [optimizer.paramGroups[0]?.betas[0]];
    for (let i = 0; i < 5; i++) {
      scheduler.step();
      found.push(optimizer.paramGroups[0]?.betas[0]);
    }
    expect(found).toEqual(near([0.9, 0.85, 0.8, 0.85, 0.9, 0.85]));
    expect(optimizer.paramGroups[0]?.betas[1]).toBe(0.999);
  });
});

test("epochs may be given: fractions for warm restarts, the closed form elsewhere", () => {
  const optimizer = sgd();
  const restarts = new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 2, 2);
  const found = [0, 0.5, 1, 1.5, 2, 3.5, 6, 7.25, 14].map((epoch) => {
    restarts.step(epoch);
    return rates(optimizer);
  });
  expect(found).toEqual(
    near([0.1, 0.08535533905932738, 0.05, 0.014644660940672627, 0.1, 0.0691341716182545, 0.1, 0.09409606321741776, 0.1]),
  );
  const other = sgd();
  const steps = new lrScheduler.StepLR(other, 2, 0.5);
  steps.step(7);
  expect(rates(other)).toBe(0.0125);
});

describe("state", () => {
  test("has PyTorch's names", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.StepLR(optimizer, { stepSize: 2, gamma: 0.5 });
    run(optimizer, scheduler, 3);
    expect(scheduler.stateDict()).toEqual({ step_size: 2, gamma: 0.5, base_lrs: [0.1], last_epoch: 3, _step_count: 4, _last_lr: [0.05] });
    expect(Object.keys(new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 5).stateDict())).toEqual(
      expect.arrayContaining(["T_0", "T_i", "T_mult", "T_cur", "eta_min"]),
    );
    expect(Object.keys(new lrScheduler.CosineAnnealingLR(optimizer, 5).stateDict())).toContain("T_max");
    expect(optimizer.stateDict().param_groups[0]).toHaveProperty("initial_lr", 0.1);
  });

  const makers: Readonly<Record<string, (optimizer: torch.optim.SGD) => torch.optim.lrScheduler.LRScheduler>> = {
    StepLR: (o) => new lrScheduler.StepLR(o, 2),
    MultiStepLR: (o) => new lrScheduler.MultiStepLR(o, [2, 2, 4]),
    LinearLR: (o) => new lrScheduler.LinearLR(o),
    LambdaLR: (o) => new lrScheduler.LambdaLR(o, (epoch) => 0.5 ** epoch),
    CosineAnnealingLR: (o) => new lrScheduler.CosineAnnealingLR(o, 5),
    CosineAnnealingWarmRestarts: (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 2, 2),
    CyclicLR: (o) => new lrScheduler.CyclicLR(o, 0.01, 0.1, 3),
    OneCycleLR: (o) => new lrScheduler.OneCycleLR(o, 0.5, 20),
    SequentialLR: (o) => new lrScheduler.SequentialLR(o, [new lrScheduler.ConstantLR(o), new lrScheduler.ExponentialLR(o, 0.9)], [4]),
    ChainedScheduler: (o) => new lrScheduler.ChainedScheduler([new lrScheduler.ConstantLR(o), new lrScheduler.ExponentialLR(o, 0.9)]),
  };

  test.each(Object.entries(makers))("of %s resumes exactly", (_, make) => {
    const [first, second] = [sgd(), sgd()];
    const one = make(first);
    run(first, one, 3);
    const other = make(second);
    second.loadStateDict(first.stateDict());
    other.loadStateDict(one.stateDict());
    expect(run(second, other, 5)).toEqual(run(first, one, 5));
  });

  test("lastEpoch resumes from the optimiser's state", () => {
    const [first, second] = [sgd(), sgd()];
    run(first, new lrScheduler.ExponentialLR(first, 0.5), 3);
    expect(() => new lrScheduler.ExponentialLR(second, 0.5, 3)).toThrow("param 'initial_lr' is not specified in param_groups[0]");
    second.loadStateDict(first.stateDict());
    const scheduler = new lrScheduler.ExponentialLR(second, 0.5, 3);
    expect([rates(second), scheduler.lastEpoch]).toEqual([0.0125, 4]);
  });
});

describe("errors", () => {
  const optimizer = sgd();
  const plain = new torch.optim.Adagrad([leaf()]);
  const failures: readonly (readonly [() => unknown, string])[] = [
    [() => Reflect.construct(lrScheduler.StepLR, [{ lr: 1 }, 2]), "StepLR: object is not an Optimizer"],
    [() => new lrScheduler.StepLR(optimizer), "StepLR() missing required argument 'stepSize'"],
    [() => Reflect.construct(lrScheduler.StepLR, [optimizer, { step_size: 2 }]), "StepLR() got an unexpected keyword argument 'step_size'"],
    [() => new lrScheduler.ConstantLR(optimizer, 2), "ConstantLR: Constant multiplicative factor expected to be between 0 and 1, got 2"],
    [() => new lrScheduler.LinearLR(optimizer, 0), "LinearLR: Starting multiplicative factor expected to be greater than 0"],
    [() => new lrScheduler.LambdaLR(optimizer, [() => 1, () => 1]), "LambdaLR: Expected 1 lr_lambdas, but got 2"],
    [() => Reflect.construct(lrScheduler.LambdaLR, [optimizer, 0.5]), "LambdaLR: lr_lambda should be a function, but got number"],
    [() => new lrScheduler.ReduceLROnPlateau(optimizer, { factor: 1 }), "ReduceLROnPlateau: Factor should be < 1.0, got 1"],
    [() => new lrScheduler.OneCycleLR(optimizer, 1), "OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)"],
    [() => new lrScheduler.OneCycleLR(plain, 1, 10), "OneCycleLR: optimizer must support momentum or beta1"],
    [
      () => new lrScheduler.CyclicLR(optimizer, [0.1, 0.2], 1),
      "CyclicLR: base_lr must have the same length as optimizer.param_groups. base_lr has 2 values, param_groups has 1.",
    ],
    [() => new lrScheduler.CosineAnnealingWarmRestarts(optimizer, 0), "Expected positive integer T_0, but got 0"],
    [() => new lrScheduler.ChainedScheduler([]), "ChainedScheduler: "],
    [
      () => new lrScheduler.SequentialLR(optimizer, [new lrScheduler.StepLR(optimizer, 1)], [1]),
      "number of schedulers 1 and the number of milestones to be equal to 1",
    ],
    [
      () => new lrScheduler.SequentialLR(optimizer, [new lrScheduler.StepLR(sgd(), 1)], []),
      "expects all schedulers to belong to the same optimizer",
    ],
    [() => new lrScheduler.ChainedScheduler([new lrScheduler.ReduceLROnPlateau(optimizer)]), "does not support `ReduceLROnPlateau`"],
  ];
  for (const [make, message] of failures)
    test(message, () => {
      expect(make).toThrow(torch.TorchError);
      expect(make).toThrow(message);
    });
});
