/**
 * A convolutional network learns to read digits: `npm run example -- mnist`.
 *
 * Without data of its own it draws digits. The real ones are read with `--data <folder>`, which holds the four files of MNIST (or, with `--fashion`, of
 * FashionMNIST). Writes pictures and the trained model to out/mnist.
 */

import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import * as torch from "flambeau";
import { nn } from "flambeau";
import * as plt from "flambeau/plot";
import { DrawnDigits } from "./digits.js";
import { DigitClassifier } from "./model.js";

const { DataLoader, FashionMNIST, fromModule, MNIST, progress } = torch.utils.data;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    fashion: { type: "boolean", default: false },
    epochs: { type: "string", default: "2" },
    workers: { type: "string", default: "1" },
    out: { type: "string", default: "out/mnist" },
  },
});
const epochs = Number(values.epochs);
const numWorkers = Number(values.workers);
const real = values.fashion ? FashionMNIST : MNIST;

torch.manualSeed(0);

// Workers make the dataset again, so they are told where it comes from; those of the library know it themselves.
const digits = (count: number, seed: number) => fromModule(new URL("./digits.js", import.meta.url), DrawnDigits, count, seed);
const trainData = values.data === undefined ? digits(6000, 1) : new real(values.data, { train: true });
const testData = values.data === undefined ? digits(1000, 2) : new real(values.data, { train: false });
const trainLoader = new DataLoader(trainData, { batchSize: 64, shuffle: true, numWorkers, persistentWorkers: numWorkers > 0 });
const testLoader = new DataLoader(testData, { batchSize: 250, numWorkers });

const model = new DigitClassifier();
const criterion = new nn.CrossEntropyLoss();
const optimizer = new torch.optim.Adam(model.parameters(), { lr: 2e-3 });
const count = model.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
console.log(`${trainData.length} images, ${count} parameters, ${numWorkers} workers`);

/** One pass over the training data. Gives the loss of each batch. */
async function train(epoch: number): Promise<number[]> {
  const losses: number[] = [];
  const bar = progress(trainLoader, { desc: `epoch ${epoch}` });
  model.train();
  for await (const [images, labels] of bar) {
    const loss = criterion(model(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
    bar.setPostfix({ loss: loss.item() });
  }
  return losses;
}

/** The part of the test images that are read rightly. */
async function accuracy(): Promise<number> {
  let right = 0;
  model.eval();
  await torch.noGrad(async () => {
    for await (const [images, labels] of progress(testLoader, { desc: "test", leave: false })) {
      right += model(images).argmax(1).eq(labels).sum().item();
    }
  });
  return right / testData.length;
}

const losses: number[] = [];
for (let epoch = 1; epoch <= epochs; epoch++) {
  losses.push(...(await train(epoch)));
  console.log(`epoch ${epoch}: ${(100 * (await accuracy())).toFixed(1)} % of the test images are read rightly`);
}
trainLoader.close();

mkdirSync(values.out, { recursive: true });
torch.save(model.stateDict(), `${values.out}/model.pt`);

// The loss, and its mean over 20 batches around.
const smooth = losses.map((_, i) => {
  const near = losses.slice(Math.max(0, i - 10), i + 10);
  return near.reduce((sum, loss) => sum + loss, 0) / near.length;
});
plt.figure({ figsize: [7, 4] });
plt.plot(losses, { alpha: 0.3, label: "batch" });
plt.plot(smooth, { label: "mean of 20" });
plt.xlabel("batch");
plt.ylabel("cross entropy");
plt.yscale("log");
plt.legend();
await plt.savefig(`${values.out}/loss.png`);

// Some test images with what the model reads: images are rows, so they are put side by side.
const [rows, columns] = [4, 8];
const shown = Array.from({ length: rows * columns }, (_, i) => testData.getItem(i));
const batch = torch.stack(shown.map(([image]) => image));
const read = torch.noGrad(() => model(batch).argmax(1)).tolist() as number[];
const [figure, grid] = plt.subplots(rows, columns, { figsize: [10, 6] });
for (let i = 0; i < shown.length; i++) {
  const axes = grid[Math.floor(i / columns)]?.[i % columns];
  const [image, label] = shown[i] as (typeof shown)[number];
  axes?.imshow(image.squeeze(0), { cmap: "gray" });
  axes?.setTitle(read[i] === label ? `${read[i]}` : `${read[i]}, not ${label}`);
  axes?.setXticks([]);
  axes?.setYticks([]);
}
await figure.savefig(`${values.out}/digits.png`);
console.log(`Written: ${["model.pt", "loss.png", "digits.png"].map((name) => `${values.out}/${name}`).join(", ")}`);
