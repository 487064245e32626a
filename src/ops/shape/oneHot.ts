/** Class indices as vectors. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { emptyOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBounds } from "../indexing/bounds.js";

/**
 * Vectors of zeros with a 1 at the given class, in a new last dimension. `numClasses` -1 means one more than the largest class.
 * @throws {DTypeError} if the input is not int64.
 * @example
 * ```ts
 * torch.nn.functional.oneHot(torch.tensor([0n, 2n]), 3).tolist(); // [[1, 0, 0], [0, 0, 1]]
 * ```
 */
export const oneHot: Op<(input: Tensor, numClasses?: number | { numClasses?: number }) => Tensor> = composite(
  "oneHot(Tensor input, int numClasses=-1)",
  (input, numClasses) => {
    if (input.dtype !== int64)
      throw new DTypeError(
        `oneHot: one_hot is only applicable to index tensor of type LongTensor, got ${input.dtype}. Convert it with .long(); torch.tensor([1n, 2n]) makes int64.`,
      );
    if (input.count === 0 && numClasses <= 0)
      throw new ArgumentError(`oneHot: Can not infer total number of classes from empty tensor (numClasses = ${numClasses}).`);
    const classes = numClasses === -1 ? input.max().item() + 1 : numClasses;
    checkBounds(input, 0, classes, (bad) => {
      throw new ArgumentError(
        `oneHot: Class values must be ${bad < 0 ? "non-negative" : "smaller than num_classes"}, got ${bad} for ${classes} classes.`,
      );
    });
    const range = emptyOn(input.storage.backend, [classes], int64);
    range.storage.backend.kernels.sequence(range, 0n, 1n);
    return input.unsqueeze(-1).eq(range).long();
  },
  { dynamicShape: true },
);
