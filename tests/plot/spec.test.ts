/** What the functions of pyplot put into the Vega-Lite specification. */

import { afterEach, describe, expect, test } from "vitest";
import * as plt from "../../src/plot/index.js";

afterEach(plt.close);

/** The specification as what its JSON says. */
function spec(): { width: number; height: number; title?: string; layer: Record<string, never>[]; concat: never[] } {
  return JSON.parse(JSON.stringify(plt.gcf().spec()));
}

/** The encoding of an axis in the first layer. */
function encoding(axis: "x" | "y"): { title: string | null; scale: { type: string; domain: [number, number] }; axis: object } {
  return JSON.parse(JSON.stringify(spec().layer[0]))["encoding"][axis];
}

describe("series", () => {
  test("a scatter is points with opacity, in the first colour of the cycle", () => {
    plt.scatter([1, 2], [3, 4]);
    expect(spec().layer).toMatchObject([
      {
        mark: { type: "point", filled: true, shape: "circle", opacity: 0.8, clip: true },
        data: {
          values: [
            { x: 1, y: 3, color: "#1f77b4", size: 36 },
            { x: 2, y: 4, color: "#1f77b4", size: 36 },
          ],
        },
      },
    ]);
  });

  test("series cycle tab10, scatters and lines apart, and share a layer where they look alike", () => {
    for (let i = 0; i < 11; i++) plt.scatter([i], [i]);
    plt.plot([1, 2]);
    expect(spec().layer).toHaveLength(2);
    const points = plt.gca().artists.filter((artist) => artist.kind === "scatter");
    expect(points.map(({ color }) => color)).toEqual([
      "#1f77b4",
      "#ff7f0e",
      "#2ca02c",
      "#d62728",
      "#9467bd",
      "#8c564b",
      "#e377c2",
      "#7f7f7f",
      "#bcbd22",
      "#17becf",
      "#1f77b4",
    ]);
    expect(plt.gca().artists.at(-1)).toMatchObject({ kind: "line", color: "#1f77b4", x: [0, 1], y: [1, 2] });
  });

  test("a line has its dashes, width and markers", () => {
    plt.plot([0, 1], [2, 3], "ro--", { linewidth: 2 });
    expect(spec().layer).toMatchObject([
      { mark: { type: "line", strokeWidth: 2, strokeDash: [7.4, 3.2] }, data: { values: [{ color: "#ff0000", order: 0 }, { order: 1 }] } },
      { mark: { type: "point" }, data: { values: [{ color: "#ff0000", size: 36 }, {}] } },
    ]);
  });

  test("what is not finite is null", () => {
    plt.plot([1, Number.NaN, Infinity]);
    expect(spec().layer).toMatchObject([{ data: { values: [{ y: 1 }, { y: null }, { y: null }] } }]);
  });

  test("points may be coloured by value", () => {
    plt.scatter([1, 2], [1, 2], { c: [0, 5], cmap: "plasma_r", s: [1, 4] });
    expect(spec().layer).toMatchObject([
      {
        encoding: { color: { type: "quantitative", scale: { scheme: "plasma", reverse: true } } },
        data: { values: [{ color: 0, size: 1 }, { size: 4 }] },
      },
    ]);
  });

  test("bars of names have those names as ticks", () => {
    plt.bar(["train", "test"], [3, 4]);
    expect(spec().layer).toMatchObject([{ mark: { type: "rect" }, data: { values: [{ x: -0.4, x2: 0.4, y: 3, y2: 0 }, {}] } }]);
    expect(encoding("x").axis).toMatchObject({ values: [0, 1], labelExpr: '["train","test"][indexof([0,1], datum.value)]' });
  });
});

