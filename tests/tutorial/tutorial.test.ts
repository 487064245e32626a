/** The tutorial as a program: what its cells put out, and the files that it writes. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cell, Output } from "../../examples/tutorial/notebook.js";
import { type Screen, TerminalReader } from "../../examples/tutorial/terminal.js";
import { runTutorial, type Tutorial, writeTutorial } from "../../examples/tutorial/tutorial.js";

const EPOCHS = 2;

/** A screen that keeps what is written on it. */
class Paper implements Screen {
  text = "";
  readonly width = 100;

  constructor(
    readonly hasColor: boolean,
    readonly isInteractive: boolean,
  ) {}

  write(text: string): void {
    this.text += text;
  }
}

const plain = new Paper(false, false);
let tutorial: Tutorial;
let cells: readonly Cell[];

beforeAll(() => {
  tutorial = runTutorial({ epochs: EPOCHS }, new TerminalReader(plain));
  cells = tutorial.chapters.flatMap((chapter) => chapter.cells);
}, 60_000);

function cellOf(number: number): Cell {
  const found = cells.find((cell) => cell.number === number);
  if (found === undefined) throw new Error(`there is no cell ${number}`);
  return found;
}

function textOf(number: number): string {
  return cellOf(number)
    .outputs.map(({ text }) => text)
    .join("\n");
}

describe("the cells", () => {
  test("are the notebook's 44, in order, each with a text", () => {
    const numbers = cells.flatMap(({ number }) => (number === null ? [] : [number]));
    expect(numbers).toEqual(Array.from({ length: 44 }, (_, i) => i + 1));
    for (const { number, text, code } of cells) {
      expect(text, `the text of cell ${number}`).toMatch(/\S.*[.?]$/s);
      expect(code, `the code of cell ${number}`).not.toBe("");
    }
  });

  test("show the code that runs, and nothing of the frame around it", () => {
    expect(cellOf(2).code).toBe('import * as torch from "flambeau";');
    expect(cellOf(5).code).toBe("let t = torch.FloatTensor(2, 3);\nprint(t, t.size());");
    expect(cellOf(31).code).toContain("print(y);");
    for (const { code } of cells) expect(code).not.toMatch(/\bcell\(|^return |^\s*\*/m);
  });

  test("put out, with seed 42, what PyTorch's cells put out", async () => {
    const json = await readFile(new URL("./expected.json", import.meta.url), "utf8");
    const expected: Readonly<Record<string, string>> = JSON.parse(json);
    expect(Object.keys(expected).length).toBeGreaterThan(18);
    for (const [number, text] of Object.entries(expected)) expect(textOf(Number(number)), `cell ${number}`).toBe(text);
  });

  test("put out the rest in the notebook's form", () => {
    expect(textOf(3)).toMatch(/^flambeau version \d+\.\d+\.\d+\nGPU-enabled\? (true|false)$/);
    expect(textOf(5)).toMatch(/^tensor\(\[\[[^\]]+\],\n {8}\[[^\]]+\]\]\) torch\.Size\(\[2, 3\]\)$/);
    expect(textOf(27)).toMatch(/^(cpu|cuda:0)$/);
    expect(textOf(28).replace(", device='cuda:0'", "")).toBe(textOf(25));
    expect(textOf(43)).toBe(String(tutorial.training.totalLoss));
    expect(tutorial.training.totalLoss).toBeGreaterThan(0);
  });

  test("that need a GPU run there, or say why they did not", () => {
    const isThere = textOf(27) === "cuda:0";
    for (const number of [23, 24, 26]) {
      const [first] = cellOf(number).outputs;
      expect(first?.kind).toBe(isThere ? (number === 26 ? "printed" : "value") : "note");
      expect(first?.text).toMatch(isThere ? /device='cuda:0'/ : /^Not run: .*DeviceError: .*cuda/);
    }
  });

  test("tell a value from what was printed", () => {
    const kinds = (number: number): Output["kind"][] => cellOf(number).outputs.map(({ kind }) => kind);
    expect(kinds(13)).toEqual(["value"]);
    expect(kinds(15)).toEqual(["printed", "printed", "printed"]);
  });

  test("draw four pictures", () => {
    const drawn = cells.flatMap(({ number, picture }) => (picture === null ? [] : [[number, picture.name]]));
    expect(drawn).toEqual([
      [38, "data"],
      [42, "training"],
      [null, "loss"],
      [null, "fit"],
    ]);
  });
});

describe("the terminal", () => {
  test("has every cell and plain lines of progress where it cannot redraw", () => {
    for (const { number } of cells) if (number !== null) expect(plain.text).toContain(`\n[${number}]`);
    for (const control of ["\r", "\x1b"]) expect(plain.text).not.toContain(control);
    expect(plain.text.match(/^epoch \d\/2, loss [\d.]+, \d+ epochs\/s, .*$/gm)).toHaveLength(EPOCHS);
  });

  test("redraws one line where it can, and has colour where it may", () => {
    const colored = new Paper(true, true);
    const dull = new Paper(false, true);
    for (const paper of [colored, dull]) {
      const reader = new TerminalReader(paper);
      for (let done = 1; done <= 100; done++) reader.progress({ done, total: 100, loss: 0.5, seconds: done / 10 });
    }
    expect(colored.text).toContain("\x1b[32m━");
    expect(
      dull.text
        .split("\x1b")
        .slice(1)
        .every((rest) => rest.startsWith("[K")),
    ).toBe(true);
    expect(dull.text.split("\n")).toHaveLength(2);
    expect(dull.text.split("\r")).toHaveLength(101);
    expect(dull.text).toContain("epoch  50/100  loss 0.50000  10 epochs/s  5.0 s left");
  });
});

describe("the files", () => {
  let directory: string;
  let paths: readonly string[];
  let page: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "tutorial-"));
    paths = await writeTutorial(tutorial, join(directory, "out"));
    page = await readFile(join(directory, "out", "tutorial.html"), "utf8");
  }, 60_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test("are the pictures, twice, and the page, and nothing is left behind", async () => {
    const names = ["data", "training", "loss", "fit"].flatMap((name) => [`${name}.svg`, `${name}.png`]);
    expect(paths).toEqual([...names, "tutorial.html"].map((name) => join(directory, "out", name)));
    expect((await readdir(join(directory, "out"))).sort()).toEqual([...names, "tutorial.html"].sort());
    const png = await readFile(join(directory, "out", "fit.png"));
    expect(png.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  });

  test("include a page that loads nothing", () => {
    expect(page.match(/(?:src|href)="(?!data:image\/svg\+xml;base64,|#)[^"]*"/g)).toBeNull();
    expect(page).not.toMatch(/<(?:script|link|iframe|object|embed)\b|@import|url\(/);
    for (const [, drawing = ""] of page.matchAll(/src="data:image\/svg\+xml;base64,([^"]*)"/g)) {
      expect(Buffer.from(drawing, "base64").toString()).not.toMatch(/href="(?!#)|<image\b|@import|url\((?!["']?#)/);
    }
  });

  test("include a page with a place for every cell and every link", () => {
    for (let number = 1; number <= 44; number++) expect(page).toContain(`<div class="cell" id="cell-${number}">`);
    const ids = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect(page.match(/<img /g)).toHaveLength(4);
    expect(page).toContain("prefers-color-scheme: dark");
  });

  test("include a page whose code and outputs are those of the cells", () => {
    const text = page
      .replace(/<[^>]*>/g, "")
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, "&");
    for (const { code, outputs } of cells) {
      expect(text).toContain(code);
      for (const output of outputs) expect(text).toContain(output.text);
    }
  });
});
