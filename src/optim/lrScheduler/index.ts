/** `torch.optim.lrScheduler`: learning rates over time. */

export { ChainedScheduler, SequentialLR } from "./combined.js";
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./cosine.js";
export { CyclicLR, type CyclicLROptions, OneCycleLR, type OneCycleLROptions } from "./cycles.js";
export { ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR } from "./decay.js";
export { LambdaLR, MultiplicativeLR } from "./lambda.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js";
export { LRScheduler, type SchedulerStateDict } from "./scheduler.js";
