/** The notebook: sections of cells that run in order, and what each cell printed and drew. */

import * as torch from "flambeau";
import * as plt from "flambeau/plot";
import * as np from "numpy-ts";
import { readSection } from "./source.js";

/** What a cell put out: lines that it printed, the value that it showed, or a note of what could not run. */
export interface Output {
  readonly kind: "printed" | "value" | "note";
  readonly text: string;
}

/** A picture that a cell drew. */
export interface Picture {
  /** The name of its files, without an ending. */
  readonly name: string;
  readonly figure: plt.Figure;
}

/** A cell that ran. */
export interface Cell {
  /** Its number in the notebook, or null for one that the notebook does not have. */
  readonly number: number | null;
  /** What it is about, in Markdown. */
  readonly text: string;
  readonly code: string;
  readonly outputs: Output[];
  picture: Picture | null;
}

/** How far a long loop has come. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly loss: number;
  /** Seconds since the loop began. */
  readonly seconds: number;
}

/** Someone who follows the notebook while it runs. */
export interface Reader {
  section?(title: string, text: string): void;
  cell?(cell: Cell): void;
  output?(output: Output): void;
  progress?(progress: Progress): void;
}

/** What a cell can be told. */
export interface CellOptions {
  /** The modules whose imports are the cell's code; imports stand at the top of a file, not in the middle. */
  readonly imports?: readonly string[];
  /** The name of the picture that the cell draws. */
  readonly picture?: string;
}

/** What the cells of a section have at hand. */
export interface Page {
  /** Ends a cell and begins the next one; null is a cell that the notebook does not have. */
  cell(number: number | null, options?: CellOptions): void;
  /** Python's `print`. */
  print(...values: unknown[]): void;
  /** Shows a value, as a notebook shows that of a cell's last line. */
  show(value: unknown): void;
  /** Runs what needs a GPU; without one, notes why it did not run. */
  onGpu(body: () => void): void;
  /** Follows a loop of so many steps; call what it gives after every step. */
  progress(total: number): (done: number, loss: number) => void;
}

/** What can be set for a run. */
export interface Settings {
  /** How often the training sees all data. */
  readonly epochs: number;
}

/** A part of the notebook, ready to run. */
export interface Section<R = void> {
  readonly title: string;
  run(settings: Settings, reader?: Reader): Chapter<R>;
}

/** A section that ran. */
export interface Chapter<R = unknown> {
  readonly title: string;
  readonly text: string;
  readonly cells: readonly Cell[];
  /** What the body of the section returned. */
  readonly result: R;
}

/**
 * Makes a section of the notebook.
 *
 * @param title - its heading
 * @param url - `import.meta.url` of the module that calls this; the text of the cells is read from its source
 * @param body - the cells; each begins with a comment and a call of `cell`
 */
export function section<R>(title: string, url: string, body: (page: Page, settings: Settings) => R): Section<R> {
  return {
    title,
    run(settings, reader = {}) {
      const source = readSection(url);
      const cells: Cell[] = [];
      let pictureName = "";
      reader.section?.(title, source.text);

      const put = (kind: Output["kind"], text: string): void => {
        const output = { kind, text };
        cells.at(-1)?.outputs.push(output);
        reader.output?.(output);
      };
      // As a notebook does, the picture belongs to the cell that drew it.
      const collectPicture = (): void => {
        const figure = plt.gcf();
        const cell = cells.at(-1);
        if (cell !== undefined && figure.axes.some((axes) => axes.artists.length > 0)) cell.picture = { name: pictureName, figure };
        plt.close();
      };

      const page: Page = {
        cell(number, options = {}) {
          collectPicture();
          const found = source.cells[cells.length];
          if (found === undefined || found.number !== number) throw new Error(`${title}: the source of cell ${number} was not found`);
          const imported = source.imports.filter((line) => options.imports?.some((name) => line.endsWith(` from "${name}";`)));
          const code = [...imported, found.code].filter((part) => part !== "").join("\n");
          pictureName = options.picture ?? `cell-${number ?? "extra"}`;
          const cell: Cell = { number, text: found.text, code, outputs: [], picture: null };
          cells.push(cell);
          reader.cell?.(cell);
        },
        print: (...values) => put("printed", values.map(String).join(" ")),
        show: (value) => put("value", value instanceof np.NDArray ? np.array_repr(value) : String(value)),
        onGpu(body) {
          try {
            body();
          } catch (error) {
            if (!(error instanceof torch.DeviceError)) throw error;
            put("note", `Not run: there is no GPU here. ${error.name}: ${error.message}`);
          }
        },
        progress(total) {
          const start = performance.now();
          return (done, loss) => reader.progress?.({ done, total, loss, seconds: (performance.now() - start) / 1000 });
        },
      };

      plt.close();
      const result = body(page, settings);
      collectPicture();
      return { title, text: source.text, cells, result };
    },
  };
}
