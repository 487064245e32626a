/** PyTorch beside the benchmarks: a Python process that times one round at a time on request. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The Python to try: the environment variable PYTHON, else `python3`. */
const python = process.env["PYTHON"] ?? "python3";

/** The script lies beside the source, not beside the compiled file. */
const script = fileURLToPath(new URL("../../bench/pytorch.py", import.meta.url));

/** A running Python process with PyTorch. */
export class PyTorch {
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: child.stdout });
    this.lines.on("line", (line) => this.waiting.shift()?.(line));
  }

  /** Starts it with a number of threads, or gives null where Python cannot import torch. */
  static start(threads: number): PyTorch | null {
    return PyTorch.version() === null ? null : new PyTorch(spawn(python, [script, String(threads)]));
  }

  /** PyTorch's version, or null where Python cannot import torch. */
  static version(): string | null {
    const probe = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" });
    return probe.status === 0 ? probe.stdout.trim() : null;
  }

  /** Nanoseconds of one call in a round of about `ms`, or null where the script does not know the name. */
  async time(name: string, ms: number): Promise<number | null> {
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
