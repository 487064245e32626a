/** The four kinds of operation. */

export { alias } from "./alias.js";
export { Blockwise, type BlockwiseSpec } from "./blockwise.js";
export { type CompositeOptions, composite } from "./composite.js";
export { fit, sumToShape } from "./fit.js";
export { inPlaceOnly } from "./inplace.js";
export { type Overload, overloads } from "./overloads.js";
export { type PointwiseOptions, pointwise } from "./pointwise.js";
export { underived } from "./pointwiseOperation.js";
export { namedTuple, type PrimitiveSpec, primitive, type Saved } from "./primitive.js";
export { Reduced, type ReducedSpec, type Reduction } from "./reduced.js";
export * as rules from "./rules.js";
export { plainView, type ViewInput, type ViewLayout, type ViewSpec, view } from "./view.js";
