/** What `console.log` shows of tensors and their like in Node: their own text. */

import { Complex } from "../core/complex.js";
import { Device } from "../core/device.js";
import { DType } from "../core/dtype.js";
import { Size } from "./size.js";
import { Tensor } from "./tensor.js";
import { UntypedStorage } from "./untyped.js";

/** The name under which Node looks for a text; other hosts ignore it. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Makes `console.log` print objects of a class as `String` does. */
export function printAsText(constructor: { readonly prototype: object }): void {
  Object.defineProperty(constructor.prototype, inspect, {
    value(this: object): string {
      return String(this);
    },
    configurable: true,
    writable: true,
  });
}

for (const constructor of [Tensor, Size, DType, Device, Complex, UntypedStorage]) printAsText(constructor);
