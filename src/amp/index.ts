/** `torch.amp`: computing in few bits where that is good enough. */

export { type AutocastOptions, autocast, isAutocastAvailable } from "./autocast.js";
export { type CustomForwardOptions, customBwd, customFwd } from "./custom.js";
export { GradScaler, type GradScalerOptions, type GradScalerState, type Scalable, type ScaledOptimizer } from "./gradScaler.js";
