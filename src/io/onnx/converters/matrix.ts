/** Products of matrices. */

import { type Conversion, type Converter, computable, float } from "../conversion.js";
import type { Value } from "../program.js";

/** A product of two tensors by NumPy's rules, in the dtype of the result. */
function matmul(c: Conversion, a: Value, b: Value): string {
  const compute = computable(c.out.dtype);
  return c.graph.cast(c.emit("MatMul", [c.as(a, compute), c.as(b, compute)]), compute, c.out.dtype);
}

const product =
  (first: string, second: string): Converter =>
  (c) =>
    matmul(c, c.value(first), c.value(second));

/** `beta·input + alpha·a·b`. */
const added =
  (first: string, second: string, then: (c: Conversion, name: string) => string = (_, name) => name): Converter =>
  (c) => {
    const { dtype } = c.out;
    const scaled = (name: string, by: string): string => {
      const factor = c.arg(by);
      return factor === 1 ? name : c.emit("Mul", [name, c.operand(by, dtype)]);
    };
    const made = scaled(then(c, matmul(c, c.value(first), c.value(second))), "alpha");
    return c.arg("beta") === 0 ? made : c.emit("Add", [scaled(c.as(c.value("input"), dtype), "beta"), made]);
  };

const linear: Converter = (c) => {
  const [input, weight, bias] = [c.value("input"), c.value("weight"), c.valueOrNull("bias")];
  if (weight.shape.length === 1) {
    const made = matmul(c, input, weight);
    return bias === null ? made : c.emit("Add", [made, c.in(bias)]);
  }
  if (input.shape.length === 2 && c.out.dtype.isFloatingPoint && (bias === null || bias.shape.length <= 2))
    return c.emit("Gemm", [c.in(input), c.in(weight), bias === null ? null : c.in(bias)], { transB: 1 });
  const made = c.emit("MatMul", [c.in(input), c.transpose(c.in(weight), [1, 0])]);
  return bias === null ? made : c.emit("Add", [made, c.in(bias)]);
};

export const matrix: Readonly<Record<string, Converter>> = {
  "composite linear": linear,
  "primitive linear": linear,
  "composite matmul": product("input", "other"),
  "primitive mm": product("input", "mat2"),
  "primitive bmm": product("input", "mat2"),
  "primitive mv": product("input", "vec"),
  "primitive dot": product("input", "tensor"),
  "primitive vdot": product("input", "other"),
  "primitive addmm": (c) => {
    const [alpha, beta] = [c.arg("alpha"), c.arg("beta")];
    // Without columns there is no product, and run times disagree on what is left.
    const isEmpty = c.value("mat1").shape[1] === 0;
    if (isEmpty || !c.out.dtype.isFloatingPoint || typeof alpha !== "number" || typeof beta !== "number") return added("mat1", "mat2")(c);
    return c.emit("Gemm", [c.in("mat1"), c.in("mat2"), c.in("input")], { alpha: float(alpha), beta: float(beta) });
  },
  "primitive addmv": added("mat", "vec"),
  "primitive baddbmm": added("batch1", "batch2"),
  "primitive addbmm": added("batch1", "batch2", (c, name) => c.emit("ReduceSum", [name, c.graph.ints([0])], { keepdims: 0 })),
  "composite einsum": (c) => {
    const equation = c.arg("equation");
    if (typeof equation !== "string") return c.fail("einsum is exported with its equation as text only");
    const given = (c.arg("operands") as readonly unknown[]).flat() as readonly Value[];
    return c.emit(
      "Einsum",
      given.map((one) => c.as(one, c.out.dtype)),
      { equation: equation.replaceAll(" ", "") },
    );
  },
};
