/** The four kinds of operation. */

export { alias } from "./alias.js";
export { Blockwise, type BlockwiseSpec } from "./blockwise.js";
export { composite, type CompositeOptions } from "./composite.js";
export { overloads, type Overload } from "./overloads.js";
export { pointwise, type PointwiseOptions, underived } from "./pointwise.js";
export { namedTuple, primitive, type PrimitiveSpec, type Saved } from "./primitive.js";
export { view, type ViewInput, type ViewLayout, type ViewSpec } from "./view.js";
export { fit, sumToShape } from "./fit.js";
export { inPlaceOnly } from "./inplace.js";
export { Reduced, type ReducedSpec, type Reduction } from "./reduced.js";
export * as rules from "./rules.js";
