/** Normalisations folded into the layers before them, for evaluation. */

import { ArgumentError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { NormBase } from "../modules/batchNorm.js";
import type { ConvNd } from "../modules/convBase.js";
import type { Linear } from "../modules/linear.js";
import { Parameter } from "../parameter.js";

/** A weight and a bias. */
type Fused = [weight: Parameter, bias: Parameter];

/** `(x · w + b - mean) / √(variance + eps) · weight + bias` as one weight and one bias; `spread` shapes factors for the weight. */
function fused(
  layer: { readonly weight: Tensor; readonly bias: Tensor | null },
  mean: Tensor,
  variance: Tensor,
  eps: number,
  weight: Tensor | null,
  bias: Tensor | null,
  spread: (factors: Tensor) => Tensor,
): Fused {
  const scale = variance
    .add(eps)
    .rsqrt()
    .mul(weight ?? 1);
  const before = layer.bias ?? mean.mul(0);
  const shifted = before
    .sub(mean)
    .mul(scale)
    .add(bias ?? 0);
  const made = layer.weight.mul(spread(scale)).to(layer.weight.dtype);
  return [
    new Parameter(made.data, layer.weight.requiresGrad),
    new Parameter(shifted.to((layer.bias ?? layer.weight).dtype).data, before.requiresGrad),
  ];
}

/** Weight and bias of a convolution with a batch normalisation folded in. */
export function fuseConvBnWeights(
  convW: Tensor,
  convB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
  transpose = false,
): Fused {
  const rest = convW.shape.slice(2).map(() => 1);
  return fused({ weight: convW, bias: convB }, bnRm, bnRv, bnEps, bnW, bnB, (factors) =>
    factors.reshape(transpose ? [1, -1, ...rest] : [-1, 1, ...rest]),
  );
}

/** Weight and bias of a linear map with a batch normalisation folded in. */
export function fuseLinearBnWeights(
  linearW: Tensor,
  linearB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
): Fused {
  return fused({ weight: linearW, bias: linearB }, bnRm, bnRv, bnEps, bnW, bnB, (factors) => factors.unsqueeze(-1));
}

function statisticsOf(op: string, layer: { readonly training: boolean }, bn: NormBase): [mean: Tensor, variance: Tensor] {
  if (layer.training || bn.training) throw new ArgumentError(`${op}: Fusion only for eval! Call eval() on both modules first.`);
  if (bn.running_mean === null || bn.running_var === null)
    throw new ArgumentError(`${op}: bn.running_mean and bn.running_var must not be None`);
  return [bn.running_mean, bn.running_var];
}

/**
 * A copy of a convolution that gives what a batch normalisation gives behind it; both in evaluation.
 * @throws {ArgumentError} while one is training.
 */
export function fuseConvBnEval<M extends ConvNd<never[]>>(conv: M, bn: NormBase, transpose = false): M {
  const [mean, variance] = statisticsOf("fuseConvBnEval", conv, bn);
  const copy = conv.deepcopy();
  [copy.weight, copy.bias] = fuseConvBnWeights(copy.weight, copy.bias, mean, variance, bn.eps, bn.weight, bn.bias, transpose);
  return copy;
}

/**
 * A copy of a linear map that gives what a batch normalisation gives behind it; both in evaluation.
 * @throws {ArgumentError} while one is training, or if the numbers of features differ.
 */
export function fuseLinearBnEval<M extends Linear>(linear: M, bn: NormBase): M {
  const [mean, variance] = statisticsOf("fuseLinearBnEval", linear, bn);
  if (linear.outFeatures !== bn.numFeatures && bn.numFeatures !== 1)
    throw new ArgumentError(
      `fuseLinearBnEval: To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got linear.out_features=${linear.outFeatures} and bn.num_features=${bn.numFeatures}`,
    );
  const copy = linear.deepcopy();
  [copy.weight, copy.bias] = fuseLinearBnWeights(copy.weight, copy.bias, mean, variance, bn.eps, bn.weight, bn.bias);
  return copy;
}
