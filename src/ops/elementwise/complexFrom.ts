/** Complex numbers from real ones. */

import { DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

function checkParts(op: string, a: Tensor, b: Tensor): void {
  const isWide = (x: Tensor): boolean => x.dtype.name === "float32" || x.dtype.name === "float64";
  if (!isWide(a) || !isWide(b)) {
    throw new DTypeError(
      `${op}: Expected both inputs to be Half, Float or Double tensors but got ${a.dtype.scalarName} and ${b.dtype.scalarName} (there is no complex dtype of half precision here)`,
    );
  }
  if (a.dtype !== b.dtype)
    throw new DTypeError(
      `${op}: Expected object of scalar type ${a.dtype.scalarName} but got scalar type ${b.dtype.scalarName} for second argument`,
    );
}

/**
 * `real + i · imag`
 * @throws {DTypeError} unless both are float32 or both are float64.
 */
export const complex: Op<(real: Tensor, imag: Tensor) => Tensor> = pointwise(
  "complex(Tensor real, Tensor imag)",
  (x, y) => e.complex(x, y),
  rules.complexFromReal,
  {
    inPlace: false,
    check: (real: Tensor, imag: Tensor) => checkParts("complex", real, imag),
  },
);

/**
 * `abs · (cos(angle) + i · sin(angle))`
 * @throws {DTypeError} unless both are float32 or both are float64.
 */
export const polar: Op<(abs: Tensor, angle: Tensor) => Tensor> = pointwise(
  "polar(Tensor abs, Tensor angle)",
  (r, phi) => e.complex(e.mul(r, e.cos(phi)), e.mul(r, e.sin(phi))),
  rules.complexFromReal,
  { inPlace: false, check: (abs: Tensor, angle: Tensor) => checkParts("polar", abs, angle) },
);
