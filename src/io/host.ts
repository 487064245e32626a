/**
 * The host's own modules. They are asked for when a file is first touched and never imported: a page or a bundler that loads flambeau meets no
 * `node:` specifier, while `save` and `load` stay synchronous, as PyTorch's are. (A static import fails in browsers, a dynamic one is a promise.)
 */

import { SerializationError } from "../core/errors.js";

type NodeModules = {
  fs: typeof import("node:fs");
  path: typeof import("node:path");
  zlib: typeof import("node:zlib");
  worker_threads: typeof import("node:worker_threads");
};

/** A module of Node, or null elsewhere. `process.getBuiltinModule` is there since Node 20.16 and 22.3. */
export function nodeModule<N extends keyof NodeModules>(name: N): NodeModules[N] | null {
  const found = globalThis.process?.getBuiltinModule?.(`node:${name}`);
  return found === undefined ? null : (found as NodeModules[N]);
}

/**
 * A module of Node that a call cannot do without.
 * @throws {SerializationError} in browsers and in Node before 20.16.
 */
export function requiredModule<N extends keyof NodeModules>(call: string, name: N): NodeModules[N] {
  const found = nodeModule(name);
  if (found !== null) return found;
  throw new SerializationError(
    `${call}: this host has no files (a browser, or Node before 20.16); give or take the bytes of the file as a Uint8Array instead`,
  );
}
