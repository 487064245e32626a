/** Activations that ONNX has an operator for; others are lowered from their expressions. */

import { topological } from "../../../expr/node.js";
import { type Conversion, float } from "../conversion.js";

/** An operator for floats that are neither bfloat16 nor of another kind; null elsewhere, where the expression is lowered. */
type Maybe = (c: Conversion) => string | null;

const plain =
  (op: string, attributes: (c: Conversion) => Readonly<Record<string, { readonly float: number }>> = () => ({})): Maybe =>
  (c) => {
    const { dtype } = c.value("input");
    return dtype.isFloatingPoint && dtype.name !== "bfloat16" ? c.emit(op, [c.in("input")], attributes(c)) : null;
  };

const activations: Readonly<Record<string, Maybe>> = {
  relu: plain("Relu"),
  leakyRelu: plain("LeakyRelu", (c) => ({ alpha: float(c.number("negativeSlope")) })),
  elu: plain("Elu", (c) => ({ alpha: float(c.number("alpha")) })),
  // Beyond the threshold the difference is below the precision of the result.
  softplus: (c) => (c.arg("beta") === 1 && c.number("threshold") >= 20 ? plain("Softplus")(c) : null),
  selu: plain("Selu", () => ({ alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) })),
  mish: plain("Mish"),
  hardswish: plain("HardSwish"),
  softsign: plain("Softsign"),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
};

/** The operator for a pointwise operation that has one by its name, or null. */
export function activation(c: Conversion): string | null {
  const { name } = c.call.record;
  const found = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (found !== undefined) return found(c);
  if (name === "gelu" && c.graph.opset >= 20) return gelu(c);
  return null;
}

/** The exact form reads the error function, the approximate one does not. */
function gelu(c: Conversion): string | null {
  const { scalar } = c.call.record;
  const { dtype } = c.value("input");
  if (scalar === undefined || !dtype.isFloatingPoint || dtype.name === "bfloat16") return null;
  const isExact = topological([scalar.expr]).some((node) => node.kind === "apply" && node.op === "erf");
  return c.emit("Gelu", [c.in("input")], { approximate: isExact ? "none" : "tanh" });
}
