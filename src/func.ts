/** `torch.func`: modules as functions. Names only. */

export { functionalCall, stackModuleState } from "./nn/functionalCall.js";
