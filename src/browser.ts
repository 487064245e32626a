/**
 * The library as pages import it (the package's condition `browser`): as in Node, after the WebAssembly engine was fetched. Where that fails,
 * JavaScript computes, and `torch.backends.cpu.reason` says why.
 */

import { loadEngine } from "./devices.js";

await loadEngine();

export * from "./index.js";
