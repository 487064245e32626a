/** `torch.func`: functions of functions, and modules as functions. Names only. */

export { grad, gradAndValue, hessian, jacfwd, jacrev, jvp, linearize, vjp } from "./autodiff/func/transforms.js";
export { vmap } from "./autodiff/func/vmap.js";
export { functionalCall, stackModuleState } from "./nn/functionalCall.js";
