/** A bar that shows how far a loop has come, how fast it goes and how long it will take. */

import { ArgumentError } from "../core/errors.js";

/** Where a bar is drawn. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Whether a line can be drawn again. */
  readonly isTTY?: boolean;
  /** Characters in a line. */
  readonly columns?: number;
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** What stands before the bar. */
  desc?: string;
  /** How many steps there are; by default the `length` of what is looped over, if it has one. */
  total?: number | null;
  /** What a step is called. */
  unit?: string;
  /** Where to draw; by default the standard error stream, and nowhere in a page. */
  stream?: ProgressStream | null;
  /** Whether nothing is drawn. */
  disable?: boolean;
  /** Whether the finished bar stays. */
  leave?: boolean;
  /** Seconds between two drawings; by default 0.1 where a line can be drawn again, and 10 where each is a new one. */
  interval?: number;
}

/** Values behind the bar; numbers are shown with three digits. */
export type Postfix = Readonly<Record<string, number | string>>;

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** `1:02:03`, or `02:03`. */
function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  const pad = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:` : ""}${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
}

function bar(fraction: number, width: number): string {
  const eighths = Math.floor(fraction * width * 8);
  return ("█".repeat(eighths >> 3) + (EIGHTHS[eighths & 7] as string)).padEnd(width);
}

function shown(value: number | string): string {
  if (typeof value === "string" || Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6 ? value.toPrecision(3) : value.toExponential(2);
}

function lengthOf(source: object): number | null {
  try {
    return "length" in source && typeof source.length === "number" ? source.length : null;
  } catch {
    // A loader of a stream does not know its length.
    return null;
  }
}

/** A loop with a bar; made by `progress`. */
export class Progress<T> implements Iterable<T>, AsyncIterable<T> {
  /** Steps done in this run of the loop. */
  count = 0;
  private postfix = "";
  private begin = 0;
  private drawn = 0;
  private drawnCount = -1;
  private hasLine = false;
  private readonly stream: ProgressStream | null;
  private readonly total: number | null;
  private readonly interval: number;

  constructor(
    private readonly source: Iterable<T> | AsyncIterable<T>,
    private readonly options: ProgressOptions = {},
  ) {
    const standard: ProgressStream | null = globalThis.process?.stderr ?? null;
    this.stream = options.disable === true ? null : options.stream === undefined ? standard : options.stream;
    this.total = options.total === undefined ? lengthOf(source) : options.total;
    this.interval = options.interval ?? (this.stream?.isTTY === true ? 0.1 : 10);
  }

  /**
   * The steps, in a plain loop.
   * @throws {ArgumentError} over what can only be waited for.
   */
  *[Symbol.iterator](): Iterator<T> {
    const { source } = this;
    if (!(Symbol.iterator in source)) throw new ArgumentError("progress: what is looped over is asynchronous: use `for await`");
    this.start();
    try {
      for (const item of source) {
        yield item;
        this.step();
      }
    } finally {
      this.finish();
    }
  }

  /** The steps, in a `for await` loop. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    this.start();
    try {
      for await (const item of Symbol.asyncIterator in this.source ? this.source : (this.source as Iterable<T>)) {
        yield item;
        this.step();
      }
    } finally {
      this.finish();
    }
  }

  /** Shows values behind the bar, such as the loss, from the next drawing on. */
  setPostfix(values: Postfix): void {
    this.postfix = Object.entries(values)
      .map(([name, value]) => `, ${name}=${shown(value)}`)
      .join("");
  }

  /** Writes a line above the bar. */
  write(text: string): void {
    if (this.stream === null) return;
    this.stream.write(this.stream.isTTY === true && this.hasLine ? `\r${text}\x1b[K\n` : `${text}\n`);
    if (this.hasLine) this.draw(performance.now());
  }

  /** The line as it stands, for a screen of a given width: `train:  40%|████      | 40/100 [00:02<00:03, 19.8 batches/s, loss=0.312]`. */
  line(seconds: number, columns: number): string {
    const { count, total } = this;
    const { desc = "", unit = "batches" } = this.options;
    const head = desc === "" ? "" : `${desc}: `;
    const rate = count === 0 || seconds <= 0 ? "?" : count >= seconds ? (count / seconds).toFixed(count / seconds < 100 ? 1 : 0) : null;
    const speed = rate === null ? `${(seconds / count).toFixed(2)} s/${unit.replace(/e?s$/, "")}` : `${rate} ${unit}/s`;
    if (total === null) return `${head}${count} ${unit} [${clock(seconds)}, ${speed}${this.postfix}]`;
    const fraction = total === 0 ? 1 : Math.min(count / total, 1);
    const left = count >= total ? 0 : (seconds / count) * (total - count);
    const front = `${head}${String(Math.floor(100 * fraction)).padStart(3)}%`;
    const back = ` ${count}/${total} [${clock(seconds)}<${clock(left)}, ${speed}${this.postfix}]`;
    const width = Math.min(columns - front.length - back.length - 3, 40);
    return width < 4 ? `${front}${back}` : `${front}|${bar(fraction, width)}|${back}`;
  }

  private start(): void {
    this.count = 0;
    this.begin = performance.now();
    this.drawn = this.begin;
    this.drawnCount = -1;
    if (this.stream?.isTTY === true) this.draw(this.begin);
  }

  private step(): void {
    this.count++;
    const now = performance.now();
    if (now - this.drawn >= 1000 * this.interval) this.draw(now);
  }

  private finish(): void {
    const { stream } = this;
    if (stream === null) return;
    if (stream.isTTY === true && this.options.leave === false) stream.write("\r\x1b[K");
    else {
      if (stream.isTTY === true || this.drawnCount !== this.count) this.draw(performance.now());
      if (stream.isTTY === true) stream.write("\n");
    }
    this.hasLine = false;
  }

  private draw(now: number): void {
    const { stream } = this;
    if (stream === null) return;
    this.drawn = now;
    this.drawnCount = this.count;
    const isScreen = stream.isTTY === true;
    const text = this.line((now - this.begin) / 1000, (isScreen ? (stream.columns ?? 0) : 0) || 80);
    stream.write(isScreen ? `\r${text}\x1b[K` : `${text}\n`);
    this.hasLine = isScreen;
  }
}

/**
 * Shows a bar while one loops over anything: how much is done, the time so far and the time left, the rate, and what `setPostfix` gives. In a
 * terminal the line is drawn again, elsewhere a new line is written every ten seconds.
 * @param source what is looped over, with `for` or `for await`; a loader, an array, a generator.
 * @example
 * ```
 * const bar = torch.utils.data.progress(loader, { desc: "epoch 1" });
 * for (const [x, y] of bar) bar.setPostfix({ loss: train(x, y) });
 * ```
 */
export function progress<T>(source: Iterable<T> | AsyncIterable<T>, options: ProgressOptions = {}): Progress<T> {
  return new Progress(source, options);
}
