/** The special functions of the scalar expression language. */

import erf from "@stdlib/math-base-special-erf";
import erfc from "@stdlib/math-base-special-erfc";
import erfinv from "@stdlib/math-base-special-erfinv";
import type { SpecialOp } from "../../../../expr/node.js";
import { airyAi } from "./airy.js";
import { besselJ0, besselJ1, besselY0, besselY1 } from "./bessel.js";
import { digamma, lgamma, polygamma, zeta } from "./gamma.js";
import { gammainc, gammaincc } from "./incompleteGamma.js";
import { i0, i0e, i1, i1e, k0, k0e, k1, k1e } from "./modifiedBessel.js";
import { erfcx, ndtri } from "./normal.js";
import { chebyshevT, chebyshevU, chebyshevV, chebyshevW, hermiteH, hermiteHe, laguerreL, legendreP } from "./orthogonal.js";

/** What generated code calls for each special function. */
export const specialFunctions: { readonly [op in SpecialOp]: (x: number, y: number) => number } = {
  erf,
  erfc,
  erfcx,
  erfinv,
  ndtri,
  lgamma,
  digamma,
  polygamma,
  zeta,
  gammainc,
  gammaincc,
  besselJ0,
  besselJ1,
  besselY0,
  besselY1,
  i0,
  i0e,
  i1,
  i1e,
  k0,
  k0e,
  k1,
  k1e,
  airyAi,
  chebyshevT,
  chebyshevU,
  chebyshevV,
  chebyshevW,
  hermiteH,
  hermiteHe,
  laguerreL,
  legendreP,
};
