/** `torch.nn.utils`: what is done to the parameters of models. Names only. */

export * from "./collective.js";
export * as stateless from "./functionalCall.js";
export * as rnn from "./packed.js";
export { skipInit } from "./skipInit.js";
export { fuseConvBnEval, fuseConvBnWeights, fuseLinearBnEval, fuseLinearBnWeights } from "./weights/fusion.js";
export { convertConv2dWeightMemoryFormat, convertConv3dWeightMemoryFormat } from "./weights/memoryFormat.js";
export * as parametrizations from "./weights/parametrizations.js";
export * as parametrize from "./weights/parametrize.js";
export * as prune from "./weights/prune.js";
export { removeSpectralNorm, spectralNorm } from "./weights/spectralNorm.js";
export { removeWeightNorm, weightNorm } from "./weights/weightNorm.js";
