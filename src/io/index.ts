/** `flambeau/io`: checkpoints in PyTorch's format, safetensors, and files that appear whole or not at all. */

export { type Write, writeAtomically, writeFileAtomically } from "./atomic.js";
export * from "./checkpoint/index.js";
export * as safetensors from "./safetensors/index.js";
export type { Readable } from "./source.js";
