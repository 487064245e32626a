/** Digits that are drawn, not collected: strokes through a random affine map, with a pen of random width and noise. For want of MNIST itself. */

import * as torch from "flambeau";

/** A place in the square from (0, 0) at the upper left to (1, 1). */
export type Point = readonly [x: number, y: number];

/** A line through points, drawn without lifting the pen. */
export type Stroke = readonly Point[];

const SIZE = 28;

/** Points on an arc of an ellipse; angles in turns, clockwise from the right. */
export function arc(x: number, y: number, width: number, height: number, from: number, to: number): Point[] {
  return Array.from({ length: 13 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 12);
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  });
}

/** The strokes of each digit. */
const digits: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.27, 0.4, 0, 1)],
  [
    [
      [0.35, 0.25],
      [0.55, 0.1],
      [0.55, 0.9],
    ],
  ],
  [[...arc(0.5, 0.32, 0.25, 0.22, 0.55, 1.1), [0.25, 0.9], [0.78, 0.9]]],
  [arc(0.47, 0.3, 0.24, 0.2, 0.6, 1.25), arc(0.47, 0.7, 0.28, 0.2, 0.75, 1.4)],
  [
    [
      [0.62, 0.9],
      [0.62, 0.1],
      [0.2, 0.65],
      [0.82, 0.65],
    ],
  ],
  [[[0.75, 0.1], [0.32, 0.1], [0.3, 0.45], ...arc(0.47, 0.65, 0.28, 0.24, 0.7, 1.4)]],
  [[[0.65, 0.1], [0.4, 0.35], ...arc(0.5, 0.67, 0.25, 0.23, 0.5, 1.5)]],
  [
    [
      [0.22, 0.1],
      [0.78, 0.1],
      [0.42, 0.9],
    ],
  ],
  [arc(0.5, 0.3, 0.21, 0.19, 0, 1), arc(0.5, 0.7, 0.26, 0.21, 0, 1)],
  [[...arc(0.5, 0.33, 0.24, 0.22, 0, 1), [0.72, 0.5], [0.6, 0.9]]],
];

/** The distance of a point from a line between two others. */
function distance(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/**
 * Drawn symbols: item `i` is an image `[1, 28, 28]` of float32 in [0, 1] and its label, always the same for the same seed. They are drawn when they
 * are asked for, which takes about as long as a step of training: work for the loader's workers.
 */
export abstract class DrawnSymbols extends torch.utils.data.Dataset<[image: torch.Tensor, label: number]> {
  constructor(
    override readonly length: number,
    readonly seed: number,
  ) {
    super();
  }

  /** The strokes of the symbol of each label. */
  abstract get symbols(): readonly (readonly Stroke[])[];

  override getItem(index: number): [image: torch.Tensor, label: number] {
    const generator = new torch.Generator().manualSeed(this.seed * 1_000_003 + index);
    const uniform = torch.rand(8, { generator }).tolist() as number[];
    const between = (i: number, low: number, high: number): number => low + (high - low) * (uniform[i] as number);
    const { symbols } = this;
    const label = Math.floor(between(0, 0, symbols.length));
    const [angle, slant] = [between(1, -0.3, 0.3), between(2, -0.25, 0.25)];
    const [width, height] = [between(3, 13, 21), between(4, 16, 22)];
    const [x0, y0] = [SIZE / 2 + between(5, -2.5, 2.5), SIZE / 2 + between(6, -2.5, 2.5)];
    const pen = between(7, 0.7, 1.6);

    const placed = (symbols[label] ?? []).map((stroke) =>
      stroke.map(([x, y]): Point => {
        const [u, v] = [(x - 0.5 + slant * (0.5 - y)) * width, (y - 0.5) * height];
        return [x0 + u * Math.cos(angle) - v * Math.sin(angle), y0 + u * Math.sin(angle) + v * Math.cos(angle)];
      }),
    );
    const ink = new Float32Array(SIZE * SIZE);
    for (let i = 0; i < ink.length; i++) {
      const [x, y] = [(i % SIZE) + 0.5, Math.floor(i / SIZE) + 0.5];
      let nearest = Number.POSITIVE_INFINITY;
      for (const stroke of placed) {
        for (let k = 1; k < stroke.length; k++) nearest = Math.min(nearest, distance(x, y, stroke[k - 1] as Point, stroke[k] as Point));
      }
      ink[i] = Math.min(Math.max(pen + 0.5 - nearest, 0), 1);
    }
    const noise = torch.randn([1, SIZE, SIZE], { generator }).mul(0.08);
    return [torch.tensor(ink).view(1, SIZE, SIZE).add(noise).clamp(0, 1), label];
  }
}

/** Drawn digits, whose labels are their values. */
export class DrawnDigits extends DrawnSymbols {
  override get symbols(): readonly (readonly Stroke[])[] {
    return digits;
  }
}
