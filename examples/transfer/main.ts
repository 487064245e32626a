/**
 * A network that PyTorch taught to read digits learns to read letters from few examples: `npm run example -- transfer`.
 *
 * digits.pt is a checkpoint written by PyTorch (`pretrain.py`). Its convolutions are kept and frozen, its head is replaced. Beside it a network
 * that starts from nothing sees the same letters. Writes a picture of both and the trained model, which PyTorch can load, to out/transfer.
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as torch from "flambeau";
import { nn } from "flambeau";
import * as plt from "flambeau/plot";
import { DigitClassifier } from "../mnist/model.js";
import { DrawnLetters, LETTERS } from "./letters.js";

const { DataLoader, progress, TensorDataset } = torch.utils.data;

const { values } = parseArgs({
  options: {
    // Compiled programs lie in dist/, the checkpoint with the source.
    checkpoint: { type: "string", default: fileURLToPath(new URL("../../../examples/transfer/digits.pt", import.meta.url)) },
    letters: { type: "string", default: "160" },
    epochs: { type: "string", default: "30" },
    out: { type: "string", default: "out/transfer" },
  },
});
const epochs = Number(values.epochs);

torch.manualSeed(0);

/** Drawn letters as two tensors. */
function drawn(count: number, seed: number): [images: torch.Tensor, labels: torch.Tensor] {
  const items = [...progress(new DrawnLetters(count, seed), { desc: "drawing", unit: "letters", leave: false })];
  return [torch.stack(items.map(([image]) => image)), torch.tensor(items.map(([, label]) => BigInt(label)))];
}

const [trainImages, trainLabels] = drawn(Number(values.letters), 1);
const [testImages, testLabels] = drawn(1000, 2);
const loader = new DataLoader(new TensorDataset(trainImages, trainLabels), { batchSize: 16, shuffle: true });

/** A network with a head for letters; from a checkpoint, with convolutions that stay as they are. */
function network(checkpoint: string | null): DigitClassifier {
  const model = new DigitClassifier();
  if (checkpoint !== null) {
    model.loadStateDict(torch.load(checkpoint) as Record<string, torch.Tensor>);
    model.features.requiresGrad_(false);
  }
  model.classifier = new nn.Sequential(new nn.Linear(256, 32), new nn.ReLU(), new nn.Linear(32, LETTERS.length));
  return model;
}

/** The part of the test letters that are read rightly. */
const accuracy = (model: DigitClassifier): number => torch.noGrad(() => model(testImages).argmax(1).eq(testLabels).float().mean().item());

/** Trains what is not frozen. Gives the accuracy before and after every epoch, in percent. */
function train(name: string, model: DigitClassifier): number[] {
  const trained = model.parameters().filter((parameter) => parameter.requiresGrad);
  const optimizer = new torch.optim.Adam(trained, { lr: 2e-3 });
  const scheduler = new torch.optim.lrScheduler.CosineAnnealingLR(optimizer, epochs);
  const curve = [100 * accuracy(model)];
  const bar = progress(
    Array.from({ length: epochs }, (_, epoch) => epoch),
    { desc: name, unit: "epochs" },
  );
  for (const _ of bar) {
    for (const [images, labels] of loader) {
      optimizer.zeroGrad();
      nn.functional.crossEntropy(model(images as torch.Tensor), labels as torch.Tensor).backward();
      optimizer.step();
    }
    scheduler.step();
    curve.push(100 * accuracy(model));
    bar.setPostfix({ accuracy: curve[curve.length - 1] as number });
  }
  return curve;
}

const transferred = network(values.checkpoint);
const frozen = transferred.features.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
const count = transferred.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
console.log(`${trainLabels.length} letters to learn from; ${frozen} of ${count} parameters come from PyTorch and stay`);
const curves = [
  ["from digits", train("from digits", transferred)],
  ["from nothing", train("from nothing", network(null))],
] as const;
for (const [name, curve] of curves) console.log(`${name}: ${(curve[epochs] ?? 0).toFixed(1)} % of 1000 other letters are read rightly`);

mkdirSync(values.out, { recursive: true });
torch.save(transferred.stateDict(), `${values.out}/model.pt`);

plt.figure({ figsize: [7, 4] });
for (const [name, curve] of curves) plt.plot(curve, { label: name });
plt.xlabel("epoch");
plt.ylabel("letters read rightly, %");
plt.legend();
await plt.savefig(`${values.out}/accuracy.png`);

const [rows, columns] = [3, 8];
const read = torch.noGrad(() => transferred(testImages.narrow(0, 0, rows * columns)).argmax(1)).tolist() as number[];
const [figure, grid] = plt.subplots(rows, columns, { figsize: [10, 4.5] });
read.forEach((letter, i) => {
  const axes = grid[Math.floor(i / columns)]?.[i % columns];
  const label = testLabels.index(i).item();
  axes?.imshow(testImages.index(i, 0), { cmap: "gray" });
  axes?.setTitle(letter === label ? `${LETTERS[letter]}` : `${LETTERS[letter]}, not ${LETTERS[label]}`);
  axes?.setXticks([]);
  axes?.setYticks([]);
});
await figure.savefig(`${values.out}/letters.png`);
console.log(`Written: ${["model.pt", "accuracy.png", "letters.png"].map((name) => `${values.out}/${name}`).join(", ")}`);
