/** `torch.Size`: the sizes of a tensor's dimensions, as `size()` gives them. */

import { numelOf, type Shape } from "../core/shape.js";

/** An array of sizes that prints as `torch.Size([2, 3])`. */
export class Size extends Array<number> {
  /** Arrays that methods such as `map` derive are plain ones. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** The size object of a shape. */
  static ofShape(shape: Shape): Size {
    const size = new Size();
    for (const n of shape) size.push(n);
    return size;
  }

  /** The product of the sizes. */
  numel(): number {
    return numelOf(this);
  }

  /** `torch.Size([2, 3])` */
  override toString(): string {
    return `torch.Size([${this.join(", ")}])`;
  }
}
