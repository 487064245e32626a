/** `torch.nn.init`: filling parameters in place, recorded by no graph. Each returns the tensor that it filled. */

import erf from "@stdlib/math-base-special-erf";
import { noGrad } from "../autograd/modes.js";
import { ArgumentError, ShapeError } from "../core/errors.js";
import { formatShape } from "../core/shape.js";
import { randperm } from "../ops/random/sampled.js";
import type { Args } from "../tensor/dispatch.js";
import type { Generator } from "../tensor/generator.js";
import type { Tensor } from "../tensor/tensor.js";
import { reader } from "./arguments.js";

/** The stream to draw from; the device's default one unless given. */
interface Drawn {
  generator?: Generator | null;
}

/** The function that follows a layer, by its name in `torch.nn.functional`. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

/** Which variance is kept: that of the forward pass, or of the backward pass. */
export type FanMode = "fan_in" | "fan_out";

/**
 * The factor by which a nonlinearity is made up for: `√2` for `relu`, `√(2 / (1 + slope²))` for `leaky_relu`, `5/3` for `tanh`.
 * @throws {ArgumentError} for a nonlinearity that has none.
 */
export function calculateGain(nonlinearity: Nonlinearity, param: number | null = null): number {
  if (nonlinearity === "tanh") return 5 / 3;
  if (nonlinearity === "relu") return Math.sqrt(2);
  if (nonlinearity === "selu") return 3 / 4;
  if (nonlinearity === "leaky_relu") {
    if (param !== null && typeof param !== "number")
      throw new ArgumentError(`calculateGain: negative_slope ${String(param)} not a valid number`);
    return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
  }
  if (nonlinearity === "linear" || nonlinearity === "sigmoid" || /^conv(_transpose)?[123]d$/.test(nonlinearity)) return 1;
  throw new ArgumentError(`calculateGain: Unsupported nonlinearity ${String(nonlinearity)}`);
}

/** The number of inputs and outputs of one unit of a weight `[out, in, …kernel]`. */
export function calculateFanInAndFanOut(tensor: Tensor, op = "calculateFanInAndFanOut"): { fanIn: number; fanOut: number } {
  const [out, inputs, ...kernel] = tensor.shape;
  if (out === undefined || inputs === undefined) {
    throw new ShapeError(
      `${op}: Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got ${formatShape(tensor.shape)}`,
    );
  }
  const field = kernel.reduce((a, b) => a * b, 1);
  return { fanIn: inputs * field, fanOut: out * field };
}

function fanOf(op: string, tensor: Tensor, mode: string): number {
  const { fanIn, fanOut } = calculateFanInAndFanOut(tensor, op);
  const lower = mode.toLowerCase();
  if (lower !== "fan_in" && lower !== "fan_out")
    throw new ArgumentError(`${op}: Mode ${lower} not supported, please use one of ['fan_in', 'fan_out']`);
  return lower === "fan_in" ? fanIn : fanOut;
}

const uniformArguments = reader("uniform_(Tensor tensor, float a=0, float b=1, generator? generator=null)");

/** Fills with uniform numbers in `[a, b)`. */
export function uniform_(
  tensor: Tensor,
  ...args: Args<[a: number, b: number, generator: Generator | null], Drawn & { a?: number; b?: number }>
): Tensor {
  const [, a, b, generator] = uniformArguments([tensor, ...args]);
  return noGrad(() => tensor.uniform_(a, b, { generator }));
}

const normalArguments = reader("normal_(Tensor tensor, float mean=0, float std=1, generator? generator=null)");

/** Fills with normal numbers. */
export function normal_(
  tensor: Tensor,
  ...args: Args<[mean: number, std: number, generator: Generator | null], Drawn & { mean?: number; std?: number }>
): Tensor {
  const [, mean, std, generator] = normalArguments([tensor, ...args]);
  return noGrad(() => tensor.normal_(mean, std, { generator }));
}

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** Normal numbers, drawn again where they lie outside: for intervals that hold much of the distribution. */
function truncateByRedrawing(tensor: Tensor, mean: number, std: number, a: number, b: number, generator: Generator | null): void {
  const low = tensor.newFull([], a).item();
  const high = tensor.newFull([], b).item();
  let result = tensor.normal_(mean, std, { generator });
  for (;;) {
    const outside = result.lt(low).logicalOr(result.gt(high));
    if (!outside.any().item()) break;
    result = tensor.newEmpty(tensor.shape).normal_(mean, std, { generator }).where(outside, result);
  }
  if (result !== tensor) tensor.copy_(result);
}

