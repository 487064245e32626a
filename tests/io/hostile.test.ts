/** Damaged files: each loads, or is refused with an error of the library, in little time and memory. */

import * as torch from "flambeau";
import { load as loadSafetensors, save as saveSafetensors } from "flambeau/io/safetensors";
import { describe, expect, test } from "vitest";
import { openSource } from "../../src/io/source.js";
import { ZipReader } from "../../src/io/zip/reader.js";
import { ZipWriter } from "../../src/io/zip/writer.js";
import { fixtureBytes } from "./fixtures.js";
import { Dice, damaged } from "./mutation.js";

/** What one load may take, on a machine that does other work too. The files have less than 20 kB. */
const MOST_MILLISECONDS = 5000;
const MOST_BYTES = 64 * 2 ** 20;

/** The entries of a zip archive. */
function entriesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const zip = new ZipReader(openSource("test", bytes));
  return new Map([...zip.entries].map(([name, entry]) => [name, zip.read(entry)]));
}

function zipOf(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const pieces: Uint8Array[] = [];
  const zip = new ZipWriter((bytes) => void pieces.push(bytes));
  for (const [name, bytes] of entries) zip.add(name, [bytes]);
  zip.finish();
  return Uint8Array.from(Buffer.concat(pieces));
}

/** Loads damaged bytes many times; tells how many were refused. */
function attack(seed: number, times: number, make: (dice: Dice) => Uint8Array, load: (bytes: Uint8Array) => unknown): { refused: number } {
  const dice = new Dice(seed);
  let refused = 0;
  for (let i = 0; i < times; i++) {
    const bytes = make(dice);
    const memory = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    try {
      load(bytes);
    } catch (error) {
      if (!(error instanceof torch.TorchError)) throw new Error(`attempt ${i} of seed ${seed}: ${String(error)}`, { cause: error });
      refused++;
    }
    const [took, grown] = [performance.now() - start, process.memoryUsage().arrayBuffers - memory];
    if (took > MOST_MILLISECONDS || grown > MOST_BYTES) throw new Error(`attempt ${i} of seed ${seed} took ${took} ms and ${grown} bytes`);
  }
  return { refused };
}

const CHUNK = 500;

describe.each(["varied.pt", "varied_protocol5.pt", "varied_legacy.pt", "checkpoint.pt", "named.pt"])("%s", (file) => {
  const whole = fixtureBytes(file);
  const isZip = whole[0] === 0x50;

  test.each(isZip ? [1, 2] : [1, 2, 3, 4])("damaged anywhere, part %i", (seed) => {
    const { refused } = attack(seed, CHUNK, (dice) => damaged(whole, dice), torch.load);
    expect(refused).toBeGreaterThan(0);
  });

  if (isZip) {
    const entries = entriesOf(whole);
    const [folder] = [...entries.keys()][0]?.split("/") ?? [];
    const replaced = (name: string, bytes: Uint8Array): Uint8Array => zipOf(new Map(entries).set(`${folder}/${name}`, bytes));

    // Checksums would stop almost all damage at the door.
    test.each([11, 12])("a damaged pickle in a sound archive, part %i", (seed) => {
      const pickle = entries.get(`${folder}/data.pkl`) as Uint8Array;
      const { refused } = attack(seed, CHUNK, (dice) => replaced("data.pkl", damaged(pickle, dice)), torch.load);
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(CHUNK);
    });
  }
});

test("a damaged directory and damaged headers", () => {
  const whole = fixtureBytes("named.pt");
  const directory = Buffer.from(whole).indexOf("PK\x01\x02");
  const make = (dice: Dice): Uint8Array => Uint8Array.from([...whole.subarray(0, directory), ...damaged(whole.subarray(directory), dice)]);
  expect(attack(21, CHUNK, make, torch.load).refused).toBeGreaterThan(0);
});

describe("safetensors", () => {
  const tensors = { a: torch.ones(3, 4), "b.c": torch.tensor([1n, 2n]), d: torch.tensor([true]), e: torch.zeros(0, 2) };
  const whole = saveSafetensors(tensors, { format: "pt" });
  test.each([31, 32])("damaged anywhere, part %i", (seed) => {
    const { refused } = attack(seed, CHUNK, (dice) => damaged(whole, dice), loadSafetensors);
    expect(refused).toBeGreaterThan(0);
  });

  test.each([33, 34])("a damaged header of the right length, part %i", (seed) => {
    const length = Number(new DataView(whole.buffer).getBigUint64(0, true));
    const make = (dice: Dice): Uint8Array => {
      const header = damaged(whole.slice(8, 8 + length), dice);
      const bytes = Uint8Array.from([...new Uint8Array(8), ...header, ...whole.subarray(8 + length)]);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      return bytes;
    };
    expect(attack(seed, CHUNK, make, loadSafetensors).refused).toBeGreaterThan(0);
  });
});
