/**
 * Messages in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), as far as ONNX files need it: varints,
 * 32-bit floats and what has a length. The schema of ONNX is small and its numbers never change, so that a library (and the generated code
 * that it wants) would be larger than this file.
 */

const VARINT = 0;
const DELIMITED = 2;
const FIXED32 = 5;

/** Bytes that are longer are not copied into the buffer of a message. */
const LARGEST_COPY = 256;

/** One message: fields in the order in which they are written. Large pieces of bytes are kept as they are, not copied. */
export class Message {
  private readonly pieces: Uint8Array[] = [];
  private small: number[] = [];
  private bytes = 0;

  private put(byte: number): void {
    this.small.push(byte);
    this.bytes++;
  }

  private raw(bytes: Uint8Array): void {
    if (bytes.length <= LARGEST_COPY) {
      for (const byte of bytes) this.small.push(byte);
    } else {
      this.flush();
      this.pieces.push(bytes);
    }
    this.bytes += bytes.length;
  }

  private flush(): void {
    if (this.small.length === 0) return;
    this.pieces.push(Uint8Array.from(this.small));
    this.small = [];
  }

  private integer(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.put(Number(rest & 0x7fn) | 0x80);
    this.put(Number(rest));
  }

  private tag(field: number, type: number): void {
    this.integer(BigInt(field * 8 + type));
  }

  /** The number of bytes. */
  get length(): number {
    return this.bytes;
  }

  /** An integer or an enumeration. */
  int(field: number, value: number | bigint): this {
    this.tag(field, VARINT);
    this.integer(BigInt(value));
    return this;
  }

  /** A float of 32 bits. */
  float(field: number, value: number): this {
    this.tag(field, FIXED32);
    this.raw(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** Bytes, given in pieces. */
  data(field: number, pieces: readonly Uint8Array[]): this {
    this.tag(field, DELIMITED);
    this.integer(BigInt(pieces.reduce((sum, piece) => sum + piece.length, 0)));
    for (const piece of pieces) this.raw(piece);
    return this;
  }

  /** Text. */
  text(field: number, value: string): this {
    return this.data(field, [new TextEncoder().encode(value)]);
  }

  /** A message within this one, which is complete by now. */
  message(field: number, value: Message): this {
    return this.data(field, value.finish());
  }

  /** All bytes, in pieces. */
  finish(): readonly Uint8Array[] {
    this.flush();
    return this.pieces;
  }
}
