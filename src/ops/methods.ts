/** Installs the operations as methods of tensors, and tells the compiler about them. Each family listed here may export only operations that are methods. */

import { installMethods, installProperties } from "../tensor/install.js";
import * as activation from "./elementwise/activation.js";
import * as arithmetic from "./elementwise/arithmetic.js";
import * as cast from "./convert/cast.js";
import * as comparison from "./elementwise/comparison.js";
import * as detach from "./convert/detach.js";
import * as fill from "./elementwise/fill.js";
import * as like from "./create/like.js";
import * as products from "./matrix/products.js";
import * as parts from "./elementwise/parts.js";
import * as sums from "./reduce/sums.js";
import * as views from "./shape/views.js";
import * as strided from "./shape/strided.js";

/** The method that an operation becomes: its first argument is the tensor. */
type Method<F> = F extends (input: never, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** The methods of a family. */
type From<M> = { [K in keyof M]: Method<M[K]> };

/** The in-place methods of a family. */
type InPlaceFrom<M> = {
  [K in keyof M & string as M[K] extends { readonly hasInPlace: true } ? `${K}_` : never]: Method<M[K]>;
};

type Properties<M> = { readonly [K in keyof M]: M[K] extends (input: never) => infer R ? R : never };

type Family<M> = From<M> & InPlaceFrom<M>;

interface Methods
  extends Family<typeof activation>,
    Family<typeof arithmetic>,
    Family<typeof cast>,
    Family<typeof comparison>,
    Family<typeof detach>,
    Family<typeof fill>,
    Family<typeof like>,
    Family<typeof products>,
    Family<typeof sums>,
    Family<typeof views>,
    Family<typeof strided>,
    Properties<typeof parts> {}

declare module "../tensor/tensor.js" {
  interface Tensor extends Methods {}
}

for (const family of [activation, arithmetic, cast, comparison, detach, fill, like, products, sums, views, strided]) installMethods(family);
installProperties(parts);
