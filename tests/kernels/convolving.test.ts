/** Convolutions against their definition, in sizes that do not fit into one block of patches. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

interface Sizes {
  readonly channels: readonly [input: number, output: number];
  readonly groups: number;
  readonly image: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Calls back for every product of a convolution, with the flat places of input, weight and output. */
function eachProduct(
  samples: number,
  sizes: Sizes,
  places: readonly [number, number],
  visit: (input: number, weight: number, output: number) => void,
): void {
  const { channels, groups, image, kernel, stride, padding, dilation } = sizes;
  const [ci, co] = channels;
  const per = ci / groups;
  for (let n = 0; n < samples; n++)
    for (let o = 0; o < co; o++)
      for (let c = 0; c < per; c++)
        for (let y = 0; y < places[0]; y++)
          for (let x = 0; x < places[1]; x++)
            for (let ky = 0; ky < kernel[0]; ky++)
              for (let kx = 0; kx < kernel[1]; kx++) {
                const [iy, ix] = [y * stride - padding + ky * dilation, x * stride - padding + kx * dilation];
                if (iy < 0 || iy >= image[0] || ix < 0 || ix >= image[1]) continue;
                const from = Math.floor(o / (co / groups)) * per + c;
                visit(
                  ((n * ci + from) * image[0] + iy) * image[1] + ix,
                  ((o * per + c) * kernel[0] + ky) * kernel[1] + kx,
                  ((n * co + o) * places[0] + y) * places[1] + x,
                );
              }
}

const cases: Readonly<Record<string, Sizes>> = {
  "several blocks": { channels: [16, 3], groups: 1, image: [30, 31], kernel: [3, 3], stride: 1, padding: 1, dilation: 1 },
  "groups, strides and dilation": { channels: [12, 8], groups: 4, image: [61, 50], kernel: [5, 4], stride: 2, padding: 3, dilation: 2 },
  "a kernel of one element": { channels: [9, 6], groups: 3, image: [30, 31], kernel: [1, 1], stride: 1, padding: 0, dilation: 1 },
};

const numbers = (tensor: torch.Tensor): number[] => tensor.detach().reshape(-1).tolist() as number[];

function expectClose(actual: torch.Tensor, expected: Float64Array): void {
  const values = numbers(actual);
  expect(values.length).toBe(expected.length);
  const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
  expect(worst).toBeLessThan(1e-9);
}

for (const [name, sizes] of Object.entries(cases)) {
  test(`conv2d and its gradients: ${name}`, () => {
    torch.manualSeed(0);
    const { channels, groups, image, kernel, stride, padding, dilation } = sizes;
    const options = { dtype: torch.float64, requiresGrad: true };
    const input = torch.randn([2, channels[0], ...image], options);
    const weight = torch.randn([channels[1], channels[0] / groups, ...kernel], options);
    const out = torch.nn.functional.conv2d(input, weight, null, { stride, padding, dilation, groups });
    const grad = torch.randn(out.shape, { dtype: torch.float64 });
    const [x, w, g] = [numbers(input), numbers(weight), numbers(grad)];
    const [values, gradInput, gradWeight] = [new Float64Array(out.numel()), new Float64Array(x.length), new Float64Array(w.length)];
    eachProduct(2, sizes, [out.shape[2] as number, out.shape[3] as number], (i, k, o) => {
      values[o] = (values[o] as number) + (x[i] as number) * (w[k] as number);
      gradInput[i] = (gradInput[i] as number) + (g[o] as number) * (w[k] as number);
      gradWeight[k] = (gradWeight[k] as number) + (g[o] as number) * (x[i] as number);
    });
    expectClose(out, values);
    const grads = torch.autograd.grad([out], [input, weight], { gradOutputs: [grad] });
    expectClose(grads[0] as torch.Tensor, gradInput);
    expectClose(grads[1] as torch.Tensor, gradWeight);
  });
}

test("padding 'same' of an even kernel pads behind", () => {
  const out = torch.nn.functional.conv1d(torch.tensor([[1, 2, 3]]), torch.tensor([[[1, 10]]]), null, { padding: "same" });
  expect(out.tolist()).toEqual([[21, 32, 3]]);
});

test("a maximum that is NaN stays, and its place is found", () => {
  const { output, indices } = torch.nn.functional.maxPool1d(torch.tensor([[1, Number.NaN, 3, 4]]), 2, { returnIndices: true });
  expect(output.tolist()).toEqual([[Number.NaN, 4]]);
  expect(indices.tolist()).toEqual([[1, 3]]);
});
