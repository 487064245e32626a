/** `torch.nn`: modules, and the functions and initialisers behind them. Names only. */

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
// attention
export { MultiheadAttention } from "./modules/attention.js";
// pooling
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  LPPool1d,
  LPPool2d,
  LPPool3d,
  MaxUnpool1d,
  MaxUnpool2d,
  MaxUnpool3d,
} from "./modules/averagePool.js";
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
// convolutions
export { Conv1d, Conv2d, Conv3d } from "./modules/conv.js";
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./modules/convTranspose.js";
// lookups, distances, rearrangements
export { CosineSimilarity, PairwiseDistance } from "./modules/distance.js";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from "./modules/dropout.js";
export { type BagMode, Embedding, EmbeddingBag } from "./modules/embedding.js";
export { Flatten, Unflatten } from "./modules/flatten.js";
export { Fold, Unfold } from "./modules/fold.js";
export { CrossMapLRN2d, GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm } from "./modules/layerNorm.js";
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
export {
  LazyConv1d,
  LazyConv2d,
  LazyConv3d,
  LazyConvTranspose1d,
  LazyConvTranspose2d,
  LazyConvTranspose3d,
} from "./modules/lazyConv.js";
export { Bilinear, Identity, Linear } from "./modules/linear.js";
export { LinearCrossEntropyLoss, LinearCrossEntropyOptions } from "./modules/linearLoss.js";
export {
  CosineEmbeddingLoss,
  type DistanceFunction,
  HingeEmbeddingLoss,
  MarginRankingLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from "./modules/margin.js";
export {
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  FractionalMaxPool2d,
  FractionalMaxPool3d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./modules/maxPool.js";
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
export { DataParallel, SyncBatchNorm } from "./modules/parallel.js";
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
// recurrent
export { GRU, LSTM, type LSTMState, RNN } from "./modules/recurrent.js";
export { RNNBase } from "./modules/recurrentBase.js";
export { GRUCell, LSTMCell, RNNCell, RNNCellBase } from "./modules/recurrentCell.js";
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
export { Transformer, TransformerDecoder, TransformerEncoder } from "./modules/transformer.js";
export { TransformerDecoderLayer, TransformerEncoderLayer } from "./modules/transformerLayer.js";
export { Upsample, UpsamplingBilinear2d, UpsamplingNearest2d } from "./modules/upsampling.js";
export { Buffer, Parameter } from "./parameter.js";
export { IncompatibleKeys, type StateDict } from "./stateDict.js";
export * as utils from "./utils.js";
