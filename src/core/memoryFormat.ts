/** Orders in which the elements of tensors lie in memory. */

/** An order of elements in memory, such as `torch.channelsLast`. */
export class MemoryFormat {
  constructor(
    /** The name in PyTorch. */
    readonly name: string,
    /** The number of dimensions of the tensors that can have the format, or null for all. */
    readonly rank: number | null,
  ) {}

  /** `torch.channels_last` */
  toString(): string {
    return `torch.${this.name}`;
  }
}

/** Row-major. */
export const contiguousFormat: MemoryFormat = new MemoryFormat("contiguous_format", null);
/** Images `[batch, channels, height, width]` whose channels lie next to each other. */
export const channelsLast: MemoryFormat = new MemoryFormat("channels_last", 4);
/** Volumes `[batch, channels, depth, height, width]` whose channels lie next to each other. */
export const channelsLast3d: MemoryFormat = new MemoryFormat("channels_last_3d", 5);
