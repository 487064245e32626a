/** Comparison of a model with what was exported of it. */

import * as torch from "flambeau";
import { expect } from "vitest";
import { evaluate } from "./evaluate.js";
import { runModel, runtime } from "./runtime.js";

interface Options extends torch.onnx.ExportOptions {
  readonly rtol?: number;
  readonly atol?: number;
  /** Whether ONNX Runtime has the kernels. */
  readonly isRunnable?: boolean;
}

/** Every tensor within arguments or a result. */
function tensorsOf(result: unknown): torch.Tensor[] {
  if (result instanceof torch.Tensor) return [result];
  return Array.isArray(result) ? result.flatMap(tensorsOf) : [];
}

/**
 * Exports a model with example arguments, and compares its results for these and for others: evaluated by the tests, and by ONNX Runtime where it is
 * installed.
 */
export async function agree(
  model: torch.onnx.Exportable,
  args: readonly unknown[],
  options: Options = {},
  others: readonly (readonly unknown[])[] = [],
): Promise<torch.onnx.ONNXProgram> {
  const { rtol = 1e-4, atol = 1e-5, isRunnable = true, ...rest } = options;
  const names = ["x", "y", "z", "u", "v"].slice(0, tensorsOf(args).length);
  const program = torch.onnx.export(model, args, null, { inputNames: names, ...rest });
  for (const given of [args, ...others]) {
    const expected = torch.noGrad(() => tensorsOf((model as (...args: readonly unknown[]) => unknown)(...given)));
    const found = [evaluate(program.bytes, tensorsOf(given))];
    if (runtime !== null && isRunnable) found.push(await runModel(program, tensorsOf(given)));
    for (const results of found) {
      expect(results.map(({ dtype, shape }) => `${dtype} [${shape}]`)).toEqual(expected.map(({ dtype, shape }) => `${dtype} [${shape}]`));
      results.forEach((one, i) => {
        torch.testing.assertClose(one, expected[i] as torch.Tensor, { rtol, atol, equalNan: true });
      });
    }
  }
  return program;
}
