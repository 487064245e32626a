/** From PyTorch's name of an operator to the function of ours that it is by the rules of names. */

import * as torch from "../../src/index.js";
import type { OpRecord } from "../../src/tensor/dispatch.js";
import { camelCase, camelPath } from "./names.js";

export type Arguments = readonly unknown[];
export type Options = Readonly<Record<string, unknown>>;

/** Makes a call. */
export type Caller = (args: Arguments, options: Options, variant: string | undefined) => unknown;

/** An operator as users call it. */
export interface Resolved {
  /** How users write it: `torch.linalg.invEx`, `Tensor.expand`. */
  readonly path: string;
  readonly record: OpRecord | null;
  readonly call: Caller;
  /** The in-place variant, which changes and returns `args[0]`; null where there is none. */
  readonly inPlace: Caller | null;
}

type Callable = (...args: unknown[]) => unknown;

function isCallable(value: unknown): value is Callable {
  return typeof value === "function" && !/^class\b/.test(String(value));
}

function isRecord(value: unknown): value is OpRecord {
  return typeof value === "object" && value !== null && "schema" in value && "run" in value;
}

/** The record that a function of ours carries. */
export function recordOf(value: unknown): OpRecord | null {
  return typeof value === "function" && "record" in value && isRecord(value.record) ? value.record : null;
}

/** What a dotted name stands for below `torch`. */
export function lookup(path: string): unknown {
  let at: unknown = torch;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

function withOptions(args: Arguments, options: Options): unknown[] {
  return Object.keys(options).length === 0 ? [...args] : [...args, options];
}

/** Calls a method, or reads a property, of the first argument. */
function callMethod(name: string): Caller {
  return (args, options) => {
    const [input, ...rest] = args;
    if (!(input instanceof torch.Tensor)) throw new TypeError(`${name}: a method of tensors was given no tensor first`);
    const member: unknown = Reflect.get(input, name);
    return isCallable(member) ? member.apply(input, withOptions(rest, options)) : member;
  };
}

function hasMember(name: string): boolean {
  return name in torch.Tensor.prototype;
}

function product(a: unknown, b: unknown): unknown {
  if (!(a instanceof torch.Tensor) || !(b instanceof torch.Tensor)) throw new TypeError("product: not two tensors");
  const matmul = lookup("matmul");
  if (!isCallable(matmul)) throw new TypeError("product: torch.matmul is missing");
  return matmul(a, b.transpose(-2, -1));
}

/** A list of plain numbers is one index, as in Python; any other list stands for a tuple of indices. */
function indices(index: unknown): unknown[] {
  return Array.isArray(index) && !index.every((one) => typeof one === "number") ? index : [index];
}

/**
 * Operators whose entry in PyTorch's database takes its arguments in another order than the public function, or wraps it.
 * Each gives the public function's arguments.
 */
const forms: Readonly<Record<string, (args: Arguments, variant: string | undefined) => Arguments>> = {
  where: ([input, condition, other]) => [condition, input, other],
  einsum: ([tensors, equation]) => [equation, tensors],
  polygamma: ([input, n]) => [n, input],
  "special.polygamma": ([input, n]) => [n, input],
  "nn.functional.embedding": ([weight, index, ...rest]) => [index, weight, ...rest],
  "nn.functional.embedding_bag": ([weight, index, ...rest]) => [index, weight, ...rest],
  svd_lowrank: ([a, b, ...rest]) => [product(a, b), ...rest],
  pca_lowrank: ([a, b, ...rest]) => [product(a, b), ...rest],
  "linalg.pinv": ([a, b, ...rest], variant) =>
    variant === "singular" ? [product(a, b), ...rest] : [a, ...(b === undefined ? [] : [b]), ...rest],
  normal: ([a, b, ...rest], variant) => (variant === "number_mean" ? [b, a, ...rest] : [a, b, ...rest]),
};

/** Operators whose entries in PyTorch's database seed the generator before each call, so that their values count. */
const seeded: ReadonlySet<string> = new Set([
  "normal",
  "nn.functional.scaled_dot_product_attention",
  "nn.functional.multi_head_attention_forward",
]);

function seed(op: string): void {
  if (seeded.has(op)) torch.manualSeed(42);
}

/** Operators that exist in place only, by PyTorch's name of the entry. */
const inPlaceOnly: ReadonlySet<string> = new Set(["cauchy", "exponential", "geometric", "log_normal", "uniform", "zero_"]);

function onClone(method: Caller): Caller {
  return ([input, ...rest], options, variant) => {
    if (!(input instanceof torch.Tensor)) throw new TypeError("an in-place method was given no tensor first");
    return method([input.clone(), ...rest], options, variant);
  };
}

function publicCaller(op: string, path: string): { path: string; call: Caller; record: OpRecord | null } | null {
  const last = camelCase(op.slice(op.lastIndexOf(".") + 1));
  if (op === "__getitem__")
    return hasMember("index")
      ? { path: "Tensor.index", call: ([input, index]) => callMethod("index")([input, ...indices(index)], {}, undefined), record: null }
      : null;
  if (inPlaceOnly.has(op)) {
    const name = last.endsWith("_") ? last : `${last}_`;
    return hasMember(name) ? { path: `Tensor.${name}`, call: onClone(callMethod(name)), record: null } : null;
  }
  const found = lookup(path);
  if (isCallable(found)) {
    const form = forms[op];
    return {
      path: `torch.${path}`,
      call: (args, options, variant) => found(...withOptions(form === undefined ? args : form(args, variant), options)),
      record: recordOf(found),
    };
  }
  return !op.includes(".") && hasMember(last) ? { path: `Tensor.${last}`, call: callMethod(last), record: null } : null;
}

function inPlaceCaller(op: string): Caller | null {
  const base = op.endsWith("_") ? op.slice(0, -1) : op;
  const name = `${camelCase(base.slice(base.lastIndexOf(".") + 1))}_`;
  const found = lookup(`${camelPath(base)}_`);
  if (isCallable(found)) return (args, options) => found(...withOptions(args, options));
  if (!base.includes(".")) return hasMember(name) ? callMethod(name) : null;
  const functional = lookup(camelPath(base));
  const takesInPlace = recordOf(functional)?.schema.parameters.some((parameter) => parameter.name === "inplace") ?? true;
  return isCallable(functional) && takesInPlace ? (args, options) => functional(...withOptions(args, { ...options, inplace: true })) : null;
}

/**
 * The operator of a name, or null if there is none yet.
 * @param place where to look below `torch`, for a function that is also elsewhere, as `nn.functional.relu` is `torch.relu`.
 */
export function resolve(op: string, place: string = camelPath(op)): Resolved | null {
  const found = publicCaller(op, place);
  if (found === null) return null;
  const { path, record } = found;
  const call: Caller = (args, options, variant) => {
    seed(op);
    if (op === "normal" && variant === "in_place") return onClone(callMethod("normal_"))(args, options, variant);
    const result = found.call(args, options, variant);
    // The entry keeps the differentiable results only, the solution and the residuals.
    return op === "linalg.lstsq" && variant === "grad_oriented" && Array.isArray(result) ? result.slice(0, 2) : result;
  };
  const inPlace = inPlaceCaller(op);
  const seededInPlace: Caller | null =
    inPlace === null
      ? null
      : (args, options, variant) => {
          seed(op);
          return inPlace(args, options, variant);
        };
  return { path, record, call, inPlace: seededInPlace };
}
