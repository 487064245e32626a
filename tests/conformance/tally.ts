/** Counts what checks came to, and prints it: nothing is skipped in silence. */

import { fileURLToPath } from "node:url";
import { TorchError } from "../../src/core/errors.js";
import { Mismatch, type Tolerance } from "../golden/close.js";
import { type Check, type Deviation, deviationOf, type Subject } from "./deviations.js";

/** Thrown by a check that does not apply; the reason is printed in the summary. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** How many failures of one operator are shown. */
const SHOWN = Number(process.env["CONFORMANCE_SHOWN"] ?? 6);

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The calls that led to an error which none of our code threw on purpose, from the root of the project. */
function trace(error: Error): string {
  const calls = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line) && line.includes("/src/"));
  return calls
    .slice(0, 3)
    .map(
      (line) =>
        `\n      from ${line
          .trim()
          .slice(3)
          .replace(/file:\/\//, "")
          .replace(root, "")}`,
    )
    .join("");
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Mismatch) return error.message;
  return `${error.name}: ${error.message}${error instanceof TorchError ? "" : trace(error)}`;
}

/** The results of all checks of one test file. */
export class Tally {
  private readonly passed = new Map<Check, number>();
  private readonly failed = new Map<Check, number>();
  private readonly reasons = new Map<string, Map<string, number>>();
  private readonly used = new Set<Deviation>();
  private readonly needed = new Set<Deviation>();
  private readonly failures = new Map<string, string[]>();
  private readonly seen = new Set<string>();

  constructor(private readonly title: string) {}

  /**
   * Runs one check and counts it. `excuse` may give a reason why a failure cannot be otherwise.
   */
  run(subject: Subject, body: (tolerance: Tolerance | undefined) => void, excuse: (error: unknown) => string | null = () => null): void {
    const deviation = deviationOf(subject);
    this.seen.add(subject.op);
    if (deviation !== null) this.used.add(deviation);
    try {
      body(deviation?.tolerance);
    } catch (error) {
      this.fail(subject, error, deviation, excuse);
      return;
    }
    if (deviation?.tolerance !== undefined) {
      this.needed.add(deviation);
      this.note(`wider tolerance: ${deviation.reason}`, subject.op);
    }
    this.passed.set(subject.check, (this.passed.get(subject.check) ?? 0) + 1);
  }

  private fail(subject: Subject, error: unknown, deviation: Deviation | null, excuse: (error: unknown) => string | null): void {
    if (error instanceof NotApplicable) return this.note(error.message, subject.op);
    if (deviation !== null && deviation.tolerance === undefined) {
      this.needed.add(deviation);
      return this.note(`expected: ${deviation.reason}`, subject.op);
    }
    const reason = excuse(error);
    if (reason !== null) return this.note(reason, subject.op);
    this.failed.set(subject.check, (this.failed.get(subject.check) ?? 0) + 1);
    const label = `${subject.op} #${subject.index} (${[subject.check, subject.dtype, subject.variant].filter((part) => part !== undefined).join(", ")})`;
    const list = this.failures.get(subject.op) ?? [];
    list.push(`${label}: ${describe(error)}`);
    this.failures.set(subject.op, list);
  }

  private note(reason: string, op: string): void {
    const ops = this.reasons.get(reason) ?? new Map<string, number>();
    ops.set(op, (ops.get(op) ?? 0) + 1);
    this.reasons.set(reason, ops);
  }

  /**
   * Reports the failures of an operator to the test runner.
   * @throws if there are any, with the first of them as the message.
   */
  settle(op: string): void {
    const list = this.failures.get(op);
    if (list === undefined) return;
    const more = list.length > SHOWN ? [`… and ${list.length - SHOWN} more (CONFORMANCE_SHOWN=1000 shows them)`] : [];
    const error = new Error(`failed checks: ${list.length}\n  ${[...list.slice(0, SHOWN), ...more].join("\n  ")}`);
    error.stack = "";
    throw error;
  }

  /** The text printed after all tests. */
  summary(note: string): string {
    const counts = [...this.passed].map(([check, n]) => `${n} ${check}`).join(", ");
    const lines = [
      `${this.title}: ${this.seen.size} operators, ${this.seen.size - this.failures.size} pass; passed checks: ${counts || "none"}`,
    ];
    if (this.failed.size > 0) lines.push(`  failed checks: ${[...this.failed].map(([check, n]) => `${n} ${check}`).join(", ")}`);
    for (const [reason, ops] of this.reasons) {
      const total = [...ops.values()].reduce((a, b) => a + b, 0);
      const names = [...ops.keys()];
      lines.push(
        `  ${total} not checked, ${reason} (${names.slice(0, 6).join(", ")}${names.length > 6 ? `, and ${names.length - 6} more` : ""})`,
      );
    }
    for (const stale of this.used)
      if (!this.needed.has(stale)) lines.push(`  deviation no longer needed: ${stale.op} ${stale.checks.join("/")}: ${stale.reason}`);
    if (note !== "") lines.push(`  ${note}`);
    return lines.join("\n");
  }
}
