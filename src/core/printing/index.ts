/** PyTorch's text of tensors and numbers, to the character, without a tensor class. */

export { fixed, scientific } from "./decimal.js";
export type { ComplexValue, ElementKind, ElementValue } from "./elements.js";
export { getPrintoptions, type PrintOptions, type PrintOptionsUpdate, type PrintProfile, setPrintoptions } from "./options.js";
export { reprFloat, reprNumber } from "./repr.js";
export { reprTuple, type SuffixSource, tensorSuffixes } from "./suffixes.js";
export { formatTensor, type PrintableTensor } from "./tensor.js";
