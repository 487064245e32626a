/** What the functions that give derivatives take: a function, the arguments that count, and whether it gives something beside its result. */

import { ArgumentError } from "../../core/errors.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tape } from "./tape.js";
import { tensorsOf } from "./tree.js";

/** Which arguments to differentiate with respect to. */
export type Argnums = number | readonly number[];

/** The arguments that `N` names: one, or a list. */
export type Chosen<A extends readonly unknown[], N extends Argnums> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & keyof A] }
  : A[N & keyof A];

/** A derivative, together with what the function gives beside its result. */
export type WithAux<G, R, H extends boolean> = H extends true ? [derivative: G, aux: R extends readonly [unknown, infer X] ? X : never] : G;

/** The result of a function without what it gives beside it. */
export type Main<R, H extends boolean> = H extends true ? (R extends readonly [infer M, unknown] ? M : never) : R;

/** Options of the derivatives of functions. */
export interface DerivativeOptions {
  /** Which arguments to differentiate with respect to: the number of one (0 by default), or a list. */
  readonly argnums?: Argnums;
  /** Whether the function gives `[result, more]`; what is more is passed on. */
  readonly hasAux?: boolean;
}

/** Which arguments, by position or among options; `P` is what is given in the place of `argnums`. */
export type NumbersIn<P> = P extends Argnums ? P : P extends { readonly argnums: infer N extends Argnums } ? N : 0;

/** Whether there is more than the result, by position or among options. */
export type AuxIn<P, H extends boolean> = P extends { readonly hasAux: infer B extends boolean } ? B : H;

export interface Resolved {
  readonly argnums: Argnums;
  readonly hasAux: boolean;
}

export function resolved(argnums: Argnums | DerivativeOptions | undefined, hasAux: boolean | DerivativeOptions | undefined): Resolved {
  const first: DerivativeOptions = isOptions(argnums) ? argnums : argnums === undefined ? {} : { argnums: argnums as Argnums };
  const second: DerivativeOptions = typeof hasAux === "boolean" ? { hasAux } : (hasAux ?? {});
  return { argnums: 0, hasAux: false, ...first, ...second };
}

/** The arguments with variables in the place of those that are chosen. */
export function bound(
  op: string,
  tape: Tape,
  args: readonly unknown[],
  argnums: Argnums,
): { readonly given: unknown[]; readonly chosen: unknown } {
  const given = [...args];
  const numbers = (typeof argnums === "number" ? [argnums] : argnums).map((n) => {
    const i = n < 0 ? n + args.length : n;
    if (!Number.isInteger(i) || i < 0 || i >= args.length)
      throw new ArgumentError(`${op}: argnums names argument ${n}, but the function was called with ${args.length}`);
    return i;
  });
  for (const i of numbers) given[i] = tape.variables(args[i]);
  const chosen = typeof argnums === "number" ? given[numbers[0] as number] : numbers.map((i) => given[i]);
  if (tensorsOf(chosen).length === 0) throw new ArgumentError(`${op}: there is no tensor among the arguments that argnums names`);
  return { given, chosen };
}

export type AnyFunction = (...args: never[]) => unknown;

export const applied = (f: AnyFunction, args: readonly unknown[]): unknown => Reflect.apply(f, undefined, args);

/** The result of a function, and what it gives beside it. */
export function split(op: string, result: unknown, hasAux: boolean): readonly [main: unknown, aux: unknown] {
  if (!hasAux) return [result, undefined];
  if (!Array.isArray(result) || result.length !== 2) throw new ArgumentError(`${op}: with hasAux the function must give [result, aux]`);
  return [result[0], result[1]];
}
