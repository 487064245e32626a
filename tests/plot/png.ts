/** Reading back the PNGs that resvg writes: 8-bit RGBA, not interlaced. */

import { inflateSync } from "node:zlib";

/** A decoded picture, four bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const SIGNATURE = "\x89PNG\r\n\x1a\n";

/** Decodes a PNG; throws if it is not one. */
export function decodePng(bytes: Uint8Array): Picture {
  const file = Buffer.from(bytes);
  if (file.toString("latin1", 0, 8) !== SIGNATURE) throw new Error("not a PNG");
  const [width, height, format] = [file.readUInt32BE(16), file.readUInt32BE(20), file.readUInt16BE(24)];
  if (format !== 0x0806) throw new Error(`not 8-bit RGBA: ${format.toString(16)}`);
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(parts)), width, height) };
}

/** How many pixels are so dark in all three colours. */
export function countDark({ pixels }: Picture, below: number): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if ([0, 1, 2].every((channel) => (pixels[i + channel] ?? 255) < below)) count++;
  }
  return count;
}

function unfilter(data: Uint8Array, width: number, height: number): Uint8Array {
  const stride = width * 4;
  const pixels = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const filter = data[row * (stride + 1)] ?? 0;
    for (let i = 0; i < stride; i++) {
      const at = row * stride + i;
      const left = i < 4 ? 0 : (pixels[at - 4] ?? 0);
      const up = row === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = i < 4 || row === 0 ? 0 : (pixels[at - stride - 4] ?? 0);
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      pixels[at] = (data[row * (stride + 1) + 1 + i] ?? 0) + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (a === undefined || b === undefined || c === undefined) return 0;
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
