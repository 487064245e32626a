/** The tensor: a view of a storage, with its place in the recorded graph. Operations are defined elsewhere and installed as methods. */

import type { GradientHook, Node, RemovableHandle } from "../autograd/node.js";
import type { Storage } from "../backend/storage.js";
import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import { ShapeError } from "../core/errors.js";
import type { Shape } from "../core/shape.js";
import { wrapDim } from "../core/shape.js";
import { checkGradient } from "./accumulate.js";
import { type BackwardArguments, backward, hookAccumulated, registerHook, retainGrad } from "./backward.js";
import type { NestedArray } from "./create.js";
import { refreshView, setData, setRequiresGrad } from "./graph.js";
import { itemOf, nested, type ReadValue, readSync, textOf } from "./read.js";
import { Size } from "./size.js";

/** Where a view came from. */
export interface ViewOf {
  /** The tensor that owns the memory; never itself a view. */
  readonly base: Tensor;
  /** The storage's version for which the view's `gradFn` is right. */
  version: number;
  /** Makes the view of another tensor in the layout of the base; null where strides say it all, since the dtypes are the same. */
  readonly replay: ((base: Tensor) => Tensor) | null;
  /** What forbids to write the view in place while that is recorded: that it is one of several, or was made without recording. */
  readonly origin: "several" | "noGrad" | null;
}

/**
 * A multi-dimensional array of numbers of one dtype on one device.
 *
 * Made by functions such as `torch.tensor`, `torch.zeros` or `torch.randn`, never by `new`.
 */
export class Tensor {
  /** @internal The node that made the tensor, as of the view's version; read `gradFn`. */
  producer: Node<Tensor> | null = null;
  /** @internal Which output of that node it is. */
  outputIndex = 0;
  /** @internal Whether a leaf wants a gradient; read `requiresGrad`. */
  wantsGrad = false;
  private gradient: Tensor | null = null;
  /** @internal The base, if the tensor is a view. */
  viewOf: ViewOf | null = null;
  /** @internal Takes the gradients of a leaf. */
  accumulator: Node<Tensor> | null = null;
  /** Whether `retainGrad` was called on a tensor that is not a leaf. */
  retainsGrad = false;

  /** @internal */
  constructor(
    /** @internal The memory, shared with views. */
    public storage: Storage,
    /** The sizes of the dimensions. */
    public shape: Shape,
    /** @internal Steps between neighbours along each dimension, in elements; read `stride()`. */
    public strides: readonly number[],
    /** @internal Where the first element lies, in elements; read `storageOffset()`. */
    public offset: number,
    /** The type of the elements. */
    public readonly dtype: DType,
    /** @internal The number of elements; read `numel()`. */
    public count: number,
    /** @internal Whether elements lie row-major without gaps; read `isContiguous()`. */
    public dense: boolean,
  ) {}

