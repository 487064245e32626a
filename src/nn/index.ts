/** `torch.nn`: modules, and the functions and initialisers behind them. Names only. */

export * as utils from "./collective.js";
export * as functional from "./functional.js";
export type { ForwardArguments, ForwardResult } from "./hooked.js";
export * as init from "./init.js";
export { Module } from "./module.js";
// activations
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardtanh,
  LeakyReLU,
  PReLU,
  ReLU6,
  RReLU,
  Softplus,
  Softshrink,
  Threshold,
} from "./modules/activation.js";
// losses
export { AdaptiveLogSoftmaxWithLoss, type AdaptiveResult } from "./modules/adaptive.js";
// normalisation
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./modules/batchNorm.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  CTCLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  NLLLoss2d,
} from "./modules/classification.js";
// lookups, distances, rearrangements
export { CosineSimilarity, PairwiseDistance } from "./modules/distance.js";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from "./modules/dropout.js";
export { type BagMode, Embedding, EmbeddingBag } from "./modules/embedding.js";
export { Flatten, Unflatten } from "./modules/flatten.js";
export { Fold, Unfold } from "./modules/fold.js";
export { GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm } from "./modules/layerNorm.js";
// layers
export {
  LazyBatchNorm1d,
  LazyBatchNorm2d,
  LazyBatchNorm3d,
  LazyInstanceNorm1d,
  LazyInstanceNorm2d,
  LazyInstanceNorm3d,
  LazyLinear,
} from "./modules/lazy.js";
export { Bilinear, Identity, Linear } from "./modules/linear.js";
export {
  CosineEmbeddingLoss,
  type DistanceFunction,
  HingeEmbeddingLoss,
  MarginRankingLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from "./modules/margin.js";
// containers
export { ModuleDict } from "./modules/moduleDict.js";
export { ModuleList, type NamedModules, Sequential } from "./modules/moduleList.js";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./modules/padding.js";
export { ParameterDict, ParameterList } from "./modules/parameterList.js";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from "./modules/pixelShuffle.js";
export {
  Hardsigmoid,
  Hardswish,
  LogSigmoid,
  Mish,
  ReLU,
  SELU,
  Sigmoid,
  SiLU,
  Softsign,
  Tanh,
  Tanhshrink,
} from "./modules/plainActivation.js";
export {
  GaussianNLLLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  MultiLabelMarginLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
} from "./modules/regression.js";
export { LogSoftmax, Softmax, Softmax2d, Softmin } from "./modules/softmax.js";
export { Buffer, Parameter } from "./parameter.js";
export { IncompatibleKeys, type StateDict } from "./stateDict.js";
