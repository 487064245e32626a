/** The parts of a Vega-Lite specification that figures are made of. */

import type { TopLevelSpec } from "vega-lite";

/** A whole specification. */
export type Spec = TopLevelSpec;

/** Layers over one pair of axes. */
export type LayeredSpec = Extract<TopLevelSpec, { layer: unknown }>;

/** One layer: its data, its mark and what of the data the mark shows. */
export type Layer = Exclude<LayeredSpec["layer"][number], { layer: unknown }>;

/** What a layer encodes. */
export type Encoding = NonNullable<Layer["encoding"]>;

/** The look of everything. */
export type Config = NonNullable<TopLevelSpec["config"]>;
