/** Devices by name: where a tensor's elements live and where its operations run. */

import { ArgumentError } from "./errors.js";

const types: ReadonlySet<string> = new Set(["cpu", "cuda", "webgpu", "meta"]);

/** A device such as `cpu` or `cuda:0`. */
export class Device {
  private static readonly known = new Map<string, Device>();

  private constructor(
    /** The kind of device: `cpu`, `cuda`, `webgpu` or `meta`. */
    readonly type: string,
    /** The number of the device among those of its type, or null for the current one. */
    readonly index: number | null,
  ) {}

  /**
   * The device of a name such as `"cuda:0"`. Equal names give the same object.
   * @throws {ArgumentError} if the name is not that of a device.
   */
  static of(name: string | Device): Device {
    if (name instanceof Device) return name;
    const found = Device.known.get(name);
    if (found !== undefined) return found;
    const match = /^([a-z]+)(?::(\d+))?$/.exec(name);
    const type = match?.[1];
    if (type === undefined || !types.has(type)) {
      throw new ArgumentError(
        `device: Invalid device string: '${name}'; expected one of ${[...types].join(", ")}, optionally with an index as in 'cuda:0'`,
      );
    }
    const made = new Device(type, match?.[2] === undefined ? null : Number(match[2]));
    Device.known.set(name, made);
    return made;
  }

  /** `cuda:0` */
  toString(): string {
    return this.index === null ? this.type : `${this.type}:${this.index}`;
  }

  /** Python's representation: `device(type='cuda', index=0)`. */
  repr(): string {
    return `device(type='${this.type}'${this.index === null ? "" : `, index=${this.index}`})`;
  }
}
