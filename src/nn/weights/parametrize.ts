/** `torch.nn.utils.parametrize`: tensors of modules as functions of parameters. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Module } from "../module.js";
import { ModuleDict } from "../modules/moduleDict.js";
import { ModuleList } from "../modules/moduleList.js";
import { Parameter } from "../parameter.js";

/** A module that computes a tensor from parameters. With `rightInverse`, which gives parameters for a value, the tensor can be assigned. */
export type Parametrization = Module<Tensor[], Tensor> & {
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
};

/** Makes a tensor a parameter of a module if it is one, else a buffer. */
function hold(module: Module, name: string, tensor: Tensor): void {
  if (tensor instanceof Parameter) module.registerParameter(name, tensor);
  else module.registerBuffer(name, tensor);
}

function checkSame(made: Tensor, was: Tensor): void {
  const op = "registerParametrization: Registering a parametrization may not change the";
  const end = "of the tensor, unless `unsafe` flag is enabled.";
  if (made.dtype !== was.dtype)
    throw new DTypeError(`${op} dtype ${end} unparametrized dtype: ${was.dtype}, parametrized dtype: ${made.dtype}`);
  if (!sameShape(made.shape, was.shape))
    throw new ShapeError(
      `${op} shape ${end} unparametrized shape: ${formatShape(was.shape)}, parametrized shape: ${formatShape(made.shape)}`,
    );
}

/** The parametrizations of one tensor, one after another, and what the first is computed from: `original`, or `original0`, `original1` and so on. */
export class ParametrizationList extends ModuleList<Parametrization> {
  /** The number of tensors that the first parametrization takes, or null for the one `original`. */
  readonly ntensors: number | null;

  constructor(parametrization: Parametrization, original: Tensor, unsafe: boolean) {
    super([parametrization]);
    const was = original.data;
    const made = noGrad(() => parametrization.rightInverse?.(original) ?? original);
    if (made instanceof Tensor) {
      this.ntensors = null;
      if (made.dtype !== original.dtype)
        throw new DTypeError(
          `registerParametrization: When \`right_inverse\` outputs one tensor, it may not change the dtype. original.dtype: ${original.dtype}, right_inverse(original).dtype: ${made.dtype}`,
        );
      original.data = made.data;
      hold(this, "original", original);
    } else {
      this.ntensors = made.length;
      made.forEach((one, i) => {
        hold(this, `original${i}`, original instanceof Parameter ? new Parameter(one.data, original.requiresGrad) : one.data);
      });
    }
    if (!unsafe) checkSame(this.forward(), was);
  }

  /** @internal What the first parametrization is computed from. */
  originals(): Tensor[] {
    const names = this.ntensors === null ? ["original"] : Array.from({ length: this.ntensors }, (_, i) => `original${i}`);
    return names.map((name) => Reflect.get(this, name) as Tensor);
  }

  /** The tensor. */
  forward(): Tensor {
    const [first, ...rest] = this;
    return rest.reduce((value, parametrization) => parametrization(value), (first as Parametrization)(...this.originals()));
  }

  /**
   * Sets the originals so that the tensor has a value.
   * @throws {ArgumentError} if a parametrization has no `rightInverse`.
   */
  rightInverse(value: Tensor): void {
    noGrad(() => {
      let made: Tensor | readonly Tensor[] = value;
      for (const parametrization of [...this].reverse()) {
        if (parametrization.rightInverse === undefined || !(made instanceof Tensor))
          throw new ArgumentError(`parametrization ${parametrization._getName()} does not implement right_inverse.`);
        made = parametrization.rightInverse(made);
      }
      const originals = this.originals();
      const values: readonly Tensor[] = made instanceof Tensor ? [made] : made;
      if (values.length !== originals.length)
        throw new ArgumentError(
          `rightInverse: 'right_inverse' must return a sequence of tensors of length ${originals.length}. Got a sequence of length ${values.length}.`,
        );
      originals.forEach((original, i) => {
        original.data = (values[i] as Tensor).data;
      });
    });
  }
}

/** Values that `cached` keeps, by module and name. */
let cache: Map<ParametrizationList, Tensor> | null = null;

/** Runs a callback in which every parametrized tensor is computed once, when it is first read. */
export function cached<R>(callback: () => R): R {
  const before = cache;
  cache ??= new Map();
  try {
    return callback();
  } finally {
    cache = before;
  }
}

function valueOf(list: ParametrizationList): Tensor {
  const known = cache?.get(list);
  if (known !== undefined) return known;
  const value = list();
  cache?.set(list, value);
  return value;
}

