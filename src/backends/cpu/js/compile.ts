/** Turns generated source text into functions. */

import { TorchError } from "../../../core/errors.js";
import { scalarLibrary } from "./scalar.js";

/** Compiles the text of a function expression; `S` in it is the scalar library. */
export function compileFunction<F>(source: string): F {
  let make: (library: Readonly<Record<string, unknown>>) => F;
  try {
    make = new Function("S", `"use strict"; return ${source};`) as (library: Readonly<Record<string, unknown>>) => F;
  } catch (cause) {
    throw new TorchError(
      `the CPU kernels need to compile JavaScript, which this page's security policy (script-src without 'unsafe-eval') forbids`,
      { cause },
    );
  }
  return make(scalarLibrary);
}

/** The kernel of a key, compiled from its text at first use. */
export function kernelFor<K, F>(kernels: Map<K, F>, key: K, source: () => string): F {
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = compileFunction<F>(source());
    kernels.set(key, kernel);
  }
  return kernel;
}