describe("axes", () => {
  test("limits leave a margin of 5 %, none below bars", () => {
    plt.scatter([0, 10], [1, 1]);
    expect(encoding("x").scale.domain).toEqual([-0.5, 10.5]);
    expect(encoding("y").scale.domain).toEqual([0.95, 1.05]);
    plt.figure();
    plt.bar([0, 1], [10, 20]);
    expect(encoding("y").scale.domain).toEqual([0, 21]);
  });

  test("limits may be set, reversed, or left half open", () => {
    plt.plot([0, 10]);
    plt.xlim(3, -2);
    plt.ylim({ bottom: 1 });
    expect(encoding("x").scale.domain).toEqual([3, -2]);
    expect(encoding("y").scale.domain).toEqual([1, 10.5]);
    expect(() => plt.xlim(1, 1)).toThrow("xlim: the limits must be two different finite numbers, not 1 and 1");
    expect(() => plt.ylim([0, Number.NaN])).toThrow("ylim: the limits must be two different finite numbers");
  });

  test("a logarithmic axis leaves out what is not positive", () => {
    plt.plot([1, 2, 3], [0, 10, 1000]);
    plt.yscale("log");
    const { type, domain } = encoding("y").scale;
    expect([type, ...domain.map((limit) => Math.log10(limit))]).toEqual(["log", expect.closeTo(0.9), expect.closeTo(3.1)]);
    expect(spec().layer).toMatchObject([{ data: { values: [{ y: null }, { y: 10 }, { y: 1000 }] } }]);
    plt.ylim(-1, 5);
    expect(spec).toThrow("yscale: the limits of a logarithmic axis must be positive, not -1 and 5");
  });

  test("labels, title, grid and ticks", () => {
    plt.plot([1, 2]);
    plt.xlabel("epoch");
    plt.ylabel("loss");
    plt.title("Training");
    plt.grid();
    plt.xticks([0, 1]);
    expect(spec().title).toBe("Training");
    expect(encoding("x")).toMatchObject({ title: "epoch", axis: { grid: true, values: [0, 1] } });
    expect(encoding("y").title).toBe("loss");
  });
});

describe("legend", () => {
  test("is there only if asked for, with the labels", () => {
    plt.plot([0, 1], { label: "rising" });
    plt.scatter([0, 1], [0, 1]);
    expect(spec().layer).toHaveLength(2);
    plt.legend();
    expect(spec().layer).toHaveLength(3);
    expect(spec().layer.at(-1)).toMatchObject({
      encoding: {
        fill: { scale: { domain: ["0"], range: ["#1f77b4"] }, legend: { labelExpr: '["rising"][datum.value]', orient: "top-left" } },
      },
    });
  });

  test("goes where it is told", () => {
    plt.plot([0, 1], { label: "rising" });
    plt.legend({ loc: "lower right" });
    expect(spec().layer.at(-1)).toMatchObject({ encoding: { fill: { legend: { orient: "bottom-right" } } } });
  });

  test("is nothing without labels", () => {
    plt.plot([0, 1]);
    plt.legend();
    expect(spec().layer).toHaveLength(1);
  });
});

describe("figures", () => {
  test("have Matplotlib's size, in points", () => {
    plt.scatter([1], [1]);
    expect(spec()).toMatchObject({ width: expect.closeTo(460.8), height: expect.closeTo(345.6), background: "white" });
  });

  test("subplots give one axes, a list, or rows", () => {
    expect(plt.subplots()[1]).toBe(plt.gca());
    const [, [left, right]] = plt.subplots(1, 2);
    expect(plt.gca()).toBe(left);
    plt.sca(right);
    plt.plot([1, 2]);
    expect([left.artists.length, right.artists.length]).toEqual([0, 1]);
    const [figure, rows] = plt.subplots(2, 3);
    expect(rows.map((row) => row.length)).toEqual([3, 3]);
    expect(figure.axes).toEqual(rows.flat());
    expect(spec().concat).toHaveLength(6);
    expect(() => plt.sca(left)).toThrow("sca: these axes are not part of the current figure");
  });

  test("a new figure starts empty", () => {
    plt.plot([1, 2]);
    plt.figure({ figsize: [2, 1] });
    expect(plt.gca().artists).toEqual([]);
    expect(spec()).toMatchObject({ width: 144, height: 72 });
  });

  test("must have a size", () => {
    expect(() => plt.figure({ figsize: [0, 1] })).toThrow("figure: figsize and dpi must be positive, not [0, 1] and 100");
    expect(() => plt.subplots(0, 1)).toThrow("subplots: rows and columns must be whole numbers, 1 or more, not 0 and 1");
  });

  test("an unknown cmap is an error that lists the known ones", () => {
    expect(() => plt.imshow([[1]], JSON.parse('{ "cmap": "jet" }'))).toThrow('plot: unknown cmap "jet"; there are viridis, plasma');
  });
});
