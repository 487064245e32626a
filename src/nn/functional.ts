/** The functions of `torch.nn.functional`, family by family. */

// distances
export { cosineSimilarity, normalize, pairwiseDistance, pdist } from "../ops/reduce/distances.js";
// normalisation
export { batchNorm, instanceNorm } from "../ops/reduce/batchNorm.js";
export { groupNorm, localResponseNorm } from "../ops/reduce/groupNorm.js";
export { layerNorm, rmsNorm } from "../ops/reduce/layerNorm.js";
export { gumbelSoftmax, logSoftmax, softmax, softmin } from "../ops/reduce/softmaxes.js";
