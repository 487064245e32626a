/** The checks of one operator against its golden cases. */

import * as torch from "../../src/index.js";
import type { Call, Case, ErrorCase, Golden, Json } from "../golden/cases.js";
import { assertClose, Mismatch, type Tolerance } from "../golden/close.js";
import { decodeCall, isObject, makeTensor, tensorJson, tensorsIn } from "../golden/decode.js";
import type { Resolved } from "../golden/resolve.js";
import { NotApplicable, type Tally } from "./tally.js";

/** The tensors of a result, in order. */
export function tensorsOf(result: unknown): torch.Tensor[] {
  if (result instanceof torch.Tensor) return [result];
  return Array.isArray(result) ? result.flatMap((one: unknown) => tensorsOf(one)) : [];
}

function hasWholeFloat(json: Json): boolean {
  if (Array.isArray(json)) return json.some((one: Json) => hasWholeFloat(one));
  if (!isObject(json) || tensorJson(json) !== null) return false;
  return "$float" in json || Object.values(json).some(hasWholeFloat);
}

/** Whether a call hands a float such as `2.0` to integers only, which in JavaScript is the integer 2. */
function isWholeFloatBesideIntegers({ args, kwargs }: Call): boolean {
  const tensors = [...tensorsIn(args), ...tensorsIn(kwargs)];
  return (hasWholeFloat(args) || hasWholeFloat(kwargs)) && tensors.every(({ dtype }) => !/float|complex/.test(dtype));
}

function excuseValue(call: Call): (error: unknown) => string | null {
  return (error) =>
    error instanceof Mismatch && isWholeFloatBesideIntegers(call)
      ? "not expressible: a whole Python float beside integers (2.0) is the integer 2 in JavaScript"
      : null;
}

function checkValues(resolved: Resolved, one: Case, tolerance: Tolerance | undefined): void {
  const { args, kwargs } = decodeCall(one);
  assertClose(resolved.call(args, kwargs, one.variant), one.out, { tolerance, shapeOnly: one.random });
}

/** Compares gradients of tensors for the given gradients of the results that require grad. */
function compareGradients(
  results: readonly torch.Tensor[],
  leaves: readonly torch.Tensor[],
  one: Case,
  tolerance: Tolerance | undefined,
): void {
  const outputs = results.filter((result) => result.requiresGrad);
  const given = (one.grad_outputs ?? []).map((json) => tensorJson(json)).map((json) => (json === null ? null : makeTensor(json)));
  if (outputs.length !== given.length) throw new Mismatch(`${outputs.length} results require grad, in PyTorch ${given.length}`);
  const grads = torch.autograd.grad(outputs, leaves, { gradOutputs: given, allowUnused: true });
  (one.grads ?? []).forEach((expected, i) => {
    assertClose(grads[i], expected, { tolerance, shapeOnly: one.random }, `gradient of tensor ${i}`);
  });
}

function checkGradient(resolved: Resolved, one: Case, tolerance: Tolerance | undefined): void {
  const { args, kwargs, leaves } = decodeCall(one, { grad: true });
  compareGradients(tensorsOf(resolved.call(args, kwargs, one.variant)), leaves, one, tolerance);
}

/** Whether PyTorch writes the result of a case into its first argument: same shape and dtype. */
function fitsInPlace(one: Case): boolean {
  const [input, out] = [tensorJson(one.args[0]), tensorJson(one.out)];
  return input !== null && out !== null && input.dtype === out.dtype && input.shape.join() === out.shape.join();
}

function checkInPlace(resolved: Resolved, one: Case, tolerance: Tolerance | undefined): void {
  if (resolved.inPlace === null) throw new Mismatch("there is no in-place variant");
  if (!fitsInPlace(one)) throw new NotApplicable("in place: the result has another shape or dtype than the input");
  const { args, kwargs } = decodeCall(one);
  const result = resolved.inPlace(args, kwargs, one.variant);
  if (result !== args[0]) throw new Mismatch("the in-place variant does not return its first argument");
  assertClose(result, one.out, { tolerance, shapeOnly: one.random }, "in place");
  if (one.grads === undefined) return;
  const recorded = decodeCall(one, { grad: true });
  const [input, ...rest] = recorded.args;
  if (!(input instanceof torch.Tensor)) return;
  const changed = resolved.inPlace([input.clone(), ...rest], recorded.kwargs, one.variant);
  compareGradients(tensorsOf(changed), recorded.leaves, one, tolerance);
}

/** The names by which an error may call an operator. */
function namesIn(message: string, op: string, resolved: Resolved): boolean {
  const last = resolved.path.slice(resolved.path.lastIndexOf(".") + 1);
  return [last, resolved.record?.name, op].some(
    (name) => name !== undefined && new RegExp(`(?<![A-Za-z0-9])${name.replace(/[.$]/g, "\\$&")}_?(?![A-Za-z0-9])`).test(message),
  );
}

function checkError(golden: Golden, resolved: Resolved, one: ErrorCase): void {
  const { args, kwargs } = decodeCall(one);
  let result: unknown;
  try {
    result = resolved.call(args, kwargs, undefined);
  } catch (error) {
    if (!(error instanceof torch.TorchError)) throw error;
    if (!namesIn(error.message, golden.op, resolved)) throw new Mismatch(`the error does not name the operation: "${error.message}"`);
    return;
  }
  const got = tensorsOf(result).map((tensor) => `${tensor.dtype.name} [${tensor.shape.join(", ")}]`);
  throw new Mismatch(`no error, but ${got.length > 0 ? got.join(" and ") : String(result)}; PyTorch: ${one.error} "${one.regex}"`);
}

function excuseError(one: ErrorCase): (error: unknown) => string | null {
  const overlaps = "out" in one.kwargs && /unsupported operation|single memory location/.test(one.regex);
  return (error) =>
    overlaps && error instanceof Mismatch ? "not expressible: the file does not show that out= overlaps other memory" : null;
}

/** Runs every golden case of an operator. */
export function checkOperator(golden: Golden, resolved: Resolved, tally: Tally): void {
  const { op } = golden;
  golden.cases.forEach((one, index) => {
    const { dtype, variant } = one;
    const subject = { op, index, dtype, variant };
    tally.run({ ...subject, check: "values" }, (tolerance) => checkValues(resolved, one, tolerance), excuseValue(one));
    if (one.grads !== undefined) tally.run({ ...subject, check: "gradient" }, (tolerance) => checkGradient(resolved, one, tolerance));
    if (golden.inplace && (op !== "normal" || variant === "in_place"))
      tally.run({ ...subject, check: "in place" }, (tolerance) => checkInPlace(resolved, one, tolerance), excuseValue(one));
  });
  golden.errors.forEach((one, index) => {
    tally.run({ op, index, check: "error" }, () => checkError(golden, resolved, one), excuseError(one));
  });
}