  /** The device that holds the elements. */
  get device(): Device {
    return this.storage.backend.device;
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Whether gradients are computed for the tensor. Set it on leaves. */
  get requiresGrad(): boolean {
    if (this.wantsGrad || this.producer !== null) return true;
    const view = this.viewOf;
    return (
      view !== null &&
      view.version !== this.storage.version &&
      view.base.requiresGrad &&
      (this.dtype.isFloatingPoint || this.dtype.isComplex)
    );
  }

  set requiresGrad(value: boolean) {
    setRequiresGrad(this, value);
  }

  /** The accumulated gradient, or null. */
  get grad(): Tensor | null {
    return this.gradient;
  }

  set grad(value: Tensor | null) {
    if (value !== null) checkGradient(this, value);
    this.gradient = value;
  }

  /**
   * A tensor over the same memory, outside the graph. Setting it gives this tensor the memory, shape and dtype of another one, while it stays the
   * same object: how a module changes the dtype or device of its parameters.
   */
  get data(): Tensor {
    return new Tensor(this.storage, this.shape, this.strides, this.offset, this.dtype, this.count, this.dense);
  }

  set data(value: Tensor) {
    setData(this, value);
  }

  /** The node of the graph that made the tensor, or null for leaves. */
  get gradFn(): Node<Tensor> | null {
    const view = this.viewOf;
    if (view !== null && view.version !== this.storage.version) refreshView(this, view);
    return this.producer;
  }

  /** Whether the tensor was made by the user and not by a recorded operation. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** How often the memory was written in place. */
  get _version(): number {
    return this.storage.version;
  }

  /** The tensor that this one is a view of, or null. */
  get _base(): Tensor | null {
    return this.viewOf?.base ?? null;
  }

  /**
   * The sizes of all dimensions, or the size of one.
   * @throws {IndexError} if `dim` is out of range.
   * @example
   * ```ts
   * torch.zeros(2, 3).size(); // torch.Size([2, 3])
   * ```
   */
  size(): Size;
  size(dim: number): number;
  size(dim?: number): Size | number {
    return dim === undefined ? Size.ofShape(this.shape) : (this.shape[wrapDim("size", dim, this.shape.length)] as number);
  }

  /** The number of dimensions. */
  dim(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  numel(): number {
    return this.count;
  }

  /** Steps between neighbours along every dimension, or along one, in elements. */
  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): readonly number[] | number {
    return dim === undefined ? this.strides : (this.strides[wrapDim("stride", dim, this.shape.length)] as number);
  }

  /** Where the first element lies in the storage, in elements. */
  storageOffset(): number {
    return this.offset;
  }

  /** Whether the elements lie row-major without gaps. */
  isContiguous(): boolean {
    return this.dense;
  }

  /** Bytes of one element. */
  elementSize(): number {
    return this.dtype.itemsize;
  }

  /** The length of the first dimension, as Python's `len`. */
  get length(): number {
    if (this.shape.length === 0) throw new ShapeError("length: len() of a 0-d tensor");
    return this.shape[0] as number;
  }

  /**
   * The value of a tensor with one element, as a number (a boolean for bool, a bigint for integers beyond 2^53).
   * @throws {ShapeError} if the tensor has not exactly one element.
   */
  item(): number;
  item(): ReadValue {
    return itemOf(readSync(this, "item"), this);
  }

  /** The value of a tensor with one element, once the device has it. */
  async itemAsync(): Promise<ReadValue> {
    return itemOf(await this.storage.backend.readAsync(this), this);
  }

  /** The values as nested arrays; a 0-d tensor gives its value. */
  tolist(): NestedArray {
    return nested(readSync(this, "tolist"), this);
  }

  /** The values as nested arrays, once the device has them. */
  async tolistAsync(): Promise<NestedArray> {
    return nested(await this.storage.backend.readAsync(this), this);
  }

  /** PyTorch's text of the tensor. */
  toString(): string {
    return textOf(this);
  }

  /**
   * Computes the gradients of this tensor with respect to the leaves that it depends on, and adds them to their `grad`.
   * @param gradient the gradient of the final result with respect to this tensor; 1 by default, for a tensor with one element.
   * @throws {AutogradError} if nothing requires grad, or a graph is used a second time without `retainGraph`.
   * @example
   * ```ts
   * const x = torch.tensor([2, 3], { requiresGrad: true });
   * x.mul(x).sum().backward();
   * x.grad; // tensor([4., 6.])
   * ```
   */
  backward(...args: BackwardArguments): void {
    backward(this, args);
  }

  /** Keeps the gradient of a tensor that is not a leaf in its `grad`. */
  retainGrad(): void {
    retainGrad(this);
  }

  /** Calls a hook with every gradient of this tensor; what it returns replaces the gradient. */
  registerHook(hook: GradientHook<Tensor>): RemovableHandle {
    return registerHook(this, hook);
  }

  /** Calls a hook with this leaf whenever its gradient has been accumulated. */
  registerPostAccumulateGradHook(hook: (leaf: Tensor) => void): RemovableHandle {
    return hookAccumulated(this, hook);
  }
}
