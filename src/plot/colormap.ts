/** Colour maps by Matplotlib's names. */

/** What Vega-Lite needs to colour by value: a scheme that it knows, or the two ends of a gradient. */
type Colors = { readonly scheme: Scheme } | { readonly range: readonly [first: string, last: string] };

type Scheme =
  | "viridis"
  | "plasma"
  | "inferno"
  | "magma"
  | "cividis"
  | "turbo"
  | "blues"
  | "greens"
  | "greys"
  | "oranges"
  | "purples"
  | "reds"
  | "redblue"
  | "redyellowblue"
  | "redyellowgreen"
  | "spectral"
  | "rainbow";

type BaseName =
  | "viridis"
  | "plasma"
  | "inferno"
  | "magma"
  | "cividis"
  | "turbo"
  | "gray"
  | "binary"
  | "Blues"
  | "Greens"
  | "Greys"
  | "Oranges"
  | "Purples"
  | "Reds"
  | "RdBu"
  | "RdYlBu"
  | "RdYlGn"
  | "Spectral"
  | "rainbow";

/** Names of colour maps, as in Matplotlib; `_r` turns one round. */
export type ColormapName = BaseName | `${BaseName}_r`;

const colormaps: Readonly<Record<BaseName, Colors>> = {
  viridis: { scheme: "viridis" },
  plasma: { scheme: "plasma" },
  inferno: { scheme: "inferno" },
  magma: { scheme: "magma" },
  cividis: { scheme: "cividis" },
  turbo: { scheme: "turbo" },
  gray: { range: ["#000000", "#ffffff"] },
  binary: { range: ["#ffffff", "#000000"] },
  Blues: { scheme: "blues" },
  Greens: { scheme: "greens" },
  Greys: { scheme: "greys" },
  Oranges: { scheme: "oranges" },
  Purples: { scheme: "purples" },
  Reds: { scheme: "reds" },
  RdBu: { scheme: "redblue" },
  RdYlBu: { scheme: "redyellowblue" },
  RdYlGn: { scheme: "redyellowgreen" },
  Spectral: { scheme: "spectral" },
  rainbow: { scheme: "rainbow" },
};

/** A scale of Vega-Lite from values to colours. */
export interface ColorScale {
  scheme?: Scheme;
  range?: string[];
  reverse: boolean;
  zero: false;
  nice: false;
}

/**
 * Gives the scale of a colour map.
 *
 * @param name - its name
 * @throws RangeError if there is none of that name
 */
export function colorScale(name: ColormapName): ColorScale {
  const reverse = name.endsWith("_r");
  const base = name.replace(/_r$/, "");
  if (!isBaseName(base)) {
    throw new RangeError(`plot: unknown cmap "${name}"; there are ${Object.keys(colormaps).join(", ")}, each also with _r`);
  }
  const colors = colormaps[base];
  const plain = { reverse, zero: false, nice: false } as const;
  return "scheme" in colors ? { ...plain, scheme: colors.scheme } : { ...plain, range: [...colors.range] };
}

function isBaseName(name: string): name is BaseName {
  return Object.hasOwn(colormaps, name);
}