/** The parametrizations of a module by the names of tensors; null if there are none. */
function parametrizationsOf(module: Module): ModuleDict<Record<string, ParametrizationList>> | null {
  const found: unknown = Reflect.get(module, "parametrizations");
  return found instanceof ModuleDict ? (found as ModuleDict<Record<string, ParametrizationList>>) : null;
}

/** Whether a module has parametrized tensors, or one of a name. */
export function isParametrized(module: Module, tensorName: string | null = null): boolean {
  const found = parametrizationsOf(module);
  return found !== null && (tensorName === null ? found.length > 0 : found.has(tensorName));
}

/** Gives a module a class of its own, named `Parametrized…`, in which tensors can be computed. */
function injectClass(module: Module): void {
  const parent = module.constructor as typeof Module;
  const name = `Parametrized${module._getName()}`;
  const { [name]: own } = { [name]: class extends parent {} };
  Object.setPrototypeOf(module, (own as typeof Module).prototype);
}

function injectProperty(module: Module, name: string): void {
  const listOf = (self: Module): ParametrizationList =>
    (parametrizationsOf(self) as ModuleDict<Record<string, ParametrizationList>>).getItem(name);
  Object.defineProperty(Object.getPrototypeOf(module), name, {
    get(this: Module) {
      return valueOf(listOf(this));
    },
    set(this: Module, value: Tensor) {
      listOf(this).rightInverse(value);
    },
    configurable: true,
  });
}

/**
 * Makes a parameter or buffer of a module the result of another module, which is called whenever the tensor is read. Several may be registered, one
 * after another. What was the parameter is `parametrizations.{name}.original` then.
 * @throws {ArgumentError} if there is no such tensor.
 * @throws {ShapeError} if the shape changes, unless `unsafe` is true.
 * @example
 * ```ts
 * class Symmetric extends nn.Module {
 *   forward(x: torch.Tensor) { return x.triu().add(x.triu(1).t()); }
 * }
 * const layer = nn.utils.parametrize.registerParametrization(new nn.Linear(3, 3), "weight", new Symmetric());
 * ```
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Parametrization,
  { unsafe = false }: { unsafe?: boolean } = {},
): M {
  parametrization.train(module.training);
  if (isParametrized(module, tensorName)) {
    const list = (parametrizationsOf(module) as ModuleDict<Record<string, ParametrizationList>>).getItem(tensorName);
    if (!unsafe) {
      const before = list();
      checkSame(parametrization(before), before);
    }
    list.append(parametrization);
    return module;
  }
  const original = module._parameters.get(tensorName) ?? module._buffers.get(tensorName);
  if (original === undefined || original === null)
    throw new ArgumentError(
      `registerParametrization: Module '${module._getName()}' does not have a parameter, a buffer, or a parametrized element with name '${tensorName}'`,
    );
  const list = new ParametrizationList(parametrization, original, unsafe);
  Reflect.deleteProperty(module, tensorName);
  if (parametrizationsOf(module) === null) {
    injectClass(module);
    module.addModule("parametrizations", new ModuleDict());
  }
  injectProperty(module, tensorName);
  parametrizationsOf(module)?.setItem(tensorName, list);
  return module;
}

/**
 * Makes a parametrized tensor an ordinary parameter or buffer again: with the value that it has, or with `leaveParametrized` false with that of the
 * original.
 * @throws {ArgumentError} if the tensor is not parametrized.
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  leaveParametrized: boolean | { leaveParametrized?: boolean } = true,
): M {
  const keepValue = typeof leaveParametrized === "boolean" ? leaveParametrized : leaveParametrized.leaveParametrized !== false;
  const all = parametrizationsOf(module);
  if (all === null || !all.has(tensorName))
    throw new ArgumentError(`removeParametrizations: Module ${module._getName()} does not have a parametrization on ${tensorName}`);
  const list = all.getItem(tensorName);
  const [first] = list.originals() as [Tensor];
  if (list.ntensors !== null && !keepValue)
    throw new ArgumentError(
      "removeParametrizations: Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.",
    );
  const value = noGrad(() => list());
  let tensor = first;
  if (list.ntensors !== null) tensor = first instanceof Parameter ? new Parameter(value.data) : value;
  else if (keepValue) first.data = value.data;
  Reflect.deleteProperty(Object.getPrototypeOf(module), tensorName);
  all.pop(tensorName);
  if (all.length === 0) {
    Reflect.deleteProperty(module, "parametrizations");
    Object.setPrototypeOf(module, Object.getPrototypeOf(Object.getPrototypeOf(module)));
  }
  hold(module, tensorName, tensor);
  return module;
}

/** The class of a module without parametrizations. */
export function typeBeforeParametrizations(module: Module): unknown {
  return isParametrized(module) ? Object.getPrototypeOf(Object.getPrototypeOf(module)).constructor : module.constructor;
}
