/** Installs operations as methods of tensors. */

import type { Op } from "./dispatch.js";
import { Tensor } from "./tensor.js";
import { bind } from "./schema.js";

type AnyOp = Op<(...args: unknown[]) => unknown>;

function isOp(value: unknown): value is AnyOp {
  return typeof value === "function" && "record" in value;
}

function define(name: string, method: (this: Tensor, ...args: unknown[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

/** Calls an operation with the tensor first. Spread calls cost more than the operation on small tensors, hence the cases. */
function method(op: (...args: unknown[]) => unknown): (this: Tensor, ...args: unknown[]) => unknown {
  return function (this: Tensor, a?: unknown, b?: unknown, ...rest: unknown[]): unknown {
    if (rest.length > 0) return op(this, a, b, ...rest);
    if (b !== undefined) return op(this, a, b);
    return a === undefined ? op(this) : op(this, a);
  };
}

/** Makes every operation of a family a method, with its in-place variant where it has one. */
export function installMethods(family: Readonly<Record<string, unknown>>): void {
  for (const [name, op] of Object.entries(family)) {
    if (!isOp(op)) continue;
    define(name, method(op));
    const { record } = op;
    if (record.inPlace !== null) {
      const inPlace = record.inPlace;
      define(`${name}_`, function (this: Tensor, ...args: unknown[]) {
        return inPlace(bind(record.schema, [this, ...args]));
      });
    }
  }
}

/** Makes operations on one tensor properties, such as `T`. */
export function installProperties(family: Readonly<Record<string, unknown>>): void {
  for (const [name, op] of Object.entries(family)) {
    if (!isOp(op)) continue;
    const { record } = op;
    Object.defineProperty(Tensor.prototype, name, {
      get(this: Tensor) {
        return record.run([this]);
      },
      configurable: true,
    });
  }
}
