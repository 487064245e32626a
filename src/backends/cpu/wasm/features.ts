/** What WebAssembly can do here. */

/** A module of one function that computes something of vectors of zeros and drops it: 119 bytes at most, so that every length takes one byte. */
function moduleOf(vectors: number, instruction: readonly number[]): Uint8Array<ArrayBuffer> {
  const zeros = new Array<number>(16).fill(0);
  const operands = new Array<readonly number[]>(vectors).fill([0xfd, 0x0c, ...zeros]).flat();
  // No locals; the operands, the instruction, drop, end.
  const body = [0x00, ...operands, ...instruction, 0x1a, 0x0b];
  const code = [0x01, body.length, ...body];
  // A type () → (), a function of it, its code.
  const sections = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x0a, code.length, ...code];
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections]);
}

/** `f32x4.add` */
const simd = (): boolean => WebAssembly.validate(moduleOf(2, [0xfd, 0xe4, 0x01]));

/** `f32x4.relaxed_madd` */
const relaxed = (): boolean => WebAssembly.validate(moduleOf(3, [0xfd, 0x85, 0x02]));

/** Node 20 has relaxed vector instructions behind a flag, which holds for what is compiled after it was set. */
function allowRelaxed(): void {
  try {
    globalThis.process?.getBuiltinModule?.("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
  } catch {
    // A host that takes no flags.
  }
}

/** Vector instructions that the compiled modules use. */
export type Instructions = "simd128" | "relaxed-simd";

/** The best vector instructions of this host, or null where WebAssembly has none. */
export function vectorInstructions(): Instructions | null {
  if (typeof WebAssembly === "undefined") return null;
  if (relaxed()) return "relaxed-simd";
  allowRelaxed();
  return relaxed() ? "relaxed-simd" : simd() ? "simd128" : null;
}
