/** `flambeau/io/safetensors`: tensors by name in the safetensors format. */

export { type OpenOptions, SafetensorsFile, safeOpen, TensorSlice, type Tensors } from "./open.js";
export type { Metadata, TensorsToSave } from "./save.js";
export { save, saveFile } from "./save.js";
export { loadFile, loadFile as load, type ShardingOptions, saveSharded } from "./sharded.js";
