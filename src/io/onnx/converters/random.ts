/** What draws random numbers: ONNX models are functions of their inputs. */

import type { Converter } from "../conversion.js";

const dropouts = ["dropout", "dropout1d", "dropout2d", "dropout3d", "alphaDropout", "featureAlphaDropout", "rrelu"];

const drawing = [
  "composite rand",
  "composite randn",
  "composite randint",
  "composite randperm",
  "composite randLike",
  "composite randnLike",
  "composite randintLike",
  "composite multinomial",
  "primitive bernoulli",
  "primitive normal",
  "primitive poisson",
  "primitive binomial",
  "primitive multinomial",
  "composite gumbelSoftmax",
];

const inTraining: Converter = (c) => c.fail("it is in training mode, where it draws random numbers; call model.eval() first");
const always: Converter = (c) => c.fail("it draws random numbers, of which an exported model has none; give them as an input");

export const random: Readonly<Record<string, Converter>> = Object.fromEntries([
  ...dropouts.map((name) => [`composite ${name}`, inTraining] as const),
  ...drawing.map((key) => [key, always] as const),
]);

/** Dropout is converted (to an error) only where it does something. */
export const randomWhen: Readonly<Record<string, (arg: (name: string) => unknown) => boolean>> = Object.fromEntries(
  dropouts.map((name) => [
    `composite ${name}`,
    (arg: (name: string) => unknown) => arg("training") === true && (name === "rrelu" || arg("p") !== 0),
  ]),
);
