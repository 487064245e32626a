/**
 * A small GPT learns to write in the manner of a text, character by character: `npm run example -- gpt`.
 *
 * The text is this repository's documentation, or with `--text <file>` any other. Writes a picture, the model and what it wrote to out/gpt.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as torch from "flambeau";
import { nn } from "flambeau";
import * as plt from "flambeau/plot";
import { Gpt } from "./model.js";
import { Pieces, Vocabulary } from "./text.js";

const { DataLoader, progress, RandomSampler } = torch.utils.data;

const { values } = parseArgs({
  options: {
    text: { type: "string" },
    steps: { type: "string", default: "400" },
    out: { type: "string", default: "out/gpt" },
  },
});
const steps = Number(values.steps);
const batchSize = 16;

/** The Markdown files of the folder and of docs, one after the other. */
function documentation(): string {
  const folders = [".", "docs"].filter((folder) => existsSync(folder));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  return files
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => readFileSync(file, "utf8"))
    .join("\n\n");
}

torch.manualSeed(0);

const text = values.text === undefined ? documentation() : readFileSync(values.text, "utf8");
const vocabulary = new Vocabulary(text);
const sizes = { vocabulary: vocabulary.length, context: 64, width: 64, heads: 4, layers: 2 };
const ids = vocabulary.encode(text);
const split = Math.floor(0.9 * ids.length);
const trainData = new Pieces(ids.narrow(0, 0, split), sizes.context);
const testData = new Pieces(ids.narrow(0, split, ids.length - split), sizes.context);

// As many pieces as there are steps, wherever they begin in the text.
const sampler = new RandomSampler(trainData, { replacement: true, numSamples: steps * batchSize });
const trainLoader = new DataLoader(trainData, { batchSize, sampler });
const testSampler = new RandomSampler(testData, { replacement: true, numSamples: 10 * batchSize });
const testLoader = new DataLoader(testData, { batchSize, sampler: testSampler });

const model = new Gpt(sizes);
const criterion = new nn.CrossEntropyLoss();
const optimizer = new torch.optim.AdamW(model.parameters(), { lr: 6e-3, weightDecay: 0.1 });
const scheduler = new torch.optim.lrScheduler.OneCycleLR(optimizer, 6e-3, { totalSteps: steps, pctStart: 0.1 });
const count = model.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
console.log(`${ids.length} characters, ${vocabulary.length} different ones; ${count} parameters`);

/** How surprised the model is by the character after each, in nats. */
const surprise = (x: torch.Tensor, y: torch.Tensor): torch.Tensor => criterion(model(x).flatten(0, 1), y.flatten());

const losses: number[] = [];
const bar = progress(trainLoader, { desc: "training", unit: "steps" });
for (const [x, y] of bar) {
  const loss = surprise(x, y);
  optimizer.zeroGrad();
  loss.backward();
  nn.utils.clipGradNorm_(model.parameters(), 1);
  optimizer.step();
  scheduler.step();
  losses.push(loss.item());
  bar.setPostfix({ loss: loss.item() });
}

model.eval();
const testLosses = torch.noGrad(() => [...testLoader].map(([x, y]) => surprise(x, y).item()));
const testLoss = testLosses.reduce((sum, loss) => sum + loss, 0) / testLosses.length;
console.log(`loss on text that it has not seen: ${testLoss.toFixed(3)} (a uniform guess: ${Math.log(vocabulary.length).toFixed(3)})`);

const prompt = vocabulary.encode("The ").unsqueeze(0);
const written = vocabulary.decode(model.generate(prompt, 300, 0.8).squeeze(0));
console.log(`\n${written}\n`);

mkdirSync(values.out, { recursive: true });
torch.save({ model: model.stateDict(), characters: vocabulary.characters, sizes }, `${values.out}/model.pt`);
writeFileSync(`${values.out}/sample.txt`, `${written}\n`);
plt.figure({ figsize: [7, 4] });
plt.plot(losses, { linewidth: 1, label: "training" });
plt.plot([0, steps], [testLoss, testLoss], "k--", { linewidth: 1, label: "text not seen" });
plt.xlabel("step");
plt.ylabel("loss (nats for a character)");
plt.legend();
await plt.savefig(`${values.out}/loss.png`);
console.log(`Written: ${["model.pt", "sample.txt", "loss.png"].map((name) => `${values.out}/${name}`).join(", ")}`);
