/** `torch.func`: functions of functions, and modules as functions. Names only. */

export { grad, gradAndValue, jvp, linearize, vjp } from "./autodiff/func/gradients.js";
export { hessian, jacfwd, jacrev } from "./autodiff/func/jacobians.js";
export { vmap } from "./autodiff/func/vmap.js";
export { functionalCall, stackModuleState } from "./nn/functionalCall.js";
