/** Installs the operations as methods of tensors, and tells the compiler about them. Each family listed here may export only operations that are methods. */

import { installMethods, installProperties } from "../tensor/install.js";
import * as arrays from "./convert/arrays.js";
import * as cast from "./convert/cast.js";
import * as detach from "./convert/detach.js";
import * as like from "./create/like.js";
import * as activation from "./elementwise/activation.js";
import * as arithmetic from "./elementwise/arithmetic.js";
import * as bits from "./elementwise/bits.js";
import * as bounds from "./elementwise/bounds.js";
import * as choice from "./elementwise/choice.js";
import * as classification from "./elementwise/classification.js";
import * as comparison from "./elementwise/comparison.js";
import * as complexNumbers from "./elementwise/complexNumbers.js";
import * as division from "./elementwise/division.js";
import * as exponential from "./elementwise/exponential.js";
import * as exponents from "./elementwise/exponents.js";
import * as fill from "./elementwise/fill.js";
import * as logic from "./elementwise/logic.js";
import * as parts from "./elementwise/parts.js";
import * as powers from "./elementwise/powers.js";
import * as rounding from "./elementwise/rounding.js";
import * as special from "./elementwise/special.js";
import * as steps from "./elementwise/steps.js";
import * as trigonometric from "./elementwise/trigonometric.js";
import * as shortTime from "./fft/shortTime.js";
import * as copying from "./indexing/copy.js";
import * as flat from "./indexing/flat.js";
import * as gathering from "./indexing/gather.js";
import * as masks from "./indexing/masks.js";
import * as scatterReduce from "./indexing/scatterReduce.js";
import * as indexSlices from "./indexing/slices.js";
import * as sorting from "./indexing/sorting.js";
import * as subscript from "./indexing/subscript.js";
import * as uniqueness from "./indexing/unique.js";
import * as kinds from "./inspect/kinds.js";
import * as mapping from "./inspect/mapping.js";
import * as memory from "./inspect/memory.js";
import * as properties from "./inspect/properties.js";
import * as decompositions from "./linalg/decompositionMethods.js";
import * as solutions from "./linalg/solutionMethods.js";
import * as addedOuter from "./matrix/addr.js";
import * as addedProducts from "./matrix/fused.js";
import * as generalProducts from "./matrix/matmul.js";
import * as matrixPowers from "./matrix/powers.js";
import * as products from "./matrix/products.js";
import * as vectorProducts from "./matrix/vectors.js";
import * as randomChoices from "./random/choices.js";
import * as randomFills from "./random/fills.js";
import * as covariances from "./reduce/covariance.js";
import * as differences from "./reduce/differences.js";
import * as exponentials from "./reduce/exponentials.js";
import * as extrema from "./reduce/extrema.js";
import * as histograms from "./reduce/histogram.js";
import * as moments from "./reduce/moments.js";
import * as norms from "./reduce/norms.js";
import * as order from "./reduce/order.js";
import * as quantiles from "./reduce/quantile.js";
import * as scans from "./reduce/scans.js";
import * as softmaxes from "./reduce/softmax.js";
import * as sums from "./reduce/sums.js";
import * as truth from "./reduce/truth.js";
import * as diagonals from "./shape/diagonals.js";
import * as flipping from "./shape/flipping.js";
import * as regrouping from "./shape/regrouping.js";
import * as repeating from "./shape/repeating.js";
import * as resizing from "./shape/resizing.js";
import * as scatterViews from "./shape/scatterViews.js";
import * as slicing from "./shape/slicing.js";
import * as splitting from "./shape/splitting.js";
import * as strided from "./shape/strided.js";
import * as triangles from "./shape/triangles.js";
import * as views from "./shape/views.js";

/** The method that an operation becomes: its first argument is the tensor. */
type Method<O> = "asMethod" extends keyof O
  ? NonNullable<O["asMethod"]>
  : O extends { readonly form?: infer F }
    ? NonNullable<F> extends (input: never, ...rest: infer A) => infer R
      ? (...rest: A) => R
      : never
    : never;

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
    Family<typeof arrays>,
    Family<typeof cast>,
    Family<typeof comparison>,
    Family<typeof complexNumbers>,
    Family<typeof bits>,
    Family<typeof choice>,
    Family<typeof classification>,
    Family<typeof division>,
    Family<typeof exponential>,
    Family<typeof exponents>,
    Family<typeof special>,
    Family<typeof powers>,
    Family<typeof rounding>,
    Family<typeof steps>,
    Family<typeof trigonometric>,
    Family<typeof logic>,
    Family<typeof bounds>,
    Family<typeof detach>,
    Family<typeof fill>,
    Family<typeof shortTime>,
    Family<typeof like>,
    Family<typeof uniqueness>,
    Family<typeof flat>,
    Family<typeof sorting>,
    Family<typeof subscript>,
    Family<typeof indexSlices>,
    Family<typeof scatterReduce>,
    Family<typeof masks>,
    Family<typeof gathering>,
    Family<typeof copying>,
    Family<typeof products>,
    Family<typeof randomChoices>,
    Family<typeof randomFills>,
    Family<typeof vectorProducts>,
    Family<typeof matrixPowers>,
    Family<typeof addedOuter>,
    Family<typeof addedProducts>,
    Family<typeof generalProducts>,
    Family<typeof decompositions>,
    Family<typeof solutions>,
    Family<typeof exponentials>,
    Family<typeof extrema>,
    Family<typeof moments>,
    Family<typeof norms>,
    Family<typeof covariances>,
    Family<typeof differences>,
    Family<typeof histograms>,
    Family<typeof order>,
    Family<typeof quantiles>,
    Family<typeof scans>,
    Family<typeof softmaxes>,
    Family<typeof sums>,
    Family<typeof truth>,
    Family<typeof views>,
    Family<typeof strided>,
    Family<typeof resizing>,
    Family<typeof triangles>,
    Family<typeof repeating>,
    Family<typeof flipping>,
    Family<typeof splitting>,
    Family<typeof scatterViews>,
    Family<typeof diagonals>,
    Family<typeof slicing>,
    Family<typeof regrouping>,
    Family<typeof kinds>,
    Family<typeof mapping>,
    Family<typeof memory>,
    Properties<typeof parts>,
    Properties<typeof properties> {}

declare module "../tensor/tensor.js" {
  interface Tensor extends Methods {}
}

for (const family of [
  kinds,
  mapping,
  memory,
  uniqueness,
  flat,
  sorting,
  subscript,
  indexSlices,
  scatterReduce,
  masks,
  gathering,
  copying,
  activation,
  arithmetic,
  bits,
  bounds,
  arrays,
  cast,
  choice,
  classification,
  comparison,
  complexNumbers,
  division,
  exponential,
  exponents,
  logic,
  powers,
  rounding,
  special,
  steps,
  trigonometric,
  detach,
  fill,
  shortTime,
  like,
  products,
  randomChoices,
  randomFills,
  vectorProducts,
  matrixPowers,
  addedOuter,
  addedProducts,
  generalProducts,
  decompositions,
  solutions,
  exponentials,
  extrema,
  moments,
  norms,
  covariances,
  differences,
  histograms,
  order,
  quantiles,
  scans,
  softmaxes,
  sums,
  truth,
  views,
  strided,
  resizing,
  triangles,
  repeating,
  flipping,
  splitting,
  scatterViews,
  diagonals,
  slicing,
  regrouping,
])
  installMethods(family);
installProperties(parts);
installProperties(properties);
