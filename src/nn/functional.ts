/** The functions of `torch.nn.functional`, family by family. */

// activations
export { hardshrink, prelu, sigmoid } from "../ops/elementwise/activation.js";
export {
  hardsigmoid,
  hardswish,
  hardtanh,
  hardtanh_,
  leakyRelu,
  leakyRelu_,
  relu,
  relu_,
  relu6,
  softshrink,
  threshold,
  threshold_,
} from "../ops/elementwise/linearUnits.js";
export {
  celu,
  celu_,
  elu,
  elu_,
  gelu,
  glu,
  logsigmoid,
  mish,
  selu,
  selu_,
  silu,
  softplus,
  softsign,
  tanhshrink,
} from "../ops/elementwise/nonlinear.js";
export { tanh } from "../ops/elementwise/trigonometric.js";
// linear
export { bilinear, linear } from "../ops/matrix/linear.js";
// attention
export { scaledDotProductAttention } from "../ops/neural/attention.js";
// pooling
export { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, avgPool1d, avgPool2d, avgPool3d } from "../ops/neural/averagePool.js";
export { crossEntropy, nllLoss } from "../ops/neural/classLosses.js";
// convolutions
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "../ops/neural/conv.js";
export { convTbc } from "../ops/neural/convTbc.js";
// losses
export { ctcLoss } from "../ops/neural/ctc.js";
// embeddings
export { embedding } from "../ops/neural/embedding.js";
export { embeddingBag } from "../ops/neural/embeddingBag.js";
export { cosineEmbeddingLoss, tripletMarginLoss, tripletMarginWithDistanceLoss } from "../ops/neural/embeddingLosses.js";
export { fractionalMaxPool2d, fractionalMaxPool3d } from "../ops/neural/fractionalPool.js";
export { affineGrid, gridSample } from "../ops/neural/gridSample.js";
// resizing
export { type InterpolationMode, interpolate, upsample, upsampleBilinear, upsampleNearest } from "../ops/neural/interpolate.js";
export { binaryCrossEntropy, binaryCrossEntropyWithLogits, gaussianNllLoss, klDiv, poissonNllLoss } from "../ops/neural/likelihoods.js";
export { hingeEmbeddingLoss, huberLoss, l1Loss, marginRankingLoss, mseLoss, smoothL1Loss, softMarginLoss } from "../ops/neural/losses.js";
export { multilabelMarginLoss, multilabelSoftMarginLoss, multiMarginLoss } from "../ops/neural/marginLosses.js";
export {
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
} from "../ops/neural/maxPool.js";
export { type AttentionResult, multiHeadAttentionForward } from "../ops/neural/multiHeadAttention.js";
export { lpPool1d, lpPool2d, lpPool3d, maxUnpool1d, maxUnpool2d, maxUnpool3d } from "../ops/neural/otherPools.js";
// dropout
export { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout, rrelu, rrelu_ } from "../ops/random/dropout.js";
// normalisation
export { batchNorm, instanceNorm } from "../ops/reduce/batchNorm.js";
// distances
export { cosineSimilarity, normalize, pairwiseDistance, pdist } from "../ops/reduce/distances.js";
export { groupNorm, localResponseNorm } from "../ops/reduce/groupNorm.js";
export { layerNorm, rmsNorm } from "../ops/reduce/layerNorm.js";
export { gumbelSoftmax, logSoftmax, softmax, softmin } from "../ops/reduce/softmaxes.js";
// padding, pixels, patches
export { oneHot } from "../ops/shape/oneHot.js";
export { pad } from "../ops/shape/padding.js";
export { fold, unfold } from "../ops/shape/patches.js";
export { channelShuffle, channelShuffle as nativeChannelShuffle, pixelShuffle, pixelUnshuffle } from "../ops/shape/rearranging.js";
