/** The memory of a WebAssembly module: operands are copied there before a kernel runs, and results back after it. */

import type { TypedArray } from "../../../core/dtype.js";
import { DeviceError } from "../../../core/errors.js";
import type { CpuOperand } from "../storage.js";

/** What the module exports for memory. */
export interface Memory {
  readonly memory: WebAssembly.Memory;
  fb_allocate(bytes: number): number;
  fb_free(address: number): void;
}

/** Operands cannot be copied to the module: they take too much memory, or lie among each other. The js engine can compute instead. */
export class PlacementError extends DeviceError {}

/** The operands of one call take at most so many bytes. */
const MOST_BYTES = 2 ** 30;

/** So many bytes stay reserved between calls. */
const KEPT_BYTES = 2 ** 26;

const FIRST_BYTES = 2 ** 20;

/** Operands start at multiples of a cache line. */
const LINE = 64;

/** An operand is copied with its gaps unless it takes this many times the memory of its elements. */
const MOST_GAPS = 16;

/** Bytes of an array that have a place in the module's memory during a call. */
interface Pin {
  buffer: ArrayBufferLike;
  start: number;
  length: number;
  address: number;
  /** Whether they are copied back. */
  isOutput: boolean;
}

interface Segment {
  readonly address: number;
  readonly bytes: number;
}

/** Gives places to the operands of one call after the other. */
export class Arena {
  private segments: Segment[] = [];
  /** The bytes of all segments. */
  private total = 0;
  /** The least bytes of the next segment. */
  private wanted = FIRST_BYTES;
  /** The free part of the last segment. */
  private top = 0;
  private end = 0;
  private readonly pins: Pin[] = [];
  private pinned = 0;
  private memory: Uint8Array;

  constructor(private readonly module: Memory) {
    this.memory = new Uint8Array(module.memory.buffer);
  }

  /** The module's memory. Its buffer is another one each time that it has grown. */
  get bytes(): Uint8Array {
    if (this.memory.buffer !== this.module.memory.buffer) this.memory = new Uint8Array(this.module.memory.buffer);
    return this.memory;
  }

  /**
   * The address of an operand's first element in the module's memory. Its elements are copied there if `isRead`, and back after the call if
   * `isOutput`.
   * @throws {PlacementError} if they cannot be.
   */
  place(operand: CpuOperand, isRead: boolean, isOutput: boolean): number {
    const { storage, dtype, shape, strides, count, dense } = operand;
    let first = 0;
    let numbers = count;
    if (!dense && count > 0) {
      let last = 0;
      for (let d = 0; d < shape.length; d++) {
        const reach = (strides[d] as number) * ((shape[d] as number) - 1);
        if (reach < 0) first += reach;
        else last += reach;
      }
      numbers = last - first + 1;
      if (numbers > MOST_GAPS * count && numbers > FIRST_BYTES) throw this.refused(`${count} of ${numbers} elements in memory`);
    }
    const { data } = storage;
    const start = data.byteOffset + (storage.base + operand.offset + first) * dtype.itemsize;
    // The gaps of an output are copied back too, so they have to be right.
    const address = this.pin(data, start, numbers * dtype.itemsize, isRead || numbers !== count, isOutput);
    return address - first * dtype.itemsize;
  }

  /** Copies outputs to where they belong, and forgets all operands. */
  finish(): void {
    for (let k = 0; k < this.pinned; k++) {
      const { buffer, start, length, address, isOutput } = this.pins[k] as Pin;
      if (isOutput) new Uint8Array(buffer, start, length).set(this.bytes.subarray(address, address + length));
    }
    this.release();
  }

  /** Forgets all operands. */
  release(): void {
    for (let k = 0; k < this.pinned; k++) (this.pins[k] as Pin).buffer = none;
    this.pinned = 0;
    if (this.segments.length > 1 || this.total > KEPT_BYTES) {
      for (const segment of this.segments) this.module.fb_free(segment.address);
      // What took several segments will take one.
      this.wanted = Math.min(this.total, KEPT_BYTES);
      this.segments = [];
      this.total = this.top = this.end = 0;
      return;
    }
    this.top = this.segments[0]?.address ?? 0;
  }

  private pin(data: TypedArray, start: number, length: number, isRead: boolean, isOutput: boolean): number {
    const { buffer } = data;
    for (let k = 0; k < this.pinned; k++) {
      const pin = this.pins[k] as Pin;
      if (pin.buffer !== buffer || pin.isOutput !== isOutput) continue;
      if (pin.start === start && pin.length === length) return pin.address;
      if (isOutput && pin.start < start + length && start < pin.start + pin.length) throw this.refused("outputs lie among each other");
    }
    const room = (length + LINE - 1) & -LINE;
    if (this.top + room > this.end) this.grow(room);
    const address = this.top;
    this.top += room;
    if (isRead && length > 0) this.bytes.set(new Uint8Array(buffer, start, length), address);
    if (this.pinned === this.pins.length) this.pins.push({ buffer, start, length, address, isOutput });
    const pin = this.pins[this.pinned++] as Pin;
    pin.buffer = buffer;
    pin.start = start;
    pin.length = length;
    pin.address = address;
    pin.isOutput = isOutput;
    return address;
  }

  private refused(message: string): PlacementError {
    this.release();
    return new PlacementError(message);
  }

  /** Memory that is not given back until `fb_free`; 0 where there is no more. */
  allocate(bytes: number): number {
    // Addresses are unsigned, the numbers of WebAssembly are not.
    return this.module.fb_allocate(bytes) >>> 0;
  }

  /** A further segment, which has room for so many bytes. */
  private grow(least: number): void {
    const bytes = Math.max(least, this.total, this.wanted);
    const address = this.total + least > MOST_BYTES ? 0 : this.allocate(bytes);
    if (address === 0) throw this.refused(`operands of ${this.total + least} bytes and more are too large for WebAssembly`);
    this.segments.push({ address, bytes });
    this.total += bytes;
    this.top = address;
    this.end = address + bytes;
  }
}

const none = new ArrayBuffer(0);
