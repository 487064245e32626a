/** The parts of the examples: data that are made, and models. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Gpt } from "../../examples/gpt/model.js";
import { Pieces, Vocabulary } from "../../examples/gpt/text.js";
import { DrawnDigits } from "../../examples/mnist/digits.js";
import { DigitClassifier } from "../../examples/mnist/model.js";
import { DrawnLetters, LETTERS } from "../../examples/transfer/letters.js";
import * as torch from "../../src/index.js";

test("drawn digits are the same every time, and differ", () => {
  const digits = new DrawnDigits(40, 3);
  const [image, label] = digits.getItem(7);
  expect(image.shape).toEqual([1, 28, 28]);
  expect([image.dtype, image.min().item() >= 0, image.max().item() <= 1]).toEqual([torch.float32, true, true]);
  expect(new DrawnDigits(40, 3).getItem(7)[0].equal(image)).toBe(true);
  expect(new DrawnDigits(40, 4).getItem(7)[0].equal(image)).toBe(false);
  expect(label).toBe(digits.getItem(7)[1]);
  expect(new Set([...digits].map(([, one]) => one)).size).toBe(10);
});

test("the classifier of digits gives ten scores for each image", () => {
  expect(new DigitClassifier()(torch.zeros(3, 1, 28, 28)).shape).toEqual([3, 10]);
});

test("the network that PyTorch trained reads digits, and drawn letters are others", () => {
  const model = new DigitClassifier();
  const path = fileURLToPath(new URL("../../examples/transfer/digits.pt", import.meta.url));
  model.loadStateDict(torch.load(path) as Record<string, torch.Tensor>);
  const digits = [...new DrawnDigits(100, 9)];
  const scores = model(torch.stack(digits.map(([image]) => image)));
  const right = scores.argmax(1).eq(torch.tensor(digits.map(([, label]) => BigInt(label))));
  expect(right.sum().item()).toBeGreaterThanOrEqual(95);
  expect(new Set([...new DrawnLetters(60, 3)].map(([, label]) => label)).size).toBe(LETTERS.length);
});

test("text and numbers", () => {
  const vocabulary = new Vocabulary("to be or not to be");
  expect(vocabulary.length).toBe(7);
  expect(vocabulary.decode(vocabulary.encode("not to bee?"))).toBe("not to bee");
  const pieces = new Pieces(vocabulary.encode("not to be"), 4);
  const [x, y] = pieces.getItem(1);
  expect([pieces.length, vocabulary.decode(x), vocabulary.decode(y)]).toEqual([5, "ot t", "t to"]);
});

test("the language model looks back only, and goes on with a text", () => {
  torch.manualSeed(1);
  const model = new Gpt({ vocabulary: 11, context: 6, width: 16, heads: 2, layers: 2 });
  const text = torch.randint(0, 11, [2, 6]);
  const scores = model(text);
  expect(scores.shape).toEqual([2, 6, 11]);
  const other = text.clone();
  other.select(1, 4).copy_(text.select(1, 4).add(1).remainder(11));
  const changed = model(other);
  expect(torch.allclose(changed.narrow(1, 0, 4), scores.narrow(1, 0, 4), { atol: 1e-6 })).toBe(true);
  expect(torch.allclose(changed.narrow(1, 4, 2), scores.narrow(1, 4, 2), { atol: 1e-6 })).toBe(false);
  const longer = model.generate(text, 5, 1);
  expect(longer.shape).toEqual([2, 11]);
  expect(longer.narrow(1, 0, 6).equal(text)).toBe(true);
});
