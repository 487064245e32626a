/**
 * An LSTM learns to add: `npm run example -- lstm`.
 *
 * The adding problem (Hochreiter and Schmidhuber, 1997): a sequence of numbers in [0, 1], two of which are marked; the answer is the sum of these
 * two. Whoever always says 1 has a mean squared error of 1/6; to do better one must remember. Writes a picture and the model to out/lstm.
 */

import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import * as torch from "flambeau";
import { nn } from "flambeau";
import * as plt from "flambeau/plot";

const { progress } = torch.utils.data;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "1000" },
    length: { type: "string", default: "20" },
    hidden: { type: "string", default: "32" },
    out: { type: "string", default: "out/lstm" },
  },
});
const steps = Number(values.steps);
const length = Number(values.length);

torch.manualSeed(0);

/** Sequences `[batch, length, 2]` of numbers and marks, and their sums `[batch, 1]`. One mark is in each half. */
function sequences(batch: number): [x: torch.Tensor, y: torch.Tensor] {
  const numbers = torch.rand(batch, length);
  const half = Math.floor(length / 2);
  const marks = torch.zeros(batch, length);
  marks.scatter_(1, torch.randint(0, half, [batch, 1]), 1);
  marks.scatter_(1, torch.randint(half, length, [batch, 1]), 1);
  return [torch.stack([numbers, marks], 2), numbers.mul(marks).sum(1, true)];
}

class Adder extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor(hidden: number) {
    super();
    this.lstm = new nn.LSTM(2, hidden, { batchFirst: true });
    this.head = new nn.Linear(hidden, 1);
  }

  /** Sums `[batch, 1]` of sequences `[batch, length, 2]`, from the state after the last step. */
  forward(x: torch.Tensor): torch.Tensor {
    const [output] = this.lstm(x);
    return this.head(output.select(1, -1));
  }
}

const model = new Adder(Number(values.hidden));
const criterion = new nn.MSELoss();
const optimizer = new torch.optim.Adam(model.parameters(), { lr: 1e-2 });
const scheduler = new torch.optim.lrScheduler.OneCycleLR(optimizer, 1e-2, { totalSteps: steps });
const [xTest, yTest] = sequences(500);

const losses: number[] = [];
const bar = progress(Array(steps).keys(), { desc: "training", total: steps, unit: "steps" });
for (const _ of bar) {
  const [x, y] = sequences(64);
  const loss = criterion(model(x), y);
  optimizer.zeroGrad();
  loss.backward();
  nn.utils.clipGradNorm_(model.parameters(), 1);
  optimizer.step();
  scheduler.step();
  losses.push(loss.item());
  bar.setPostfix({ loss: loss.item() });
}

model.eval();
const answers = torch.noGrad(() => model(xTest));
console.log(`mean squared error on new sequences: ${criterion(answers, yTest).item().toFixed(5)} (saying 1 always: ${(1 / 6).toFixed(5)})`);

mkdirSync(values.out, { recursive: true });
torch.save(model.stateDict(), `${values.out}/model.pt`);
const [figure, [left, right]] = plt.subplots(1, 2, { figsize: [10, 4] });
left.plot(losses, { linewidth: 1 });
left.setYscale("log");
left.setXlabel("step");
left.setYlabel("mean squared error");
right.scatter(yTest.squeeze(1), answers.squeeze(1), { s: 8, alpha: 0.6 });
right.plot([0, 2], [0, 2], "k--", { linewidth: 1 });
right.setXlabel("sum of the marked numbers");
right.setYlabel("the model's answer");
await figure.savefig(`${values.out}/adding.png`);
console.log(`Written: ${values.out}/model.pt, ${values.out}/adding.png`);
