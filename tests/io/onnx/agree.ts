/** Comparison of a model with what was exported of it. */

import * as torch from "flambeau";
import { expect } from "vitest";
import { runModel } from "./runtime.js";

interface Options extends torch.onnx.ExportOptions {
  readonly rtol?: number;
  readonly atol?: number;
}

/** Every tensor within a result. */
function tensorsOf(result: unknown): torch.Tensor[] {
  if (result instanceof torch.Tensor) return [result];
  return Array.isArray(result) ? result.flatMap(tensorsOf) : [];
}

/** Exports a model with example arguments, and compares its results for these and for others. */
export async function agree(
  model: torch.onnx.Exportable,
  args: readonly unknown[],
  options: Options = {},
  others: readonly (readonly unknown[])[] = [],
): Promise<torch.onnx.ONNXProgram> {
  const { rtol = 1e-4, atol = 1e-5, ...rest } = options;
  const names = ["x", "y", "z", "u", "v"].slice(0, tensorsOf(args).length);
  const program = torch.onnx.export(model, args, null, { inputNames: names, ...rest });
  for (const given of [args, ...others]) {
    const expected = torch.noGrad(() => tensorsOf((model as (...args: readonly unknown[]) => unknown)(...given)));
    const found = await runModel(program, tensorsOf(given));
    expect(found.map(({ dtype, shape }) => `${dtype} [${shape}]`)).toEqual(expected.map(({ dtype, shape }) => `${dtype} [${shape}]`));
    found.forEach((one, i) => {
      torch.testing.assertClose(one, expected[i] as torch.Tensor, { rtol, atol, equalNan: true });
    });
  }
  return program;
}
