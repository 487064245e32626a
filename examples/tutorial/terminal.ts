/** The notebook in a terminal: coloured, with a progress bar; plain when the output goes elsewhere. */

import { type TokenKind, tokenize } from "./highlight.js";
import type { Cell, Output, Progress, Reader } from "./notebook.js";

/** Where to write, and how. */
export interface Screen {
  write(text: string): void;
  /** Whether lines can be coloured. */
  readonly hasColor: boolean;
  /** Whether a line can be drawn again. */
  readonly isInteractive: boolean;
  /** Characters in a line. */
  readonly width: number;
}

/** The screen of a process: colour and redrawing only in a terminal, and no colour where NO_COLOR asks for none. */
export function screenOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const isInteractive = stream.isTTY === true && environment["TERM"] !== "dumb";
  return {
    write: (text) => {
      stream.write(text);
    },
    hasColor: isInteractive && (environment["NO_COLOR"] ?? "") === "",
    isInteractive,
    width: Math.min(stream.columns || 100, 100),
  };
}

type Style = "bold" | "dim" | "italic" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

const codes: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  italic: 3,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

const tokenStyles: Readonly<Partial<Record<TokenKind, Style>>> = {
  comment: "dim",
  string: "green",
  number: "yellow",
  keyword: "magenta",
  type: "cyan",
  call: "blue",
};

/** Writes a running notebook to a screen. */
export class TerminalReader implements Reader {
  readonly #screen: Screen;
  #shownLines = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  section(title: string, text: string): void {
    this.line();
    this.line(this.styled(title, "bold"));
    this.line(this.styled("─".repeat(title.length), "dim"));
    this.#paragraphs(text);
  }

  cell(cell: Cell): void {
    const label = cell.number === null ? "[+]" : `[${cell.number}]`;
    this.line();
    const [first = "", ...rest] = this.#wrapped(cell.text, this.#screen.width - 6);
    this.line(`${this.styled(label.padEnd(5), "bold", "blue")} ${this.#marked(first)}`);
    for (const line of rest) this.line(`      ${this.#marked(line)}`);
    if (cell.code === "") return;
    const bar = this.styled("│", "dim");
    for (const line of this.#colored(cell.code).split("\n")) this.line(`    ${bar} ${line}`.trimEnd());
  }

  output({ kind, text }: Output): void {
    if (kind === "note") {
      for (const line of this.#wrapped(text, this.#screen.width)) this.line(this.styled(line, "italic", "yellow"));
      return;
    }
    this.line(text);
  }

  progress({ done, total, loss, seconds }: Progress): void {
    const left = (seconds / done) * (total - done);
    const numbers = [
      `epoch ${String(done).padStart(String(total).length)}/${total}`,
      `loss ${loss.toFixed(5)}`,
      `${Math.round(done / Math.max(seconds, 1e-9))} epochs/s`,
      done < total ? `${left.toFixed(1)} s left` : `${seconds.toFixed(1)} s`,
    ];
    if (this.#screen.isInteractive) this.#drawBar(done, total, seconds, numbers);
    else if (Math.floor((5 * done) / total) > this.#shownLines) {
      this.#shownLines = Math.floor((5 * done) / total);
      this.line(numbers.join(", "));
    }
    if (done === total) this.#shownLines = 0;
  }

  #lastDrawn = 0;

  /** Draws at most 20 times a second. */
  #drawBar(done: number, total: number, seconds: number, numbers: readonly string[]): void {
    if (done < total && done > 1 && seconds - this.#lastDrawn < 0.05) return;
    this.#lastDrawn = done === total ? 0 : seconds;
    const room = Math.max(this.#screen.width - numbers.join("  ").length - 3, 10);
    const length = Math.min(room, 30);
    const filled = Math.round((done / total) * length);
    const bar = this.styled("━".repeat(filled), "green") + this.styled("━".repeat(length - filled), "dim");
    this.#screen.write(`\r${bar}  ${numbers.join("  ")}\x1b[K${done === total ? "\n" : ""}`);
  }

  /** Writes a line. */
  line(text = ""): void {
    this.#screen.write(`${text}\n`);
  }

  /** Gives text styles, where the screen has them. */
  styled(text: string, ...styles: Style[]): string {
    if (!this.#screen.hasColor || text === "") return text;
    return `\x1b[${styles.map((style) => codes[style]).join(";")}m${text}\x1b[0m`;
  }

  #colored(code: string): string {
    return tokenize(code)
      .map(({ kind, text }) => {
        const style = tokenStyles[kind];
        // Line by line, so that every line stands for itself.
        return style === undefined
          ? text
          : text
              .split("\n")
              .map((line) => this.styled(line, style))
              .join("\n");
      })
      .join("");
  }

  /** Shows code words of a text in colour; plain text keeps the backticks. */
  #marked(text: string): string {
    const plain = text.replace(/\*{1,2}([^*]+)\*{1,2}/g, "$1");
    return this.#screen.hasColor ? plain.replace(/`([^`]+)`/g, (_, code: string) => this.styled(code, "cyan")) : plain;
  }

  #paragraphs(text: string): void {
    for (const paragraph of text.split("\n\n")) {
      for (const line of this.#wrapped(paragraph, this.#screen.width)) this.line(this.#marked(line));
    }
  }

  /** Breaks text into lines, never within code words. */
  #wrapped(text: string, width: number): string[] {
    const words = text.match(/(?:`[^`]*`|[^\s`])+/g) ?? [];
    const lines: string[] = [];
    let line = "";
    for (const word of words) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return line === "" ? lines : [...lines, line];
  }
}
