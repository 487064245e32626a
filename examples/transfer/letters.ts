/** Letters drawn with the pen that draws the digits: what a network that reads digits has not seen. */

import { arc, DrawnSymbols, type Point, type Stroke } from "../mnist/digits.js";

/** The letters, in the order of their labels. */
export const LETTERS = "ACEHKRTX";

const line = (...points: Point[]): Stroke => points;

/** The strokes of each letter. */
const letters: readonly (readonly Stroke[])[] = [
  [line([0.2, 0.9], [0.5, 0.1], [0.8, 0.9]), line([0.32, 0.6], [0.68, 0.6])],
  [arc(0.5, 0.5, 0.3, 0.4, 0.12, 0.88)],
  [line([0.75, 0.1], [0.28, 0.1], [0.28, 0.9], [0.75, 0.9]), line([0.28, 0.5], [0.65, 0.5])],
  [line([0.25, 0.1], [0.25, 0.9]), line([0.75, 0.1], [0.75, 0.9]), line([0.25, 0.5], [0.75, 0.5])],
  [line([0.28, 0.1], [0.28, 0.9]), line([0.75, 0.1], [0.28, 0.55], [0.75, 0.9])],
  [line([0.28, 0.9], [0.28, 0.1], ...arc(0.5, 0.3, 0.25, 0.2, 0.75, 1.25), [0.28, 0.5], [0.75, 0.9])],
  [line([0.2, 0.1], [0.8, 0.1]), line([0.5, 0.1], [0.5, 0.9])],
  [line([0.25, 0.1], [0.75, 0.9]), line([0.75, 0.1], [0.25, 0.9])],
];

/** Drawn letters; label `i` is that of the i-th of `LETTERS`. */
export class DrawnLetters extends DrawnSymbols {
  override get symbols(): readonly (readonly Stroke[])[] {
    return letters;
  }
}
