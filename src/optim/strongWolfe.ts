/** The line search of L-BFGS: a step at which the function falls enough and its slope has flattened. */

/** A point on the line: how far along, the function and its gradient `G` there, and its slope along the line. */
export interface LinePoint<G> {
  readonly t: number;
  readonly value: number;
  readonly grad: G;
  readonly slope: number;
}

/** The minimum of the cubic through two points with their slopes, kept within bounds. */
function cubicMinimum<G>(a: LinePoint<G>, b: LinePoint<G>, least: number, largest: number): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + largest) / 2;
  const d2 = Math.sqrt(square);
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const at = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(at, least), largest);
}

const C1 = 1e-4;
const C2 = 0.9;

/** Two points between which one satisfies the Wolfe conditions, or one that does. */
type Bracket<G> = [LinePoint<G>, LinePoint<G>] | [LinePoint<G>];

/** What `strongWolfe` returns: where it ended, and how often the function was evaluated. */
export interface LineSearchResult<G> {
  readonly point: LinePoint<G>;
  readonly evaluations: number;
}

/**
 * Searches along a line for a point that satisfies the strong Wolfe conditions.
 * @param at evaluates the function.
 * @param start the point at 0, and the first step to try.
 * @param reach the largest component of the direction.
 *
 * Source: Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6, as in PyTorch.
 */
export function strongWolfe<G>(
  at: (t: number) => LinePoint<G>,
  start: LinePoint<G>,
  first: number,
  reach: number,
  maxIterations: number,
  tolerance: number = 1e-9,
): LineSearchResult<G> {
  const falls = (point: LinePoint<G>): boolean => point.value <= start.value + C1 * point.t * start.slope;
  const flat = (point: LinePoint<G>): boolean => Math.abs(point.slope) <= -C2 * start.slope;
  let point = at(first);
  let evaluations = 1;
  let before = start;
  let iterations = 0;
  let bracket: Bracket<G> | null = null;
  for (; iterations < maxIterations; iterations++) {
    if (!falls(point) || (iterations > 1 && point.value >= before.value)) bracket = [before, point];
    else if (flat(point)) return { point, evaluations };
    else if (point.slope >= 0) bracket = [before, point];
    if (bracket !== null) break;
    const next = at(cubicMinimum(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10));
    evaluations++;
    before = point;
    point = next;
  }
  let [low, high] = bracket ?? [start, point];
  if (high === undefined) return { point: low, evaluations };
  if (!(low.value <= high.value)) [low, high] = [high, low];
  let insufficient = false;
  for (; iterations < maxIterations; iterations++) {
    if (Math.abs(high.t - low.t) * reach < tolerance) break;
    const [least, largest] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    let t = cubicMinimum(low, high, least, largest);
    const margin = 0.1 * (largest - least);
    if (Math.min(largest - t, t - least) < margin) {
      if (insufficient || t >= largest || t <= least) {
        t = Math.abs(t - largest) < Math.abs(t - least) ? largest - margin : least + margin;
        insufficient = false;
      } else insufficient = true;
    } else insufficient = false;
    point = at(t);
    evaluations++;
    if (!falls(point) || point.value >= low.value) {
      high = point;
      if (!(low.value <= high.value)) [low, high] = [high, low];
      continue;
    }
    const done = flat(point);
    if (!done && point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
    if (done) break;
  }
  return { point: low, evaluations };
}