/** Uniform numbers, kept with the probability of the density relative to its peak: for intervals in the tails. */
function truncateByRejection(tensor: Tensor, mean: number, std: number, a: number, b: number, generator: Generator | null): void {
  const peak = -0.5 * ((Math.max(a, Math.min(mean, b)) - mean) / std) ** 2;
  const logDensity = (x: Tensor): Tensor => x.sub(mean).div(std).pow(2).mul(-0.5).sub(peak);
  const draw = (): Tensor => tensor.newEmpty(tensor.shape).uniform_(a, b, { generator });
  const rejected = (x: Tensor): Tensor => tensor.newEmpty(tensor.shape).uniform_({ generator }).log().gt(logDensity(x));
  let result = draw();
  let pending = rejected(result);
  while (pending.any().item()) {
    const candidates = draw();
    result = candidates.where(pending, result);
    pending = rejected(candidates).logicalAnd(pending);
  }
  tensor.copy_(result);
}

const truncNormalArguments = reader(
  "truncNormal_(Tensor tensor, float mean=0, float std=1, float a=-2, float b=2, generator? generator=null)",
);

/** Fills with normal numbers of which those outside of `[a, b]` are drawn again. */
export function truncNormal_(
  tensor: Tensor,
  ...args: Args<
    [mean: number, std: number, a: number, b: number, generator: Generator | null],
    Drawn & { mean?: number; std?: number; a?: number; b?: number }
  >
): Tensor {
  const [, mean, std, a, b, generator] = truncNormalArguments([tensor, ...args]);
  if (tensor.device.type === "meta") return tensor;
  const inside = normalCdf((b - mean) / std) - normalCdf((a - mean) / std);
  noGrad(() => (inside > 0.3 ? truncateByRedrawing : truncateByRejection)(tensor, mean, std, a, b, generator));
  return tensor;
}

/** Fills with one value. */
export function constant_(tensor: Tensor, val: number): Tensor {
  return noGrad(() => tensor.fill_(val));
}

/** Fills with ones. */
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/** Fills with zeros. */
export function zeros_(tensor: Tensor): Tensor {
  return noGrad(() => tensor.zero_());
}

/**
 * Fills a matrix with ones on the diagonal and zeros elsewhere.
 * @throws {ShapeError} if the tensor is no matrix.
 */
export function eye_(tensor: Tensor): Tensor {
  if (tensor.shape.length !== 2)
    throw new ShapeError(`eye_: Only tensors with 2 dimensions are supported, got ${formatShape(tensor.shape)}`);
  noGrad(() => tensor.zero_().diagonal().fill_(1));
  return tensor;
}

/**
 * Fills the weight of a convolution so that it keeps its input: `out[g·n + c][c]` is 1 in the middle of the kernel, all else 0.
 * @throws {ShapeError} unless the tensor has 3, 4 or 5 dimensions, the first a multiple of `groups`.
 */
export function dirac_(tensor: Tensor, groups: number | { groups?: number } = 1): Tensor {
  const count = typeof groups === "number" ? groups : (groups.groups ?? 1);
  const [out = 0, inputs = 0, ...kernel] = tensor.shape;
  if (kernel.length < 1 || kernel.length > 3)
    throw new ShapeError(`dirac_: Only tensors with 3, 4, or 5 dimensions are supported, got ${formatShape(tensor.shape)}`);
  if (out % count !== 0) throw new ShapeError(`dirac_: dim 0 must be divisible by groups, got ${out} and ${count}`);
  const perGroup = out / count;
  noGrad(() => {
    let middle = tensor.zero_().detach();
    for (const size of kernel) middle = middle.select(2, Math.floor(size / 2));
    for (let g = 0; g < count; g++)
      middle
        .narrow(0, g * perGroup, perGroup)
        .narrow(1, 0, Math.min(perGroup, inputs))
        .diagonal()
        .fill_(1);
  });
  return tensor;
}

const xavierUniformArguments = reader("xavierUniform_(Tensor tensor, float gain=1, generator? generator=null)");

/** Fills uniformly in `±gain · √(6 / (fanIn + fanOut))` (Glorot and Bengio, 2010). */
export function xavierUniform_(
  tensor: Tensor,
  ...args: Args<[gain: number, generator: Generator | null], Drawn & { gain?: number }>
): Tensor {
  const [, gain, generator] = xavierUniformArguments([tensor, ...args]);
  const { fanIn, fanOut } = calculateFanInAndFanOut(tensor, "xavierUniform_");
  const bound = Math.sqrt(3) * (gain * Math.sqrt(2 / (fanIn + fanOut)));
  return uniform_(tensor, -bound, bound, generator);
}

const xavierNormalArguments = reader("xavierNormal_(Tensor tensor, float gain=1, generator? generator=null)");

/** Fills with normal numbers of deviation `gain · √(2 / (fanIn + fanOut))` (Glorot and Bengio, 2010). */
export function xavierNormal_(
  tensor: Tensor,
  ...args: Args<[gain: number, generator: Generator | null], Drawn & { gain?: number }>
): Tensor {
  const [, gain, generator] = xavierNormalArguments([tensor, ...args]);
  const { fanIn, fanOut } = calculateFanInAndFanOut(tensor, "xavierNormal_");
  return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)), generator);
}

