/** PyTorch's numbers behind the names of graph nodes, which tell the overloads of one operation apart. */

import { Tensor } from "../../tensor/tensor.js";

/** 0 for a number as the second operand, 1 for a tensor. */
export const bySecond =
  (name: string): ((inputs: readonly unknown[]) => string) =>
  ([, other]) =>
    `${name}Backward${other instanceof Tensor ? 1 : 0}`;

/** 0 for two tensors, 1 for a number first, 2 for a number second. */
export const byBoth =
  (name: string): ((inputs: readonly unknown[]) => string) =>
  ([input, other]) =>
    `${name}Backward${input instanceof Tensor ? (other instanceof Tensor ? 0 : 2) : 1}`;
