/** Checkpointing: values that the backward pass needs are computed again instead of kept. */

import { autocastAsNow } from "../amp/autocast.js";
import { isCapturingPass } from "../autograd/engine.js";
import { enableGrad, isGradEnabled, noGrad } from "../autograd/modes.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { formatShape } from "../core/shape.js";
import { rngAsNow } from "../tensor/generator.js";
import { PackedTensor, type SavedTensorHooks, savedHooks } from "../tensor/savedTensors.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";
import { Function, type FunctionContext } from "./function.js";
import { backward } from "./grad.js";

/** How a function is checkpointed. */
export interface CheckpointOptions {
  /** Runs a backward pass within the backward pass, as PyTorch once did; it needs an argument that requires grad, and does not work with `grad`. */
  readonly useReentrant?: boolean;
  /** Whether the second computation draws the same random numbers as the first. */
  readonly preserveRngState?: boolean;
  /** Whether the second computation must save tensors of the same shapes, dtypes and devices as the first, or is trusted (`"none"`). */
  readonly determinismCheck?: "default" | "none";
  /** Whether the second computation ends once everything needed is there. */
  readonly earlyStop?: boolean;
}

const optionNames: ReadonlySet<string> = new Set(["useReentrant", "preserveRngState", "determinismCheck", "earlyStop"]);

let isStoppingEarly: boolean | null = null;

/** Says for checkpoints made in a callback whether their second computation ends once everything needed is there, whatever their options say. */
export function setCheckpointEarlyStop<R>(enable: boolean, callback: () => R): R {
  const before = isStoppingEarly;
  isStoppingEarly = enable;
  try {
    return callback();
  } finally {
    isStoppingEarly = before;
  }
}

/** Ends a computation of which all that is needed is there. */
class Stop extends Error {}

/** What stands for a tensor that was not kept. */
class Holder {
  value: Tensor | null = null;
  readonly form: string;

  constructor(tensor: Tensor) {
    this.form = formOf(tensor);
  }
}

const formOf = (tensor: Tensor): string => `shape ${formatShape(tensor.shape)}, dtype ${tensor.dtype}, device ${tensor.device}`;

/** One call of a checkpointed function, as hooks: what its operations save is dropped, and all of it made again when one value is asked for. */
class Recomputation implements SavedTensorHooks {
  /** In the order of saving. Those whose nodes are gone need no value. */
  private readonly holders: WeakRef<Holder>[] = [];
  private readonly forms: string[] = [];

  constructor(
    private readonly recompute: () => unknown,
    private readonly isChecked: boolean,
    private readonly stopsEarly: boolean,
  ) {}

  pack(tensor: Tensor): Holder {
    const holder = new Holder(tensor);
    this.holders.push(new WeakRef(holder));
    this.forms.push(holder.form);
    return holder;
  }

  unpack(packed: unknown): Tensor {
    const holder = packed as Holder;
    if (holder.value === null) this.fill();
    const { value } = holder;
    if (value === null) throw new AutogradError("checkpoint: the second computation did not save a tensor that the first one saved");
    holder.value = null;
    return value;
  }

  private fill(): void {
    const differences: string[] = [];
    const { length } = this.holders;
    let count = 0;
    const pack = (tensor: Tensor): Tensor => {
      const at = count++;
      const holder = this.holders[at]?.deref();
      if (holder !== undefined) holder.value = tensor;
      const [first, second] = [this.forms[at], formOf(tensor)];
      if (first !== undefined && first !== second) differences.push(`tensor at position ${at}: saved ${first}, recomputed ${second}`);
      if (this.stopsEarly && count === length) throw new Stop();
      return tensor;
    };
    try {
      savedHooks.within({ pack, unpack: (packed) => packed as Tensor }, () => enableGrad(this.recompute));
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    if (!this.isChecked) return;
    if (count !== length) {
      throw new AutogradError(
        `checkpoint: A different number of tensors was saved during the original forward and recomputation: ${length} and ${count}. The function must do the same both times.`,
      );
    }
    if (differences.length > 0) {
      throw new AutogradError(
        `checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass. The function must do the same both times.\n${differences.join("\n")}`,
      );
    }
  }
}

/**
 * Arguments to be read later: tensors are kept as those of nodes are, so that an outer checkpoint drops them too. Functions made in one scope keep
 * all that any of them reads, hence the functions here that make one each.
 */
function kept(args: readonly unknown[]): () => unknown[] {
  const hooks = savedHooks.current;
  return hooks === null ? () => [...args] : unpacked(args.map((arg) => (arg instanceof Tensor ? new PackedTensor(arg, hooks) : arg)));
}

const unpacked = (packed: readonly unknown[]) => (): unknown[] => packed.map((arg) => (arg instanceof PackedTensor ? arg.unpack() : arg));

/** Calls a function again with what `read` gives, as things stand now. */
function calling(run: Callable, read: () => unknown[], preserveRngState: boolean): () => unknown {
  const again = asNow(preserveRngState);
  return () => {
    const inputs = noGrad(read);
    return again(() => run(...inputs));
  };
}

/** Runs callbacks later as things stand now: autocast, and the random streams if they matter. */
function asNow(preserveRngState: boolean): <R>(callback: () => R) => R {
  const cast = autocastAsNow();
  if (!preserveRngState) return cast;
  const draw = rngAsNow();
  return (callback) => draw(() => cast(callback));
}

type Callable = (...args: unknown[]) => unknown;

/** A function that is called again with the arguments it was given. */
function callable<A extends readonly unknown[]>(fn: (...args: A) => unknown): Callable {
  return (...args: readonly unknown[]) => fn(...(args as A));
}

/** The variant that runs a backward pass within the backward pass. */
class CheckpointFunction extends Function {
  static override forward(ctx: FunctionContext, run: Callable, preserve: boolean, ...args: unknown[]): unknown {
    ctx["run"] = run;
    ctx["asNow"] = asNow(preserve);
    ctx["args"] = args.map((arg) => (arg instanceof Tensor ? null : arg));
    ctx.saveForBackward(...args.flatMap((arg) => (arg instanceof Tensor ? [arg] : [])));
    return run(...args);
  }

