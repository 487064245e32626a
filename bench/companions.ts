/** Other libraries beside the benchmarks: processes that time one round at a time on request. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The Python to try: the environment variable PYTHON, else `python3`. */
const python = process.env["PYTHON"] ?? "python3";

/** A script beside the sources, not beside the compiled files. */
function script(name: string): string {
  return fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
}

/** A process that knows a library's side of the benchmarks. */
export class Companion {
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];

  private constructor(
    /** The library. */
    readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.lines = createInterface({ input: child.stdout });
    this.lines.on("line", (line) => this.waiting.shift()?.(line));
    child.on("close", () => {
      for (const answer of this.waiting.splice(0)) answer("unknown");
    });
    child.stderr.resume();
  }

  /** PyTorch where Python can import it, then the libraries of JavaScript that are installed in the folder `rivals`. */
  static start(threads: number, rivals: string | null): Companion[] {
    const commands: [name: string, command: string, args: string[]][] = [];
    if (pytorchVersion() !== null) commands.push(["PyTorch", python, [script("pytorch.py")]]);
    if (rivals !== null) {
      commands.push(["TensorFlow.js", process.execPath, [script("rivals/tensorflow.mjs"), rivals]]);
      commands.push(["jax-js", process.execPath, [script("rivals/jax.mjs"), rivals]]);
    }
    return commands.map(([name, command, args]) => new Companion(name, spawn(command, [...args, String(threads)])));
  }

  /** Nanoseconds of one call in a round of about `ms`, or null where the script does not know the name. */
  async time(name: string, ms: number): Promise<number | null> {
    if (this.child.exitCode !== null) return null;
    const answer = new Promise<string>((resolve) => {
      this.waiting.push(resolve);
    });
    this.child.stdin.write(`${name} ${ms}\n`);
    const line = await answer;
    return line === "unknown" ? null : Number(line);
  }

  /** Ends the process. */
  stop(): void {
    this.lines.close();
    this.child.kill();
  }
}

/** PyTorch's version, or null where Python cannot import torch. */
export function pytorchVersion(): string | null {
  const probe = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
  return probe.status === 0 ? probe.stdout.trim() : null;
}
