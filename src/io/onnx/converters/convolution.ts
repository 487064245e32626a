/** Convolutions. */

import type { Conversion, Converter } from "../conversion.js";
import { combine, type Size } from "../sizes.js";

/** What is known of one spatial dimension. */
interface Along {
  readonly input: Size;
  readonly output: Size;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** How much is padded behind: as much as before where that gives the size, else what is missing. */
function paddingBehind(c: Conversion, { input, output, kernel, stride, dilation, before }: Along): number {
  const needed = combine([input, output], (i, o) => (o - 1) * stride + dilation * (kernel - 1) + 1 - i - before);
  const isEnough = combine([needed], (n) => Number(before >= n && before < n + stride));
  if (isEnough === 1) return before;
  if (typeof needed === "number") return Math.max(needed, 0);
  return c.fail("its padding depends on a dynamic size");
}

const spatial = (c: Conversion, name: string): readonly Size[] => c.value(name).shape.slice(2);

function kernelOf(c: Conversion): readonly number[] {
  const kernel = spatial(c, "weight");
  return kernel.map((size) => (typeof size === "number" ? size : c.fail("its kernel has a dynamic size")));
}

const conv: Converter = (c) => {
  c.requireFloat(c.value("input"));
  const [kernel, strides, before, dilations] = [kernelOf(c), c.ints("stride"), c.ints("padding"), c.ints("dilation")];
  const output = c.out.shape.slice(2);
  const behind = spatial(c, "input").map((input, d) =>
    paddingBehind(c, {
      input,
      output: output[d] as Size,
      kernel: kernel[d] as number,
      stride: strides[d] as number,
      dilation: dilations[d] as number,
      before: before[d] as number,
    }),
  );
  const bias = c.valueOrNull("bias");
  return c.emit("Conv", [c.in("input"), c.in("weight"), bias === null ? null : c.in(bias)], {
    kernel_shape: kernel,
    strides,
    pads: [...before, ...behind],
    dilations,
    group: c.number("groups"),
  });
};

const convTranspose: Converter = (c) => {
  c.requireFloat(c.value("input"));
  const [kernel, strides, padding, dilations] = [kernelOf(c), c.ints("stride"), c.ints("padding"), c.ints("dilation")];
  const output = c.out.shape.slice(2);
  const extra = spatial(c, "input").map((input, d) => {
    const least = combine([input, output[d] as Size], (i, o) => {
      const [k, s, p, a] = [kernel[d], strides[d], padding[d], dilations[d]] as [number, number, number, number];
      return o - ((i - 1) * s - 2 * p + a * (k - 1) + 1);
    });
    return typeof least === "number" ? least : c.fail("its output padding depends on a dynamic size");
  });
  const bias = c.valueOrNull("bias");
  return c.emit("ConvTranspose", [c.in("input"), c.in("weight"), bias === null ? null : c.in(bias)], {
    kernel_shape: kernel,
    strides,
    pads: [...padding, ...padding],
    output_padding: extra,
    dilations,
    group: c.number("groups"),
  });
};

export const convolution: Readonly<Record<string, Converter>> = { "primitive conv": conv, "primitive convTranspose": convTranspose };
