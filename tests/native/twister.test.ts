/** Random words of the library, against those that JavaScript computes. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arguments } from "../../src/backends/cpu/native/arguments.js";
import { loadNative } from "../../src/backends/cpu/native/library.js";
import { nativeRegenerator } from "../../src/backends/cpu/native/twister.js";
import { Mt19937 } from "../../src/backends/cpu/random/index.js";

const library = loadNative();
if (typeof library === "string") console.warn(`native twister: skipped, ${library}`);
const regenerator = typeof library === "string" ? undefined : nativeRegenerator(library, new Arguments(library));

describe.skipIf(regenerator === undefined)("native twister", () => {
  const words = (generator: Mt19937, count: number): number[] => Array.from({ length: count }, () => generator.random32());

  test("every word and every state, from any seed and any place", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(1300), fc.nat(2000), (seed, skipped, count) => {
        const [native, scalar] = [new Mt19937(seed, regenerator), new Mt19937(seed)];
        expect(words(native, skipped)).toEqual(words(scalar, skipped));
        expect(native.state()).toEqual(scalar.state());
        // States move between the two.
        const resumed = new Mt19937(0, regenerator).setState(scalar.state());
        const drawn = words(scalar, count);
        expect(words(native.clone(), count)).toEqual(drawn);
        expect(words(native, count)).toEqual(drawn);
        expect(words(resumed, count)).toEqual(drawn);
      }),
      { numRuns: 50 },
    );
  });
});