  static override backward(ctx: FunctionContext, ...grads: Tensor[]): (Tensor | null)[] {
    if (isCapturingPass()) {
      throw new AutogradError(
        "checkpoint: When useReentrant is true, checkpoint is incompatible with autograd.grad() and the `inputs` argument of backward(). Set useReentrant to false.",
      );
    }
    const saved = [...ctx.savedTensors];
    const inputs = (ctx["args"] as unknown[]).map((arg, i) => {
      if (arg !== null || saved.length === 0) return arg;
      const tensor = (saved.shift() as Tensor).detach();
      tensor.requiresGrad = ctx.needsInputGrad[i + 2] ?? false;
      return tensor;
    });
    const result = (ctx["asNow"] as (callback: () => unknown) => unknown)(() => enableGrad(() => (ctx["run"] as Callable)(...inputs)));
    const outs: readonly unknown[] = Array.isArray(result) ? result : [result];
    const places = outs.flatMap((out, i) => (out instanceof Tensor && out.requiresGrad ? [i] : []));
    if (places.length === 0)
      throw new AutogradError("checkpoint: none of output has requires_grad=True, this checkpoint() is not necessary");
    backward(
      places.map((i) => outs[i] as Tensor),
      places.map((i) => grads[i] as Tensor),
    );
    return [null, null, ...inputs.map((input) => (input instanceof Tensor ? input.grad : null))];
  }
}

/** The arguments of a function, then optionally how it is checkpointed. */
type WithOptions<A extends readonly unknown[]> = A | [...A, options: CheckpointOptions];

function split(args: readonly unknown[]): readonly [args: readonly unknown[], options: CheckpointOptions] {
  const last = args[args.length - 1];
  const names = isOptions(last) ? Object.keys(last) : [];
  return names.length > 0 && names.every((name) => optionNames.has(name)) ? [args.slice(0, -1), last as CheckpointOptions] : [args, {}];
}

/**
 * `fn(...args)` of which the backward pass needs little memory: what operations within save for it is dropped, and computed again when it is
 * needed. Gradients are the same. Unlike in PyTorch `useReentrant` is false if it is not given.
 * @throws {AutogradError} in the backward pass, if the function does something else the second time.
 * @example
 * ```ts
 * const block = new nn.Sequential(new nn.Linear(4, 64), new nn.ReLU(), new nn.Linear(64, 4));
 * const out = torch.utils.checkpoint.checkpoint(block, torch.ones(2, 4), { useReentrant: false });
 * out.sum().backward();
 * ```
 */
export function checkpoint<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: WithOptions<A>): R {
  const [given, options] = split(args);
  const { useReentrant = false, preserveRngState = true, determinismCheck = "default", earlyStop = true } = options;
  if (determinismCheck !== "default" && determinismCheck !== "none")
    throw new ArgumentError(`checkpoint: determinismCheck should be one of 'default', 'none', but got '${String(determinismCheck)}'`);
  const run = callable(fn);
  if (useReentrant) return CheckpointFunction.apply(run, preserveRngState, ...given) as R;
  if (!isGradEnabled()) return run(...given) as R;
  const recompute = calling(run, kept(given), preserveRngState);
  const recomputation = new Recomputation(recompute, determinismCheck === "default", isStoppingEarly ?? earlyStop);
  return savedHooks.within(recomputation, () => run(...given)) as R;
}

/** Functions that run one after the other: a `Sequential`, or a list. */
type Chain = Iterable<(input: never) => unknown>;

/**
 * Functions one after the other, in so many segments of which all but the last are checkpointed.
 * @throws {ArgumentError} if there are fewer functions than segments.
 * @example
 * ```ts
 * const layers = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 8), new nn.ReLU());
 * torch.utils.checkpoint.checkpointSequential(layers, 2, torch.ones(2, 4)).sum().backward();
 * ```
 */
export function checkpointSequential(
  functions: Chain,
  segments: number,
  input: Tensor,
  options: Pick<CheckpointOptions, "useReentrant" | "preserveRngState"> = {},
): Tensor {
  const chain = [...functions] as ((input: unknown) => unknown)[];
  const size = Math.floor(chain.length / segments);
  if (!(Number.isInteger(segments) && segments > 0 && size > 0))
    throw new ArgumentError(`checkpointSequential: ${chain.length} functions cannot be divided into ${segments} segments`);
  const through =
    (start: number, end: number) =>
    (value: unknown): unknown =>
      chain.slice(start, end).reduce((at, fn) => fn(at), value);
  let value: unknown = input;
  let start = 0;
  for (; start < size * (segments - 1); start += size) value = checkpoint(through(start, start + size), value, options);
  return through(start, chain.length)(value) as Tensor;
}
