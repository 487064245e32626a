/** `torch.save`, `torch.load` and `torch.serialization`. */

export { load, type LoadOptions } from "./load.js";
export type { MapLocation } from "./placement.js";
export { save, saveAsync, type Writable } from "./save.js";
