/** Special functions: the namespace `torch.special`. Names only. */

export * from "./elementwise/bessel.js";
export { exp2, expm1, log1p, logit, xlogy } from "./elementwise/exponential.js";
export * from "./elementwise/orthogonal.js";
export { round } from "./elementwise/rounding.js";
export { digamma, erf, erfc, erfinv, i0 } from "./elementwise/special.js";
export * from "./elementwise/specialFunctions.js";
export { sinc } from "./elementwise/trigonometric.js";
export { logsumexp } from "./reduce/exponentials.js";
export { logSoftmax, softmax } from "./reduce/softmax.js";
