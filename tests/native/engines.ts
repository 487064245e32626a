/** Both engines of the CPU in one process: the js engine is what the native one is compared with. */

import { describe } from "vitest";
import { jsKernels } from "../../src/backends/cpu/index.js";
import { type Kernels, nativeKernels } from "../../src/backends/cpu/native/engine.js";
import { loadNative } from "../../src/backends/cpu/native/library.js";

const library = loadNative();

export const js: Kernels = jsKernels;
export const native: Kernels = typeof library === "string" ? jsKernels : nativeKernels(library, jsKernels, true);

/** A group of tests of the native engine; skipped, with the reason printed, where the library is not there. */
export function describeNative(name: string, body: () => void): void {
  if (typeof library === "string") console.warn(`${name}: skipped, ${library}`);
  describe.skipIf(typeof library === "string")(name, body);
}
