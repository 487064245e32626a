/** Repeats what `optimizers.py` wrote, step by step. `node dist/tools/crosscheck/optimizers.js FILE`. */

import * as torch from "../../src/index.js";
import { difference, Report, recordsOf, valueOf } from "./records.js";

interface SchedulerSpec {
  readonly name: string;
  readonly args?: readonly unknown[];
  readonly named?: object;
  readonly parts?: readonly SchedulerSpec[];
  readonly milestones?: readonly number[];
}

interface OptimizerRecord {
  readonly optimizer: string;
  readonly options: { readonly maximize?: boolean };
  readonly second: object;
  readonly start: readonly unknown[];
  readonly targets: readonly unknown[];
  readonly scheduler: SchedulerSpec;
  readonly steps: readonly { readonly loss: number; readonly params: readonly unknown[]; readonly lr: readonly number[] }[];
  readonly repr: string;
}

interface AnyOptimizer {
  readonly paramGroups: readonly { readonly lr: number }[];
  zeroGrad(): void;
  step<R>(closure: () => R): R;
}

interface AnyScheduler {
  step(metric?: number): void;
}

const { lrScheduler } = torch.optim;

function built(spec: SchedulerSpec, optimizer: AnyOptimizer): AnyScheduler {
  const Scheduler = Reflect.get(lrScheduler, spec.name) as new (...args: unknown[]) => AnyScheduler;
  const parts = (spec.parts ?? []).map((part) => built(part, optimizer));
  if (spec.name === "SequentialLR") return new Scheduler(optimizer, parts, spec.milestones);
  if (spec.name === "ChainedScheduler") return new Scheduler(parts, optimizer);
  const named = valueOf(spec.named) as object;
  return new Scheduler(optimizer, ...(valueOf(spec.args) as unknown[]), ...(Object.keys(named).length > 0 ? [named] : []));
}

/** Products that differ in the last bit are amplified where a step divides by the root of a small sum. */
const TOLERANCE = 1e-4;

function compare(record: OptimizerRecord): (string | null)[] {
  const params = (valueOf(record.start) as torch.Tensor[]).map((param) => param.requiresGrad_());
  const targets = valueOf(record.targets) as torch.Tensor[];
  const Optimizer = Reflect.get(torch.optim, record.optimizer) as new (params: unknown, options: unknown) => AnyOptimizer;
  const groups =
    record.optimizer === "LBFGS" ? [{ params }] : [{ params: params.slice(0, 2) }, { params: params.slice(2), ...record.second }];
  const optimizer = new Optimizer(groups, valueOf(record.options));
  const scheduler = built(record.scheduler, optimizer);
  const scale = record.options.maximize === true ? -1 : 1;
  const closure = (): torch.Tensor => {
    optimizer.zeroGrad();
    const terms = params.map((p, i) =>
      p
        .sub(targets[i] as torch.Tensor)
        .square()
        .sum()
        .add(p.pow(4).sum().mul(0.01)),
    );
    const loss = terms.reduce((a, b) => a.add(b)).mul(scale);
    loss.backward();
    return loss;
  };
  const found: (string | null)[] = [];
  record.steps.forEach((wanted, step) => {
    const loss = optimizer.step(closure);
    scheduler.step(...(record.scheduler.name === "ReduceLROnPlateau" ? [loss.item()] : []));
    params.forEach((param, i) => {
      found.push(difference(`step ${step}: parameter ${i}`, param, valueOf(wanted.params[i]) as torch.Tensor, TOLERANCE));
    });
    optimizer.paramGroups.forEach(({ lr }, i) => {
      const other = wanted.lr[i] as number;
      if (Math.abs(lr - other) > 1e-6 * Math.abs(other) + 1e-15) found.push(`step ${step}: rate ${lr}, PyTorch ${other}`);
    });
  });
  return found;
}

const report = new Report();
for (const record of recordsOf<OptimizerRecord>(process.argv[2] as string))
  report.check(
    `${record.optimizer} with ${record.scheduler.name}`,
    () => `${JSON.stringify(record.options)} ${JSON.stringify(record.second)} ${JSON.stringify(record.scheduler)}`,
    () => compare(record),
  );
report.finish();
