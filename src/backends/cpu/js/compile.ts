/** Turns generated source text into functions. */

import { interpreted } from "./interpreter/index.js";
import { scalarLibrary } from "./scalar.js";

let compiles: boolean | null = null;

/** Whether text can be compiled here. Pages with a strict security policy (`script-src` without `'unsafe-eval'`) forbid it. */
export function canCompile(): boolean {
  if (compiles === null) {
    try {
      compiles = new Function("return true")() === true;
    } catch {
      compiles = false;
    }
  }
  return compiles;
}

/** The function that the text of a function expression stands for, compiled or else interpreted; `S` in it is the scalar library. */
export function compileFunction<F>(source: string): F {
  if (!canCompile()) return interpreted(source, scalarLibrary) as F;
  const make = new Function("S", `"use strict"; return ${source};`) as (library: Readonly<Record<string, unknown>>) => F;
  return make(scalarLibrary);
}

/** The kernel of a key, made from its text at first use. */
export function kernelFor<K, F>(kernels: Map<K, F>, key: K, source: () => string): F {
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = compileFunction<F>(source());
    kernels.set(key, kernel);
  }
  return kernel;
}
