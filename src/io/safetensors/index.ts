/** `flambeau/io/safetensors`: tensors by name in the safetensors format. */

export type { Metadata, TensorsToSave } from "./save.js";
export { save, saveFile } from "./save.js";
export { type OpenOptions, SafetensorsFile, safeOpen, type Tensors, TensorSlice } from "./open.js";
export { loadFile, loadFile as load, saveSharded, type ShardingOptions } from "./sharded.js";
