/** PyTorch's CPU random streams: the generator and the distributions that fill typed arrays from it. */

export {
  cauchy_,
  exponential_,
  logNormal_,
  normal_,
  normalSerial_,
  uniform_,
} from "./continuous.js";
export { bernoulli_, bernoulliEach_, binomial_, geometric_, poisson_ } from "./counts.js";
export { type Elements, elementsOf, type FloatElements, type IntegerElements, isFloat } from "./elements.js";
export { dirichlet_, standardGamma_ } from "./gamma.js";
export { random_, randomInt_, randperm } from "./integers.js";
export { Mt19937, type Regenerator, STATE_BYTES } from "./mt19937.js";
export { multinomial_ } from "./multinomial.js";
export { truncNormal_ } from "./truncated.js";