interface KaimingOptions extends Drawn {
  /** The negative slope of the rectifier, for `"leaky_relu"`. */
  a?: number;
  mode?: FanMode;
  nonlinearity?: Nonlinearity;
}

type KaimingArguments = Args<[a: number, mode: FanMode, nonlinearity: Nonlinearity, generator: Generator | null], KaimingOptions>;

const KAIMING = "Tensor tensor, float a=0, str mode='fan_in', str nonlinearity='leaky_relu', generator? generator=null";
const kaimingUniformArguments = reader(`kaimingUniform_(${KAIMING})`);

/** Fills uniformly in `±gain · √(3 / fan)` (He et al., 2015). */
export function kaimingUniform_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const [, a, mode, nonlinearity, generator] = kaimingUniformArguments([tensor, ...args]);
  if (tensor.shape.includes(0)) return tensor;
  const fan = fanOf("kaimingUniform_", tensor, mode);
  const bound = Math.sqrt(3) * (calculateGain(nonlinearity as Nonlinearity, a) / Math.sqrt(fan));
  return uniform_(tensor, -bound, bound, generator);
}

const kaimingNormalArguments = reader(`kaimingNormal_(${KAIMING})`);

/** Fills with normal numbers of deviation `gain / √fan` (He et al., 2015). */
export function kaimingNormal_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const [, a, mode, nonlinearity, generator] = kaimingNormalArguments([tensor, ...args]);
  if (tensor.shape.includes(0)) return tensor;
  const fan = fanOf("kaimingNormal_", tensor, mode);
  return normal_(tensor, 0, calculateGain(nonlinearity as Nonlinearity, a) / Math.sqrt(fan), generator);
}

const orthogonalArguments = reader("orthogonal_(Tensor tensor, float gain=1, generator? generator=null)");

/** An orthonormal basis of the columns of a tall matrix: Gram–Schmidt, twice, which is enough (Giraud, Langou and Rozložník, 2005). */
function orthonormal(columns: Tensor): Tensor {
  const basis = columns.clone();
  for (let j = 0; j < (columns.shape[1] as number); j++) {
    const column = basis.select(1, j);
    const before = basis.narrow(1, 0, j);
    for (let pass = 0; pass < 2; pass++) column.sub_(before.mv(before.t().mv(column)));
    column.div_(column.norm());
  }
  return basis;
}

/**
 * Fills with a matrix whose rows or columns, whichever are fewer, are orthonormal, times `gain`; trailing dimensions count as one (Saxe et al., 2013).
 * @throws {ShapeError} for tensors of fewer than 2 dimensions.
 */
export function orthogonal_(tensor: Tensor, ...args: Args<[gain: number, generator: Generator | null], Drawn & { gain?: number }>): Tensor {
  const [, gain, generator] = orthogonalArguments([tensor, ...args]);
  if (tensor.shape.length < 2)
    throw new ShapeError(`orthogonal_: Only tensors with 2 or more dimensions are supported, got ${formatShape(tensor.shape)}`);
  if (tensor.count === 0 || tensor.device.type === "meta") return tensor;
  const rows = tensor.shape[0] as number;
  const columns = tensor.count / rows;
  noGrad(() => {
    const flat = tensor.newEmpty([rows, columns]).normal_(0, 1, { generator });
    const basis = rows < columns ? orthonormal(flat.t()).t() : orthonormal(flat);
    tensor.copy_(basis.reshape(tensor.shape).mul_(gain));
  });
  return tensor;
}

const sparseArguments = reader("sparse_(Tensor tensor, float sparsity, float std=0.01, generator? generator=null)");

/**
 * Fills a matrix with normal numbers of which in each column the fraction `sparsity` is zero (Martens, 2010).
 * @throws {ShapeError} if the tensor is no matrix.
 */
export function sparse_(
  tensor: Tensor,
  sparsity: number,
  ...args: Args<[std: number, generator: Generator | null], Drawn & { std?: number }>
): Tensor {
  const [, share, std, generator] = sparseArguments([tensor, sparsity, ...args]);
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || rows === undefined || columns === undefined)
    throw new ShapeError(`sparse_: Only tensors with 2 dimensions are supported, got ${formatShape(tensor.shape)}`);
  if (tensor.device.type === "meta") return tensor;
  const zeros = Math.ceil(share * rows);
  noGrad(() => {
    tensor.normal_(0, std, { generator });
    for (let column = 0; column < columns; column++)
      tensor
        .detach()
        .select(1, column)
        .indexFill_(0, randperm(rows).narrow(0, 0, zeros), 0);
  });
  return tensor;
}
