/** Joining and enlarging tensors. */

import type { Converter } from "../conversion.js";
import type { Size } from "../sizes.js";

export const joining: Readonly<Record<string, Converter>> = {
  "primitive cat": (c) => {
    const axis = c.axis("dim", c.out.shape.length);
    // PyTorch skips vectors without elements.
    const tensors = c.values("tensors").filter(({ shape }) => !(shape.length === 1 && shape[0] === 0 && c.out.shape.length > 1));
    const names = tensors.map((one) => c.as(one, c.out.dtype));
    return names.length === 1 ? (names[0] as string) : c.emit("Concat", names, { axis });
  },
  "primitive stack": (c) => {
    const axis = c.axis("dim", c.out.shape.length);
    const names = c.values("tensors").map((one) => c.unsqueeze(c.as(one, c.out.dtype), axis));
    return names.length === 1 ? (names[0] as string) : c.emit("Concat", names, { axis });
  },
  "primitive constantPadNd": (c) => {
    const { shape, dtype } = c.value("input");
    const pad = c.sizes("pad");
    const rank = shape.length;
    const before: Size[] = new Array<Size>(rank).fill(0);
    const after: Size[] = new Array<Size>(rank).fill(0);
    for (let i = 0; i < pad.length / 2; i++) {
      before[rank - 1 - i] = pad[2 * i] as Size;
      after[rank - 1 - i] = pad[2 * i + 1] as Size;
    }
    return c.emit("Pad", [c.in("input"), c.shape([...before, ...after]), c.operand("value", dtype)]);
  },
  "primitive roll": (c) => {
    const { shape } = c.value("input");
    const shifts = c.ints("shifts");
    const isFlat = c.ints("dims").length === 0;
    const sizes: readonly Size[] = isFlat ? [-1] : shape;
    let name = isFlat ? c.emit("Reshape", [c.in("input"), c.graph.ints([-1])]) : c.in("input");
    const dims = isFlat ? [0] : c.ints("dims").map((d) => (d < 0 ? d + shape.length : d));
    shifts.forEach((shift, i) => {
      const axis = dims[i] as number;
      const size = sizes[axis] as Size;
      const by = typeof size === "number" && size > 0 ? ((shift % size) + size) % size : shift;
      if (by === 0) return;
      const part = (from: number, to: number): string =>
        c.emit("Slice", [name, c.graph.ints([from]), c.graph.ints([to]), c.graph.ints([axis])]);
      name = c.emit("Concat", [part(-by, Number.MAX_SAFE_INTEGER), part(0, -by)], { axis });
    });
    return isFlat ? c.emit("Reshape", [name, c.shape(shape)]) : name;
  },
};
