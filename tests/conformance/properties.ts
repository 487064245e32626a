/** Properties that every operation has, whatever it computes; checked on sample calls. */

import * as torch from "../../src/index.js";
import { tensorOver } from "../../src/tensor/create.js";
import { bind } from "../../src/tensor/schema.js";
import type { Case, Golden } from "../golden/cases.js";
import { assertSame, Mismatch, type Tolerance } from "../golden/close.js";
import { type DecodedCall, decodeCall } from "../golden/decode.js";
import type { Resolved } from "../golden/resolve.js";
import { tensorsOf } from "./checks.js";
import { differentiableSamples, generalSamples, mapTensors, type Operation, type Sample } from "./samples.js";
import { NotApplicable, type Tally } from "./tally.js";

type Gradcheck = "gradcheck" | "gradgradcheck";

/** Elements of a call whose derivatives are checked number by number: preferred, and at most. */
const light = { gradcheck: 130, gradgradcheck: 60 } as const;
const heaviest = { gradcheck: 1500, gradgradcheck: 600 } as const;

type Form = (tensor: torch.Tensor, { kwargs }: Case) => torch.Tensor;

const hermitian: Form = (tensor) => tensor.add(tensor.adjoint());
const triangular: Form = (tensor, { kwargs }) => (kwargs["upper"] === true ? tensor.triu() : tensor.tril());

/**
 * Operations that read one triangle of an argument: PyTorch gives the gradient for changes that keep the argument Hermitian or triangular,
 * and checks it for such ones only (`gradcheck_wrapper_hermitian_input`).
 */
const forms: Readonly<Record<string, { readonly argument: number; readonly form: Form; readonly variant?: string }>> = {
  cholesky: { argument: 0, form: hermitian },
  "linalg.cholesky": { argument: 0, form: hermitian },
  "linalg.cholesky_ex": { argument: 0, form: hermitian },
  "linalg.eigh": { argument: 0, form: hermitian },
  "linalg.eigvalsh": { argument: 0, form: hermitian },
  "linalg.pinv": { argument: 0, form: hermitian, variant: "hermitian" },
  cholesky_inverse: { argument: 0, form: triangular },
  cholesky_solve: { argument: 1, form: triangular },
};

function inForm(op: string, args: readonly unknown[], one: Case): readonly unknown[] {
  const rule = forms[op];
  if (rule === undefined || rule.variant !== one.variant) return args;
  return args.map((arg, i) => (i === rule.argument && arg instanceof torch.Tensor ? rule.form(arg, one) : arg));
}

/** Compares derivatives with numerical ones, in float64. */
function checkGradients(which: Gradcheck, op: string, resolved: Resolved, one: Case, tolerance: Tolerance | undefined): void {
  const call = decodeCall(one, { grad: true, float64: true });
  const outputs = tensorsOf(resolved.call(call.args, call.kwargs, one.variant));
  const differentiable = outputs.flatMap((output, i) => (output.requiresGrad ? [i] : []));
  if (differentiable.length === 0) throw new Mismatch("no result requires grad");
  if (differentiable.some((i) => !/^(float64|complex128)$/.test(outputs[i]?.dtype.name ?? "")))
    throw new NotApplicable(`${which}: the result is not in double precision`);
  const run = (...inputs: torch.Tensor[]): torch.Tensor[] => {
    const { args, kwargs } = mapTensors(call, (tensor) => inputs[call.leaves.indexOf(tensor)] ?? tensor);
    const results = tensorsOf(resolved.call(inForm(op, args, one), kwargs, one.variant));
    return differentiable.map((i) => results[i] as torch.Tensor);
  };
  const options = { eps: 1e-6, atol: tolerance?.atol ?? 1e-5, rtol: tolerance?.rtol ?? 1e-3 };
  const passed =
    which === "gradcheck"
      ? torch.autograd.gradcheck(run, call.leaves, options)
      : torch.autograd.gradgradcheck(run, call.leaves, null, options);
  if (!passed) throw new Mismatch(`${which} gave false`);
}

/** The results of a call; a case whose call fails has failed in the golden test already. */
function reference(resolved: Resolved, one: Case): unknown {
  const { args, kwargs } = decodeCall(one);
  try {
    return resolved.call(args, kwargs, one.variant);
  } catch {
    throw new NotApplicable("the plain call throws: see the golden test");
  }
}

/** Steps and offsets of inputs do not change results. */
function checkNonContiguous(resolved: Resolved, one: Case, tolerance: Tolerance | undefined): void {
  const expected = reference(resolved, one);
  const { args, kwargs } = decodeCall(one, { strided: true });
  assertSame(resolved.call(args, kwargs, one.variant), expected, { tolerance }, "non-contiguous inputs");
}

/** On the meta device, results have the same shapes and dtypes. */
function checkMeta(operation: Operation, resolved: Resolved, one: Case): void {
  if (operation.record.dynamicShape) throw new NotApplicable("meta: the result's shape depends on values");
  const expected = reference(resolved, one);
  const call = decodeCall(one);
  let count = 0;
  const moved = mapTensors(call, (tensor) => {
    count++;
    return tensor.to("meta");
  });
  const takesDevice = operation.record.schema.parameters.some(({ name }) => name === "device");
  if (count === 0 && !takesDevice) throw new NotApplicable("meta: no tensor and no device among the arguments");
  const kwargs = count === 0 || "device" in call.kwargs ? { ...moved.kwargs, device: "meta" } : moved.kwargs;
  const result = resolved.call(moved.args, kwargs, one.variant);
  if (tensorsOf(expected).length === 0) return;
  assertSame(result, expected, { shapeOnly: true }, "on meta");
  for (const { device } of tensorsOf(result)) if (device.type !== "meta") throw new Mismatch(`the result is on ${device}, not on meta`);
}

