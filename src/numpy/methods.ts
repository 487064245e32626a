/** Installs the bridge to NumPy as methods of tensors. */

import { installMethods } from "../tensor/install.js";
import * as bridge from "./bridge.js";
import type { NDArray } from "./ndarray.js";

declare module "../tensor/tensor.js" {
  interface Tensor {
    /** The tensor as an array of numpy-ts, which shares the memory of a tensor on the CPU. */
    numpy(options?: { force?: boolean }): NDArray;
    /** A copy of the tensor as an array of numpy-ts, from any device. */
    numpyAsync(options?: { force?: boolean }): Promise<NDArray>;
  }
}

installMethods(bridge);
