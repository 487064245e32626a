/** Pictures: SVG and PNG as files and as values. Needs Node; needs a font for one test, which says so. */

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as plt from "../../src/plot/index.js";
import { countDark, decodePng } from "./png.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plot-"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(plt.close);

/** Warnings of Vega go to the console; there must be none. */
const warn = vi.spyOn(console, "warn");
afterEach(() => expect(warn).not.toHaveBeenCalled());

function count(svg: string, pattern: RegExp): number {
  return [...svg.matchAll(pattern)].length;
}

function drawEverything(): plt.Figure {
  const [figure, [[a, b], [c, d]]] = plt.subplots(2, 2, { figsize: [8, 6], dpi: 50 });
  a.bar(["train", "test"], [3, -1], { label: "score" });
  a.legend();
  b.hist([1, 2, 2, 3], { bins: 3 });
  c.imshow(
    [
      [1, 2],
      [3, 4],
    ],
    { cmap: "gray" },
  );
  d.plot([1, 0.1, 0.01, 0.001], "k:");
  d.setYscale("log");
  d.grid();
  figure.suptitle("Everything");
  return figure;
}

describe("SVG", () => {
  test("has the points, the texts and the size", async () => {
    plt.scatter([1, 2, 3], [1, 4, 9], { label: "squares" });
    plt.title("Squares & co");
    plt.xlabel("n");
    plt.legend();
    const svg = await plt.gcf().toSvg();
    expect(svg).toMatch(/^<svg [^>]*width="640" height="480"/);
    expect(count(svg, /fill="#1f77b4"[^>]*opacity="0.8"/g)).toBe(3);
    for (const text of ["Squares &amp; co", "n", "squares"]) expect(svg).toContain(`>${text}</text>`);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("breaks a line at a gap", async () => {
    plt.plot([1, 2, Number.NaN, 4, 5]);
    const svg = await plt.gcf().toSvg();
    const [, path = ""] = /<path aria-label[^>]*d="([^"]*)"[^>]*stroke="#1f77b4"/.exec(svg) ?? [];
    expect(count(path, /M/g)).toBe(2);
  });

  test("draws lines in the order of their points", async () => {
    plt.plot([0, 2, 1], [0, 0, 1]);
    const svg = await plt.gcf().toSvg();
    const [, path = ""] = /d="([^"]*)"[^>]*stroke="#1f77b4"/.exec(svg) ?? [];
    const xs = [...path.matchAll(/[ML]([\d.]+),/g)].map((match) => Number(match[1]));
    expect(xs).toHaveLength(3);
    expect(xs[1]).toBeGreaterThan(xs[2] ?? Infinity);
  });

  test("shows every kind of plot side by side", async () => {
    const svg = await drawEverything().toSvg();
    expect(svg).toMatch(/^<svg [^>]*width="400" height="300"/);
    for (const text of ["Everything", "train", "test", "score", "0.01"]) expect(svg).toContain(`>${text}</text>`);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("of an empty figure has axes", async () => {
    plt.xlabel("nothing yet");
    expect(await plt.gcf().toSvg()).toContain(">nothing yet</text>");
  });

  test("takes many small series and 20,000 points", async () => {
    for (let i = 0; i < 950; i++) plt.scatter([[i], [i + 1]], [[i], [-i]]);
    plt.scatter(
      Float64Array.from({ length: 20_000 }, (_, i) => i),
      new Float64Array(20_000),
      { s: 4, c: "k" },
    );
    const svg = await plt.gcf().toSvg();
    expect(count(svg, /fill="#000000"[^>]*opacity="0.8"/g)).toBe(20_000);
  });
});

describe("PNG", () => {
  test("has the size of the figure and is not blank", async () => {
    plt.figure({ figsize: [3, 2], dpi: 100 });
    plt.plot([1, 3, 2], { color: "k" });
    const picture = decodePng(await plt.gcf().toPng());
    expect([picture.width, picture.height]).toEqual([300, 200]);
    expect(countDark(picture, 100)).toBeGreaterThan(300);
    expect([...picture.pixels.slice(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  test("of several plots is not blank", async () => {
    const picture = decodePng(await drawEverything().toPng());
    expect([picture.width, picture.height]).toEqual([400, 300]);
    expect(countDark(picture, 100)).toBeGreaterThan(300);
  });

  test("has text where there is a font, and warns where there is none", async (context) => {
    plt.title("A title of some length, to be seen");
    const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const bare = decodePng(await plt.gcf().toPng({ systemFonts: false }));
    expect(warning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("no font was found"), { code: "FLAMBEAU_PLOT_NO_FONT" });
    warning.mockClear();
    const written = decodePng(await plt.gcf().toPng());
    const hasFonts = warning.mock.calls.length === 0;
    warning.mockRestore();
    if (!hasFonts) context.skip("this machine has no font");
    expect(countDark(written, 100)).toBeGreaterThan(countDark(bare, 100) + 300);
  });
});

describe("savefig", () => {
  test("writes by the ending, and leaves nothing else behind", async () => {
    plt.scatter([1, 2], [1, 2]);
    for (const ending of ["png", "svg", "json"]) await plt.savefig(join(folder, `figure.${ending}`));
    expect((await readdir(folder)).sort()).toEqual(["figure.json", "figure.png", "figure.svg"]);
    expect(decodePng(await readFile(join(folder, "figure.png"))).width).toBe(640);
    expect(await readFile(join(folder, "figure.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\s*$/s);
    expect(JSON.parse(await readFile(join(folder, "figure.json"), "utf8"))).toEqual(JSON.parse(JSON.stringify(plt.gcf().spec())));
  });

  test("refuses other endings and places that are not there", async () => {
    await expect(plt.savefig(join(folder, "figure.jpg"))).rejects.toThrow("savefig: the path must end in .png, .svg or .json, but is");
    await expect(plt.savefig(join(folder, "absent", "figure.json"))).rejects.toThrow("ENOENT");
  });
});

test("the renderers load only when something is drawn", () => {
  const root = new URL("../../src/plot/", import.meta.url);
  for (const name of readdirSync(root)) {
    const source = readFileSync(new URL(name, root), "utf8");
    expect(source, name).not.toMatch(/^(import|export) (?!type )[^;]* from "(vega|vega-lite|@resvg\/resvg-js|node:[a-z/]+)"/m);
  }
});
