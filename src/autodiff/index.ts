/** `torch.autograd`: differentiation as users call it. */

export { detectAnomaly, enableGrad, inferenceMode, noGrad, setDetectAnomaly, setGradEnabled } from "../autograd/modes.js";
export { Node } from "../autograd/node.js";
export { Function, FunctionContext } from "./function.js";
export * as functional from "./functional.js";
export { backward, type GradOptions, grad } from "./grad.js";
export { type Differentiable, type GradcheckOptions, gradcheck, gradgradcheck } from "./gradcheck.js";
export * as graph from "./graph.js";
