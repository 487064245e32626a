/** Which operations autocast runs in which dtype: PyTorch's lists for the CPU. */

/**
 * What autocast does to the arguments of an operation that are real floating-point tensors, float64 excepted: `lower` brings them to the dtype
 * of the scope, `float32` to float32, `widest` to the widest dtype among them. `kept` leaves them and what the operation calls itself alone.
 */
export type Policy = "lower" | "float32" | "widest" | "kept";

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Products and convolutions, which are fast and good enough in few bits. */
const lower = words(`
  addbmm addmm baddbmm bmm conv1d conv2d conv3d convTbc convTranspose1d convTranspose2d convTranspose3d linear lstm matmul mm prelu
  rnnRelu rnnTanh scaledDotProductAttention vecdot
`);

/** What needs the range or the precision of float32, or has no kernel for fewer bits in PyTorch. */
const float32 = words(`
  adaptiveAvgPool3d adaptiveMaxPool3d avgPool3d binaryCrossEntropy binaryCrossEntropyWithLogits cdist cholesky choleskyInverse choleskySolve
  cosineEmbeddingLoss crossEntropy ctcLoss fft fft2 fftn fractionalMaxPool2d fractionalMaxPool3d geqrf gridSample gridSampler gridSampler2d gridSampler3d gru hfft
  hingeEmbeddingLoss huberLoss ifft ifft2 ifftn ihfft inverse irfft irfft2 irfftn klDiv l1Loss linalg.cholesky linalg.choleskyEx linalg.cond
  linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh linalg.householderProduct linalg.inv linalg.invEx linalg.lstsq linalg.matrixRank
  linalg.qr linalg.solve linalg.svd linalg.svdvals linalg.tensorinv linalg.tensorsolve luSolve marginRankingLoss maxPool3d maxUnpool2d
  maxUnpool3d mseLoss multiMarginLoss multilabelMarginLoss nanquantile nllLoss orgqr ormqr pinverse poissonNllLoss polar prod qr quantile rfft
  rfft2 rfftn smoothL1Loss softMarginLoss stft svd trace triangularSolve tripletMarginLoss viewAsComplex
`);

/** What joins tensors, which must then be of one dtype. */
const widest = words("cat indexCopy stack");

/** What is made of products here and has a kernel of its own in PyTorch. */
const kept = words("bilinear");

/** The policy of an operation, by its name; those that are absent run as they are. */
export const cpuPolicies: ReadonlyMap<string, Policy> = new Map<string, Policy>([
  ...lower.map((name) => [name, "lower"] as const),
  ...float32.map((name) => [name, "float32"] as const),
  ...widest.map((name) => [name, "widest"] as const),
  ...kept.map((name) => [name, "kept"] as const),
]);
