/** Installs operations as methods of tensors. */

import type { Op } from "./dispatch.js";
import { bind, bindPlain } from "./schema.js";
import { Tensor } from "./tensor.js";

type AnyOp = Op<(...args: unknown[]) => unknown>;

function isOp(value: unknown): value is AnyOp {
  return typeof value === "function" && "record" in value;
}

function define(name: string, method: (this: Tensor, ...args: unknown[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

/** Calls an operation with the tensor first. Rest parameters would cost more than an operation on small tensors, hence the cases. */
function method(op: (...args: unknown[]) => unknown): (this: Tensor, ...args: unknown[]) => unknown {
  return function (this: Tensor, a?: unknown, b?: unknown, c?: unknown): unknown {
    switch (arguments.length) {
      case 0:
        return op(this);
      case 1:
        return a === undefined ? op(this) : op(this, a);
      case 2:
        return b === undefined ? op(this, a) : op(this, a, b);
      case 3:
        return op(this, a, b, c);
      default:
        return op(this, ...(arguments as Iterable<unknown>));
    }
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
        const all = [this, ...args];
        return inPlace(bindPlain(record.schema, all) ?? bind(record.schema, all));
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
