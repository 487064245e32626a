/** Who is told when a program reads values of a tensor, as a transform that cannot follow them wants to be. */

import type { Tensor } from "./tensor.js";

/** Sees a tensor whose values are read, and the call that reads them. */
export type ReadObserver = (tensor: Tensor, call: string) => void;

export const reads: { observer: ReadObserver | null } = { observer: null };
