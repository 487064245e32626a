/** Resizing images, where `Resize` computes the same; elsewhere the weights of neighbours are constants of the model. */

import { float32 } from "../../../core/dtype.js";
import { Tensor } from "../../../tensor/tensor.js";
import { type Converter, float } from "../conversion.js";

const modes: Readonly<Record<string, string>> = {
  nearest: "nearest",
  linear: "linear",
  bilinear: "linear",
  trilinear: "linear",
  bicubic: "cubic",
};

const listOf = (given: unknown, rank: number): readonly number[] =>
  Array.isArray(given) ? (given as readonly number[]) : new Array<number>(rank).fill(given as number);

/** Whether every new size is a multiple of the old one or the reverse: then the nearest elements are the same however they are found. */
function isMultiple(input: Tensor, size: unknown, factor: unknown): boolean {
  const from = input.shape.slice(2);
  if (size === null) return listOf(factor, from.length).every(Number.isInteger);
  return listOf(size, from.length).every((to, d) => to % (from[d] as number) === 0 || (from[d] as number) % to === 0);
}

export const resizable: Readonly<Record<string, (arg: (name: string) => unknown) => boolean>> = {
  "composite interpolate": (arg) => {
    const input = arg("input");
    const mode = arg("mode") as string;
    if (!(input instanceof Tensor) || input.dtype !== float32 || !Object.hasOwn(modes, mode) || input.shape.length !== 4) return false;
    if (arg("antialias") === true || arg("recomputeScaleFactor") === true || (arg("size") === null) === (arg("scaleFactor") === null))
      return false;
    return mode !== "nearest" || isMultiple(input, arg("size"), arg("scaleFactor"));
  },
};

export const resizing: Readonly<Record<string, Converter>> = {
  "composite interpolate": (c) => {
    const mode = modes[c.text("mode")] as string;
    const rank = c.out.shape.length - 2;
    const coordinates = mode === "nearest" ? "asymmetric" : c.arg("alignCorners") === true ? "align_corners" : "half_pixel";
    const attributes = {
      mode,
      coordinate_transformation_mode: coordinates,
      nearest_mode: "floor",
      ...(mode === "cubic" ? { cubic_coeff_a: float(-0.75) } : null),
    };
    if (c.arg("size") === null) {
      const factors = [1, 1, ...listOf(c.arg("scaleFactor"), rank)];
      return c.emit("Resize", [c.in("input"), null, c.floats(factors)], attributes);
    }
    return c.emit(
      "Resize",
      [c.in("input"), null, null, c.shape([...c.value("input").shape.slice(0, 2), ...c.out.shape.slice(2)])],
      attributes,
    );
  },
};
