/** Repeats what `modules.py` wrote: initial values and texts must be the same, results and gradients close. `node dist/tools/crosscheck/modules.js FILE`. */

import * as torch from "../../src/index.js";
import { difference, flat, Report, recordsOf, tensorsOf, valueOf, weights } from "./records.js";

interface ModuleRecord {
  readonly module: string;
  readonly args: readonly unknown[];
  readonly named: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly training: boolean;
  readonly repr: string;
  readonly state: object;
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly inputGrads: readonly unknown[];
  readonly grads: object;
  readonly after: object;
  readonly reprAfter: string;
}

type AnyModule = torch.nn.Module & ((...args: unknown[]) => unknown);
type Constructor = new (...args: unknown[]) => AnyModule;

const TOLERANCE = 3e-5;

/** Where PyTorch itself is wrong: its gradient of CrossMapLRN2d is not that of its forward pass, whose running sum never loses the first channel. */
const excused: Readonly<Record<string, string>> = { CrossMapLRN2d: "gradient of input" };

/** Without the `.0` of whole floats: a JavaScript number does not know whether it was written so. */
const whole = (text: string): string => text.replace(/(\d)\.0(?![\d])/g, "$1");

const compareText = (what: string, got: string, wanted: string): string | null =>
  whole(got) === whole(wanted) ? null : `${what}: ${JSON.stringify(got)}, PyTorch ${JSON.stringify(wanted)}`;

function compareAll(what: string, got: ReadonlyMap<string, torch.Tensor | null>, wanted: object, tolerance: number): (string | null)[] {
  const surplus = [...got]
    .filter(([name, tensor]) => tensor !== null && !(name in wanted))
    .map(([name]) => `${what} ${name}: PyTorch has none`);
  return [...[...tensorsOf(wanted)].map(([name, tensor]) => difference(`${what} ${name}`, got.get(name), tensor, tolerance)), ...surplus];
}

const stateOf = (module: AnyModule): Map<string, torch.Tensor> => new Map(Object.entries(module.stateDict()));

function compare(record: ModuleRecord): (string | null)[] {
  const Module = Reflect.get(torch.nn, record.module) as Constructor;
  const named = valueOf(record.named) as object;
  const args = valueOf(record.args) as unknown[];
  torch.manualSeed(record.seed);
  const module = new Module(...args, ...(Object.keys(named).length > 0 ? [named] : []));
  module.train(record.training);
  const found: (string | null)[] = [compareText("repr", String(module), record.repr)];
  if (!record.module.startsWith("Lazy")) found.push(...compareAll("initial", stateOf(module), record.state, 0));
  const inputs = valueOf(record.inputs) as unknown[];
  torch.manualSeed(record.seed + 1);
  const outputs = flat(module(...inputs));
  record.outputs.forEach((wanted, i) => {
    found.push(difference(`output ${i}`, outputs[i], valueOf(wanted) as torch.Tensor, TOLERANCE));
  });
  if (outputs.length !== record.outputs.length) found.push(`${outputs.length} outputs, PyTorch ${record.outputs.length}`);
  const sums = outputs.filter((out) => out.dtype.isFloatingPoint && out.requiresGrad).map((out) => out.mul(weights(out)).sum());
  if (sums.length > 0) sums.reduce((a, b) => a.add(b)).backward();
  const leaves = flat(inputs).filter((leaf) => leaf.requiresGrad);
  record.inputGrads.forEach((wanted, i) => {
    found.push(difference(`gradient of input ${i}`, leaves[i]?.grad, valueOf(wanted) as torch.Tensor | null, TOLERANCE));
  });
  const grads = new Map([...module.namedParameters()].map(([name, param]) => [name, param.grad] as const));
  found.push(...compareAll("gradient of", grads, record.grads, TOLERANCE));
  found.push(...compareAll("afterwards", stateOf(module), record.after, TOLERANCE));
  found.push(compareText("repr afterwards", String(module), record.reprAfter));
  const excuse = excused[record.module];
  return excuse === undefined ? found : found.filter((one) => one?.startsWith(excuse) !== true);
}

const report = new Report();
const describe = ({ args, named, inputs, training }: ModuleRecord): string =>
  `${JSON.stringify(args, short)} ${JSON.stringify(named, short)} ${training ? "training" : "eval"} on ${JSON.stringify(inputs, short)}`;
const short = (key: string, value: unknown): unknown => (key === "data" || key === "requiresGrad" ? undefined : value);
for (const record of recordsOf<ModuleRecord>(process.argv[2] as string))
  report.check(
    record.module,
    () => describe(record),
    () => compare(record),
  );
report.finish();
