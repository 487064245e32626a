/**
 * Every operator of PyTorch's database as a model of its own: what is exported of it gives what the library gives, in ONNX Runtime. How many have
 * no counterpart in ONNX, or none that the run time has kernels for, is said at the end.
 */

import * as torch from "flambeau";
import { afterAll, expect, test } from "vitest";
import { type Case, loadOperators } from "../../golden/cases.js";
import { decodeCall } from "../../golden/decode.js";
import { type Resolved, resolve } from "../../golden/resolve.js";
import { runModel, runtime } from "./runtime.js";

const CASES = Number(process.env["ONNX_CASES"] ?? 3);
const shown = process.env["ONNX_SHOWN"] !== undefined;
const dtypes = ["float32", "int64", "bool"];
const counts = { agree: 0, without: 0, unimplemented: 0 };
const lines: string[] = [];

type Model = (...args: readonly unknown[]) => unknown;

function tensorsOf(result: unknown): torch.Tensor[] {
  if (result instanceof torch.Tensor) return [result];
  return Array.isArray(result) ? result.flatMap(tensorsOf) : [];
}

function tensorsIn(tree: unknown): torch.Tensor[] {
  if (tree instanceof torch.Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(tensorsIn);
  return typeof tree === "object" && tree !== null && Object.getPrototypeOf(tree) === Object.prototype
    ? Object.values(tree).flatMap(tensorsIn)
    : [];
}

const supported = [torch.float32, torch.int64, torch.bool, torch.int32, torch.float64, torch.uint8];

/** Compares an exported call with the library's result. */
async function compare(op: string, call: Model, program: torch.onnx.ONNXProgram, given: readonly unknown[]): Promise<void> {
  const expected = tensorsOf(call(...given));
  let found: readonly torch.Tensor[];
  try {
    found = await runModel(program, tensorsIn(given));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!/Could not find an implementation|NOT_IMPLEMENTED|unsupported data type/i.test(message)) throw error;
    counts.unimplemented++;
    lines.push(`${op}: ${message.slice(0, 200)}`);
    return;
  }
  expect(found.map(({ dtype, shape }) => `${dtype} [${shape}]`)).toEqual(expected.map(({ dtype, shape }) => `${dtype} [${shape}]`));
  found.forEach((each, i) => {
    torch.testing.assertClose(each, expected[i] as torch.Tensor, { rtol: 1e-3, atol: 1e-4, equalNan: true });
  });
  counts.agree++;
}

/** The program of a call, or null where there is none. */
function exported(
  op: string,
  call: Model,
  given: readonly unknown[],
  dynamicAxes: Record<string, string[]>,
): torch.onnx.ONNXProgram | null {
  const names = tensorsIn(given).map((_, i) => `x${i}`);
  const axes = Object.fromEntries(Object.entries(dynamicAxes).map(([name, symbols]) => [name, { ...symbols }]));
  try {
    return torch.onnx.export(call, given, null, { opsetVersion: 20, inputNames: names, dynamicAxes: axes });
  } catch (error) {
    if (!(error instanceof torch.SerializationError)) throw error;
    counts.without++;
    lines.push(`${op}: ${error.message}`);
    return null;
  }
}

/** The same arguments with every first dimension of size `from` one larger: its last slice comes twice, so that what is sorted stays so. */
function enlarged(tree: unknown, from: number): unknown {
  if (tree instanceof torch.Tensor) return tree.shape[0] === from ? torch.cat([tree, tree.narrow(0, from - 1, 1)]) : tree;
  if (Array.isArray(tree)) return tree.map((one) => enlarged(one, from));
  if (typeof tree !== "object" || tree === null || Object.getPrototypeOf(tree) !== Object.prototype) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, enlarged(value, from)]));
}

async function check(op: string, resolved: Resolved, one: Case): Promise<void> {
  const { args, kwargs } = decodeCall(one);
  const given = [args, kwargs] as const;
  const inputs = tensorsIn(given);
  if (inputs.length === 0 || inputs.some(({ dtype }) => !supported.includes(dtype))) return;
  const call: Model = (...[args, kwargs]) =>
    resolved.call(args as readonly unknown[], kwargs as Readonly<Record<string, unknown>>, one.variant);
  const expected = tensorsOf(call(...given));
  if (expected.length === 0 || expected.some(({ dtype }) => dtype.isComplex)) return;
  const program = exported(op, call, given, {});
  if (program === null) return;
  await compare(op, call, program, given);
  // The first dimension may have any size.
  const size = inputs[0]?.shape[0] ?? 0;
  if (size < 2) return;
  const others = enlarged(given, size) as readonly unknown[];
  try {
    call(...others);
  } catch {
    return;
  }
  const axes = Object.fromEntries(inputs.flatMap(({ shape }, i) => (shape[0] === size ? [[`x${i}`, ["batch"]]] : [])));
  const dynamic = exported(`${op} (dynamic)`, call, given, axes);
  if (dynamic !== null) await compare(op, call, dynamic, others);
}

for (const golden of loadOperators()) {
  const resolved = resolve(golden.op);
  if (resolved === null) continue;
  const cases = dtypes.flatMap((dtype) => golden.cases.filter((one) => one.dtype === dtype && one.random !== true).slice(0, CASES));
  test.skipIf(runtime === null)(golden.op, async () => {
    for (const one of cases) await check(golden.op, resolved, one);
  });
}

afterAll(({}, suite) => {
  suite.meta.summary =
    runtime === null
      ? "onnx: onnxruntime-web is not installed, operators were not compared with it"
      : `onnx: ${counts.agree} cases agree with ONNX Runtime; ${counts.without} have no counterpart, ${counts.unimplemented} no kernel there${shown ? `\n${[...new Set(lines)].join("\n")}` : ""}`;
});
