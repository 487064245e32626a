/** The functions of the `torch` namespace, family by family. Methods that are no functions in PyTorch are left out. */

// convert
export { clone } from "./convert/cast.js";
export { detach } from "./convert/detach.js";
// create
export * from "./create/filled.js";
export { asarray, emptyPermuted, emptyStrided, frombuffer } from "./create/memory.js";
export { fromNumpy, type NumpyArray } from "./create/ndarray.js";
export { arange, eye, linspace, logspace, range } from "./create/ranges.js";
export { asTensor, scalarTensor, type TensorData, tensor } from "./create/tensor.js";
export {
  BFloat16Tensor,
  BoolTensor,
  ByteTensor,
  CharTensor,
  DoubleTensor,
  FloatTensor,
  HalfTensor,
  IntTensor,
  LongTensor,
  ShortTensor,
  setDefaultTensorType,
  type TypedConstructor,
} from "./create/typed.js";
// elementwise
export * from "./elementwise/activation.js";
export * from "./elementwise/arithmetic.js";
export * from "./elementwise/bits.js";
export * from "./elementwise/bounds.js";
export * from "./elementwise/classification.js";
export * from "./elementwise/comparison.js";
export { complex, polar } from "./elementwise/complexFrom.js";
export * from "./elementwise/complexNumbers.js";
export { where } from "./elementwise/conditional.js";
export * from "./elementwise/division.js";
export * from "./elementwise/exponential.js";
export * from "./elementwise/exponents.js";
export { fill } from "./elementwise/fill.js";
export { relu_, threshold_ } from "./elementwise/linearUnits.js";
export * from "./elementwise/logic.js";
export { celu_, selu_ } from "./elementwise/nonlinear.js";
export { imag, real } from "./elementwise/parts.js";
export * from "./elementwise/powers.js";
export { fakeQuantizePerTensorAffine } from "./elementwise/quantisation.js";
export * from "./elementwise/rounding.js";
export { digamma, erf, erfc, erfinv, i0, igamma, igammac, lgamma, mvlgamma } from "./elementwise/special.js";
export { polygamma } from "./elementwise/specialFunctions.js";
export * from "./elementwise/steps.js";
export * from "./elementwise/trigonometric.js";
// fft
export { istft, stft } from "./fft/shortTime.js";
export { put, take } from "./indexing/flat.js";
// indexing
export { gather, scatter, scatterAdd, takeAlongDim } from "./indexing/gather.js";
export { argwhere, maskedFill, maskedScatter, maskedSelect, nonzero, nonzeroStatic } from "./indexing/masks.js";
export { indexReduce, scatterReduce } from "./indexing/scatterReduce.js";
export { bucketize, isin, searchsorted, unravelIndex } from "./indexing/searching.js";
export { indexAdd, indexCopy, indexFill, indexSelect } from "./indexing/slices.js";
export { argsort, kthvalue, msort, sort, topk } from "./indexing/sorting.js";
export { indexPut } from "./indexing/subscript.js";
export { unique, uniqueConsecutive } from "./indexing/unique.js";
// inspect
export { isComplex, isFloatingPoint, isInference, isNonzero, isSigned } from "./inspect/kinds.js";
export { isStorage, isTensor, numel, resultType } from "./inspect/numel.js";
// linalg
export * from "./linalg/decompositionMethods.js";
export { pcaLowrank, svdLowrank } from "./linalg/lowrank.js";
export { luUnpack } from "./linalg/lu.js";
export * from "./linalg/solutionMethods.js";
// matrix
export { addr } from "./matrix/addr.js";
export { blockDiag } from "./matrix/blockDiag.js";
export { chainMatmul, tensordot } from "./matrix/contraction.js";
export { einsum } from "./matrix/einsum.js";
export { addbmm, addmm, addmv, baddbmm } from "./matrix/fused.js";
export { bilinear } from "./matrix/linear.js";
export { ger, inner, kron, matmul, outer } from "./matrix/matmul.js";
export { matrixExp, matrixPower } from "./matrix/powers.js";
export { bmm, dot, mm, mv, vdot } from "./matrix/products.js";
export { cross } from "./matrix/vectors.js";
export { adaptiveAvgPool1d, avgPool1d } from "./neural/averagePool.js";
// neural
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "./neural/conv.js";
export { gridSampler, gridSampler2d, gridSampler3d } from "./neural/gridSample.js";
export { adaptiveMaxPool1d, maxPool1d, maxPool1dWithIndices, maxPool2d, maxPool3d } from "./neural/maxPool.js";
export { bernoulli, multinomial } from "./random/choices.js";
export { binomial, normal, poisson } from "./random/distributions.js";
// random
export { rrelu_ } from "./random/dropout.js";
export { rand, randint, randintLike, randLike, randn, randnLike, randperm } from "./random/sampled.js";
// reduce
export { nativeBatchNorm } from "./reduce/batchNorm.js";
export * from "./reduce/covariance.js";
export * from "./reduce/differences.js";
export { cdist, cosineSimilarity, pairwiseDistance, pdist } from "./reduce/distances.js";
export * from "./reduce/exponentials.js";
export * from "./reduce/extrema.js";
export { gradient } from "./reduce/gradients.js";
export { nativeGroupNorm } from "./reduce/groupNorm.js";
export * from "./reduce/histogram.js";
export { histogramdd } from "./reduce/histogramdd.js";
export * from "./reduce/integrals.js";
export { nativeLayerNorm } from "./reduce/layerNorm.js";
export * from "./reduce/momentPairs.js";
export * from "./reduce/moments.js";
export * from "./reduce/norms.js";
export * from "./reduce/order.js";
export * from "./reduce/quantile.js";
export * from "./reduce/scans.js";
export { logSoftmax, softmax } from "./reduce/softmax.js";
export { mean, nanmean, nansum, prod, sum } from "./reduce/sums.js";
export * from "./reduce/truth.js";
// shape
export { viewAsComplex, viewAsReal } from "./shape/complexViews.js";
export * from "./shape/copies.js";
export { diag, diagEmbed, diagflat, diagonal, trace } from "./shape/diagonals.js";
export { flip, fliplr, flipud, roll, rot90 } from "./shape/flipping.js";
export { broadcastShapes, broadcastTensors, cartesianProd, combinations, meshgrid } from "./shape/grids.js";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  cat,
  cat as concat,
  cat as concatenate,
  columnStack,
  dstack,
  hstack,
  stack,
  vstack,
  vstack as rowStack,
} from "./shape/joining.js";
export { constantPadNd } from "./shape/padding.js";
export { channelShuffle, channelShuffle as nativeChannelShuffle, pixelShuffle, pixelUnshuffle } from "./shape/rearranging.js";
export { adjoint, broadcastTo, moveaxis, movedim, ravel, swapaxes, swapdims, unflatten } from "./shape/regrouping.js";
export { repeatInterleave, tile } from "./shape/repeating.js";
export { diagonalScatter, selectScatter, sliceScatter } from "./shape/scatterViews.js";
export { narrow, narrowCopy, select } from "./shape/slicing.js";
export {
  chunk,
  dsplit,
  hsplit,
  split,
  splitWithSizes,
  tensorSplit,
  unbind,
  unsafeChunk,
  unsafeSplit,
  unsafeSplitWithSizes,
  vsplit,
} from "./shape/splitting.js";
export { asStrided, asStridedScatter } from "./shape/strided.js";
export { trilIndices, triuIndices } from "./shape/triangleIndices.js";
export { tril, triu } from "./shape/triangles.js";
export { vander } from "./shape/vandermonde.js";
export { flatten, permute, reshape, squeeze, t, transpose, unsqueeze } from "./shape/views.js";
// windows
export * as signal from "./windows/index.js";
export { bartlettWindow, blackmanWindow, hammingWindow, hannWindow, kaiserWindow } from "./windows/periodic.js";
