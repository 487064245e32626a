/** `torch.save`, `torch.load` and `torch.serialization`. */

export { type LoadOptions, load } from "./load.js";
export type { MapLocation } from "./placement.js";
export { save, saveAsync, type Writable } from "./save.js";
