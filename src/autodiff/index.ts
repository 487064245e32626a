/** `torch.autograd`: differentiation as users call it. */

export { detectAnomaly, enableGrad, inferenceMode, noGrad, setDetectAnomaly, setGradEnabled } from "../autograd/modes.js";
export { Node } from "../autograd/node.js";
export { backward, grad, type GradOptions } from "./grad.js";
