/** The Mersenne Twister by the library. */

import type { Regenerator } from "../random/index.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

/** Advances the words of generators natively: their arrays are long enough to lie outside of the garbage-collected heap, where they stay. */
export function nativeRegenerator(library: NativeLibrary, args: Arguments): Regenerator {
  const kernel = library.kernel("twister");
  return (words, block) => {
    const [from, to] = [library.address(words), library.address(block)];
    return () => {
      args.at = 0;
      args.put(from);
      args.put(to);
      kernel();
    };
  };
}