/** The tensor with a first dimension of size 0. */
function emptied(tensor: torch.Tensor): torch.Tensor {
  if ((tensor.shape[0] ?? 0) === 0) return tensor;
  return tensorOver(tensor.storage, [0, ...tensor.shape.slice(1)], tensor.stride(), tensor.storageOffset(), tensor.dtype);
}

/** Inputs cut to no elements give a result or an error of ours, the same on the meta device. */
function checkZeroSize(operation: Operation, resolved: Resolved, one: Case): void {
  const call = decodeCall(one);
  const cut = mapTensors(call, emptied);
  let result: unknown;
  try {
    result = resolved.call(cut.args, cut.kwargs, one.variant);
  } catch (error) {
    if (error instanceof torch.TorchError) return;
    throw error;
  }
  if (operation.record.dynamicShape || tensorsOf(result).length === 0) return;
  const meta = mapTensors(cut, (tensor) => tensor.to("meta"));
  const kwargs = "device" in meta.kwargs ? { ...meta.kwargs, device: "meta" } : meta.kwargs;
  assertSame(resolved.call(meta.args, kwargs, one.variant), result, { shapeOnly: true }, "no elements, on meta");
}

/** `out` receives the results and is what the call returns. */
function checkOut(operation: Operation, resolved: Resolved, one: Case): void {
  if (operation.record.kind === "view" || !resolved.path.startsWith("torch.")) throw new NotApplicable("out: views and methods take none");
  const expected = reference(resolved, one);
  const results = tensorsOf(expected);
  if (results.length === 0 || (Array.isArray(expected) && expected.length !== results.length))
    throw new NotApplicable("out: the result is no tensor");
  const { args, kwargs } = decodeCall(one);
  const outs = results.map(({ dtype }) => torch.empty(0, { dtype }));
  const out = Array.isArray(expected) ? outs : outs[0];
  const returned = tensorsOf(resolved.call(args, { ...kwargs, out }, one.variant));
  if (returned.length !== outs.length || returned.some((tensor, i) => tensor !== outs[i]))
    throw new Mismatch("the call does not return the tensors given as out");
  assertSame(out, expected, {}, "out");
}

function bound(operation: Operation, { args, kwargs }: DecodedCall): unknown[] {
  return bind(operation.record.schema, [...args, kwargs]);
}

/** The in-place variant gives what the operation gives, in the first argument, or says that it does not fit. */
function checkInPlace(operation: Operation, resolved: Resolved, one: Case): void {
  const { inPlace, kind } = operation.record;
  if (inPlace === null) return;
  const expected = reference(resolved, one);
  const args = bound(operation, decodeCall(one));
  const [self] = args;
  if (!(self instanceof torch.Tensor) || !(expected instanceof torch.Tensor))
    throw new NotApplicable("in place: the first argument is no tensor");
  const fits = kind === "view" || self.shape.join() === expected.shape.join();
  let result: torch.Tensor;
  try {
    result = inPlace(args);
  } catch (error) {
    if (error instanceof torch.TorchError && (!fits || self.dtype !== expected.dtype)) return;
    throw error;
  }
  if (!fits) throw new Mismatch(`the result's shape [${expected.shape}] does not fit [${self.shape}], but there was no error`);
  if (result !== self) throw new Mismatch("the in-place variant does not return its first argument");
  if (self.dtype === expected.dtype) assertSame(result, expected, {}, "in place");
}

function checkSample(operation: Operation, resolved: Resolved, { one, index }: Sample, tally: Tally): void {
  const subject = { op: operation.name, index, dtype: one.dtype, variant: one.variant };
  tally.run({ ...subject, check: "non-contiguous" }, (tolerance) => checkNonContiguous(resolved, one, tolerance));
  tally.run({ ...subject, check: "meta" }, () => checkMeta(operation, resolved, one));
  tally.run({ ...subject, check: "zero size" }, () => checkZeroSize(operation, resolved, one));
  tally.run({ ...subject, check: "out" }, () => checkOut(operation, resolved, one));
  if (operation.record.inPlace !== null) tally.run({ ...subject, check: "in place equals" }, () => checkInPlace(operation, resolved, one));
}

function checkDerivatives(operation: Operation, golden: Golden, resolved: Resolved, which: Gradcheck, tally: Tally): void {
  const samples = differentiableSamples(golden, light[which], heaviest[which]);
  for (const { one, index } of samples) {
    tally.run({ op: operation.name, check: which, index, variant: one.variant }, (tolerance) =>
      checkGradients(which, operation.name, resolved, one, tolerance),
    );
  }
  if (samples.length > 0 || golden.cases.every(({ grads }) => grads === undefined)) return;
  tally.run({ op: operation.name, check: which, index: 0 }, () => {
    throw new NotApplicable(`${which}: the golden cases with gradients are random or have more than ${heaviest[which]} elements`);
  });
}

/** Checks all properties of an operation. */
export function checkProperties(operation: Operation, tally: Tally): void {
  const { golden, resolved, record } = operation;
  if (golden === null || resolved === null) {
    return tally.run({ op: operation.name, check: "meta", index: 0 }, () => {
      throw new NotApplicable("no golden cases to take samples from");
    });
  }
  for (const sample of generalSamples(golden)) checkSample(operation, resolved, sample, tally);
  if (!record.differentiable) return;
  checkDerivatives(operation, golden, resolved, "gradcheck", tally);
  checkDerivatives(operation, golden, resolved, "gradgradcheck", tally);
}
