/** The four kinds of operation. */

export { composite, type CompositeOptions } from "./composite.js";
export { pointwise, type PointwiseOptions } from "./pointwise.js";
export { namedTuple, primitive, type PrimitiveSpec, type Saved } from "./primitive.js";
export { view, type ViewInput, type ViewLayout, type ViewSpec } from "./view.js";
export { fit, sumToShape } from "./fit.js";
export * as rules from "./rules.js";
