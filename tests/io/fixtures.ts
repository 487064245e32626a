/** The files of the tests: written by PyTorch, see fixtures/make.py. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file of `fixtures/`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** The bytes of a file of `fixtures/`, in memory of their own. */
export function fixtureBytes(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(fixture(name)));
}
