/** Custom differentiable functions under autocast. */

import { type DType, float64 } from "../core/dtype.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";
import { autocast, getAutocastDtype, isAutocastEnabled } from "./autocast.js";

/** How autocast stood in `forward`, by its context. */
const forwards = new WeakMap<object, { readonly enabled: boolean; readonly dtype: DType }>();

/** A `forward` or `backward`: a function of a context and more. */
type WithContext<C extends object, A extends unknown[], R> = (ctx: C, ...args: A) => R;

/** Tensors of the device that autocast would touch, in another dtype: also those in lists and objects. */
function castAll(value: unknown, deviceType: string, dtype: DType): unknown {
  if (value instanceof Tensor) {
    const isTouched = value.dtype.isFloatingPoint && value.device.type === deviceType && value.dtype !== float64;
    return isTouched ? value.to(dtype) : value;
  }
  if (Array.isArray(value)) return value.map((one: unknown) => castAll(one, deviceType, dtype));
  if (!isOptions(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, castAll(one, deviceType, dtype)]));
}

/** What `customFwd` takes. */
export interface CustomForwardOptions {
  readonly deviceType: string;
  /** The dtype that floating-point arguments are cast to in an autocast scope; `forward` then runs without autocast. */
  readonly castInputs?: DType | null;
}

/**
 * Wraps the `forward` of a custom function, as a decorator or a call: it notes how autocast stands, for `customBwd`.
 * @example
 * ```ts
 * class Product extends torch.autograd.Function {
 *   static override forward = torch.amp.customFwd({ deviceType: "cpu" })((ctx: torch.autograd.FunctionContext, a: torch.Tensor, b: torch.Tensor) => {
 *     ctx.saveForBackward(a, b);
 *     return a.mm(b);
 *   });
 *   static override backward = torch.amp.customBwd({ deviceType: "cpu" })((ctx: torch.autograd.FunctionContext, grad: torch.Tensor) => {
 *     const [a, b] = ctx.savedTensors;
 *     return [grad.mm(b!.t()), a!.t().mm(grad)];
 *   });
 * }
 * const product = torch.autocast("cpu", () => Product.apply(torch.ones(2, 2), torch.ones(2, 2)));
 * product.dtype; // torch.bfloat16
 * ```
 */
export function customFwd({
  deviceType,
  castInputs = null,
}: CustomForwardOptions): <C extends object, A extends unknown[], R>(
  forward: WithContext<C, A, R>,
  decorated?: ClassMethodDecoratorContext,
) => WithContext<C, A, R> {
  if (typeof deviceType !== "string") throw new ArgumentError(`customFwd: expected deviceType to be a string, got ${typeof deviceType}`);
  return <C extends object, A extends unknown[], R>(forward: WithContext<C, A, R>) =>
    function (this: unknown, ctx: C, ...args: A): R {
      const enabled = isAutocastEnabled(deviceType);
      forwards.set(ctx, { enabled: enabled && castInputs === null, dtype: getAutocastDtype(deviceType) });
      if (!enabled || castInputs === null) return forward.call(this, ctx, ...args);
      const cast = args.map((arg) => castAll(arg, deviceType, castInputs)) as A;
      return autocast(deviceType, { enabled: false }, () => forward.call(this, ctx, ...cast));
    };
}

/** Wraps the `backward` of a custom function, as a decorator or a call: it runs under autocast exactly if `forward`, wrapped by `customFwd`, did. */
export function customBwd({
  deviceType,
}: Pick<CustomForwardOptions, "deviceType">): <C extends object, A extends unknown[], R>(
  backward: WithContext<C, A, R>,
  decorated?: ClassMethodDecoratorContext,
) => WithContext<C, A, R> {
  if (typeof deviceType !== "string") throw new ArgumentError(`customBwd: expected deviceType to be a string, got ${typeof deviceType}`);
  return <C extends object, A extends unknown[], R>(backward: WithContext<C, A, R>) =>
    function (this: unknown, ctx: C, ...args: A): R {
      const noted = forwards.get(ctx);
      if (noted === undefined) throw new AutogradError("customBwd: the forward of this function must be wrapped by customFwd");
      return autocast(deviceType, noted, () => backward.call(this, ctx, ...args));
    };
}
