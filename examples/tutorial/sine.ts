/** Cells 36 to 43: training a simple model. */

import assert from "node:assert/strict";
import * as torch from "flambeau";
import { nn } from "flambeau";
import * as plt from "flambeau/plot";
import * as np from "numpy-ts";
import { type Section, section } from "./notebook.js";

/** What the training came to. */
export interface Training {
  readonly device: torch.Device;
  /** The loss of every batch, in order. */
  readonly batchLosses: readonly number[];
  /** The loss on the test data, after every epoch. */
  readonly testLosses: readonly number[];
  /** What cell 43 prints. */
  readonly totalLoss: number;
}

/**
 * Now everything together. A small network is to learn the sine function from noisy points: it sees *x* and *y* = sin(*x*) + noise, and its parameters
 * follow the gradient of the squared error.
 */
export const sine: Section<Training> = section("Training a simple model", import.meta.url, ({ cell, print, progress }, { epochs }) => {
  /**
   * All that the program needs. `flambeau/plot` draws in the manner of Matplotlib's `pyplot`. `Math` is built in, and `F`, which the notebook imports,
   * is never used.
   */
  cell(36, { imports: ["node:assert/strict", "flambeau", "flambeau/plot", "numpy-ts"] });
  const { data } = torch.utils;

  /** The seeds of cell 44, set before anything random happens. */
  cell(null);
  torch.manualSeed(42);
  np.random.seed(42);

  /** The device: a GPU where there is one. */
  cell(37);
  const device = torch.cuda.isAvailable() ? torch.device("cuda:0") : torch.device("cpu");

  /** 1,200 points of a sine wave, with a little noise, by NumPy. Its arrays have no operators either, so there are functions: `np.multiply`, `np.add`. */
  cell(38, { picture: "data" });
  const M = 1200;

  // sample M points of the x axis
  const x = np.multiply(np.random.rand(M), 2 * Math.PI);

  // the noise
  const eta = np.multiply(np.random.rand(M), 0.01);

  // the function
  const y = np.add(np.sin(x), eta);

  plt.scatter(x, y, { s: 10 });
  plt.xlabel("x");
  plt.ylabel("y = sin(x) + noise");

  /** A thousand points for training, two hundred for the test: as 32-bit floats, in a column, on the device. `x[0:1000]` is `x.slice("0:1000")`. */
  cell(39);
  const xTrain = torch.tensor(x.slice("0:1000")).float().view(-1, 1).to(device);
  const yTrain = torch.tensor(y.slice("0:1000")).float().view(-1, 1).to(device);

  const xTest = torch.tensor(x.slice("1000:")).float().view(-1, 1).to(device);
  const yTest = torch.tensor(y.slice("1000:")).float().view(-1, 1).to(device);

  /**
   * A dataset knows how many items it has and gives each by its number: Python's `__len__` and `__getitem__` are `length` and `getItem`. The loader
   * shuffles the items and makes batches of 32.
   */
  cell(40);
  class SineDataset extends data.Dataset<[x: torch.Tensor, y: torch.Tensor]> {
    constructor(
      readonly x: torch.Tensor,
      readonly y: torch.Tensor,
    ) {
      super();
      assert(x.shape[0] === y.shape[0]);
    }

    get length() {
      return this.y.length;
    }

    getItem(index: number): [x: torch.Tensor, y: torch.Tensor] {
      return [this.x.index(index), this.y.index(index)];
    }
  }

  const sineDataset = new SineDataset(xTrain, yTrain);
  const sineDatasetTest = new SineDataset(xTest, yTest);

  const sineLoader = new data.DataLoader(sineDataset, { batchSize: 32, shuffle: true });
  const sineLoaderTest = new data.DataLoader(sineDatasetTest, { batchSize: 32 });

  /** Four affine maps with ReLUs between them: 76 parameters. */
  cell(41);
  class SineModel extends nn.Module {
    readonly network = new nn.Sequential(
      new nn.Linear(1, 5),
      new nn.ReLU(),
      new nn.Linear(5, 5),
      new nn.ReLU(),
      new nn.Linear(5, 5),
      new nn.ReLU(),
      new nn.Linear(5, 1),
    );

    forward(x: torch.Tensor) {
      return this.network(x);
    }
  }

  /**
   * The training. For every batch: the forward pass, the loss, its gradients, one step of Adam. Three things are added: the losses are recorded, a
   * progress bar is fed, and the picture is tidier. Under `if epoch % 20` the notebook draws the last batch of every epoch but each twentieth, 950
   * times; here each twentieth is drawn, and its colour tells the epoch.
   */
  cell(42, { picture: "training" });
  // declare the model
  const model = new SineModel().to(device);

  // define the criterion
  const criterion = new nn.MSELoss();

  // the optimiser gets the parameters that it will adjust
  const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.01 });

  const batchLosses: number[] = [];
  const testLosses: number[] = [];
  const drawn = new Map<number, [x: torch.Tensor, yHat: torch.Tensor]>();
  const report = progress(epochs); // 1,000 of them

  // training loop
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [xi, yi] of sineLoader) {
      const yHat = model(xi); // forward pass
      const loss = criterion(yHat, yi); // how far off it is

      optimizer.zeroGrad(); // forgets the gradients of the last step
      loss.backward(); // computes the gradients
      optimizer.step(); // updates the parameters

      batchLosses.push(loss.item());
      if (epoch % 20 === 0) drawn.set(epoch, [xi, yHat.detach()]);
    }
    testLosses.push(torch.noGrad(() => criterion(model(xTest), yTest)).item());
    report(epoch + 1, batchLosses.at(-1) ?? Number.NaN);
  }

  const batches = [...drawn.values()];
  const inputs = torch.cat(batches.map(([xi]) => xi));
  const predictions = torch.cat(batches.map(([, yHat]) => yHat));
  const epochOf = torch.cat([...drawn].map(([epoch, [xi]]) => torch.fullLike(xi, epoch)));

  plt.scatter(inputs, predictions, { c: epochOf, cmap: "viridis", s: 14 });
  plt.xlabel("x");
  plt.ylabel("the model's ŷ");
  plt.title("Predictions while learning: violet early, yellow late");

  /** How the loss fell; for the training data, the mean over each epoch. The vertical axis is logarithmic. */
  cell(null, { picture: "loss" });
  const perEpoch = sineLoader.length;
  const trainLosses = testLosses.map((_, epoch) => {
    const losses = batchLosses.slice(epoch * perEpoch, (epoch + 1) * perEpoch);
    return losses.reduce((sum, loss) => sum + loss, 0) / perEpoch;
  });

  plt.plot(testLosses, { label: "test", linewidth: 1, alpha: 0.8 });
  plt.plot(trainLosses, { label: "training", linewidth: 1 });
  plt.yscale("log");
  plt.xlabel("epoch");
  plt.ylabel("mean squared error");
  plt.legend();

  /**
   * The test. `eval` switches off what only training needs, and inside `noGrad` nothing is recorded; Python's `with` is a callback here. Its losses
   * are summed over the batches. With these seeds PyTorch arrives at 0.00397 after 1,000 epochs, or, with its fused Adam, which
   * rounds differently, at 0.00418: a last bit, carried on through 32,000 steps, shows in the second digit.
   */
  cell(43);
  let totalLoss = 0;
  torch.noGrad(() => {
    model.eval();
    for (const [xk, yk] of sineLoaderTest) {
      const yHat = model(xk);
      totalLoss += criterion(yHat, yk).item();
    }
  });

  print(totalLoss);

  /** What was learnt: the network's function over the data. ReLUs make it a chain of straight lines. */
  cell(null, { picture: "fit" });
  const grid = torch.linspace(0, 2 * Math.PI, 400, { device }).view(-1, 1);
  const curve = torch.noGrad(() => model(grid));

  plt.scatter(xTest.cpu(), yTest.cpu(), { s: 12, label: "test data" });
  plt.plot(grid.cpu(), curve.cpu(), "k-", { label: "the model" });
  plt.xlabel("x");
  plt.ylabel("y");
  plt.legend();

  return { device, batchLosses, testLosses, totalLoss };
});
