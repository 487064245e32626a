/** The backward pass: walks recorded nodes from the results to the leaves, without recursion. */

import { AutogradError } from "../core/errors.js";
import { modes } from "./modes.js";
import { LEAF, type Node } from "./node.js";

/** A gradient to start from, or a place where one is wanted: output `index` of `node`. */
export interface Edge<T> {
  readonly node: Node<T>;
  readonly index: number;
}

/** What a backward pass does. */
export interface BackwardOptions<T> {
  /** Keeps what nodes saved, so that another pass can go through them. */
  readonly retainGraph: boolean;
  /** Records the pass itself, so that its results can be differentiated. */
  readonly createGraph: boolean;
  /** Where gradients are wanted; null means at every leaf. */
  readonly capture: readonly Edge<T>[] | null;
  /** Lets leaves among the wanted places accumulate their gradients as usual instead of capturing them. */
  readonly accumulate?: boolean;
}

/** What the engine must know of gradients. */
export interface GradientType<T> {
  add(a: T, b: T): T;
  /** A gradient has arrived at a leaf, which may take its memory over if nobody else has it. */
  arrived(grad: T): void;
  /** Code outside of the engine sees a gradient and may keep it. */
  exposed(grad: T): void;
  /** A gradient waits at a node from now on. */
  held(grad: T): void;
  /** A gradient that waited at a node does so no longer. */
  released(grad: T): void;
  /** The engine is done with a gradient for now: if it waits nowhere, nobody will read it again. */
  passed(grad: T): void;
  /** Throws if the gradient holds NaN. Called in anomaly mode. */
  checkNan(grad: T, node: Node<T>, input: number): void;
}

let runs = 0;
let active = 0;
/** The running pass, and the nodes that it applies: null for all that it reaches. */
let running: { readonly run: number; readonly wanted: ReadonlySet<object> | null } | null = null;

/** The number of the backward pass that runs now without recording itself, or 0. */
export function currentPass(): number {
  return active;
}

/** Whether the running pass gives gradients of chosen places only. */
export function isCapturingPass(): boolean {
  return running !== null && running.wanted !== null;
}

/** The number of the running pass, if it applies a node, or 0. */
export function passThrough<T>(node: Node<T>): number {
  if (running === null || node.run !== running.run) return 0;
  return running.wanted === null || running.wanted.has(node) ? running.run : 0;
}

/** The state of a node in an outer pass, while a pass started inside it (by a hook or a custom function) visits it. */
interface Interrupted<T> {
  readonly node: Node<T>;
  readonly run: number;
  readonly inbox: (T | null)[] | null;
}

/** Every node that the roots depend on, the latest recorded first: an order in which each comes after all that use it. */
function reachable<T>(roots: readonly Edge<T>[], run: number, interrupted: Interrupted<T>[]): Node<T>[] {
  const nodes: Node<T>[] = [];
  const leaves: Node<T>[] = [];
  const stack: Node<T>[] = [];
  // Most graphs are chains with leaves at their sides, which are found in order.
  let latest = Number.POSITIVE_INFINITY;
  let inOrder = true;
  const visit = (node: Node<T>): void => {
    if (node.run === run) return;
    if (node.run !== 0) interrupted.push({ node, run: node.run, inbox: node.inbox });
    node.run = run;
    node.inbox = null;
    if (node.sequence === LEAF) {
      leaves.push(node);
      return;
    }
    if (node.sequence > latest) inOrder = false;
    latest = node.sequence;
    nodes.push(node);
    stack.push(node);
  };
  for (const root of roots) visit(root.node);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const next = node.next;
    for (let i = 0; i < next.length; i++) {
      const parent = next[i];
      if (parent !== null && parent !== undefined) visit(parent);
    }
  }
  if (!inOrder) nodes.sort((a, b) => b.sequence - a.sequence);
  for (const leaf of leaves) nodes.push(leaf);
  return nodes;
}

/** The nodes from which a wanted place can be reached. */
function wantedNodes<T>(nodes: readonly Node<T>[], capture: readonly Edge<T>[]): Set<Node<T>> {
  const wanted = new Set<Node<T>>();
  const targets = new Set(capture.map((edge) => edge.node));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node<T>;
    if (targets.has(node) || node.next.some((parent) => parent !== null && wanted.has(parent))) wanted.add(node);
  }
  return wanted;
}

/**
 * Runs a backward pass from `roots` with their gradients. Returns the captured gradients, in the order of `capture`.
 */
export function runBackward<T>(
  roots: readonly Edge<T>[],
  grads: readonly T[],
  type: GradientType<T>,
  options: BackwardOptions<T>,
): (T | null)[] {
  const run = ++runs;
  const interrupted: Interrupted<T>[] = [];
  const nodes = reachable(roots, run, interrupted);
  const wanted = options.capture === null ? null : wantedNodes(nodes, options.capture);
  const captured: (T | null)[] = options.capture === null ? [] : options.capture.map(() => null);
  const outerPass = active;
  const outerGrad = modes.grad;
  const outerRunning = running;
  running = { run, wanted };
  active = options.createGraph ? 0 : run;
  modes.grad = options.createGraph;
  try {
    for (let i = 0; i < roots.length; i++) deliver(roots[i] as Edge<T>, grads[i] as T, type);
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node<T>;
      const inbox = node.inbox;
      node.inbox = null;
      if (inbox === null || (wanted !== null && !wanted.has(node))) continue;
      if (node.hasGradientHooks) {
        node.runGradientHooks(inbox);
        expose(inbox, type);
      }
      if (options.capture !== null && !(options.accumulate === true && node.sequence === LEAF)) {
        const isTarget = collect(node, inbox, options.capture, captured, type);
        if (isTarget && !node.next.some((parent) => parent !== null && wanted?.has(parent))) continue;
      }
      applyNode(node, inbox, type);
      if (!options.retainGraph) node.release();
    }
  } finally {
    active = outerPass;
    modes.grad = outerGrad;
    running = outerRunning;
    for (const node of nodes) {
      node.run = 0;
      node.inbox = null;
    }
    for (const outer of interrupted) {
      outer.node.run = outer.run;
      outer.node.inbox = outer.inbox;
    }
  }
  return captured;
}

function deliver<T>(edge: Edge<T>, grad: T, type: GradientType<T>): void {
  const { node, index } = edge;
  node.inbox ??= new Array<T | null>(node.outputs).fill(null);
  const there = node.inbox[index];
  const value = there === null || there === undefined ? grad : type.add(there, grad);
  node.inbox[index] = value;
  type.held(value);
}

function collect<T>(
  node: Node<T>,
  inbox: readonly (T | null)[],
  capture: readonly Edge<T>[],
  captured: (T | null)[],
  type: GradientType<T>,
): boolean {
  let found = false;
  capture.forEach((edge, i) => {
    if (edge.node !== node) return;
    found = true;
    const grad = inbox[edge.index] ?? null;
    if (grad !== null) type.exposed(grad);
    captured[i] = grad;
  });
  return found;
}

function expose<T>(grads: readonly (T | null)[], type: GradientType<T>): void {
  for (const grad of grads) if (grad !== null && grad !== undefined) type.exposed(grad);
}

function applyNode<T>(node: Node<T>, inbox: readonly (T | null)[], type: GradientType<T>): void {
  let results: readonly (T | null)[];
  try {
    results = node.apply(inbox);
    if (node.hasNodeHooks) {
      expose(inbox, type);
      expose(results, type);
      results = node.runNodeHooks(results, inbox);
      expose(results, type);
    }
  } catch (cause) {
    if (node.trace === null || !(cause instanceof Error)) throw cause;
    throw new AutogradError(`${cause.message}\nThe forward operation of ${node.name} was called here:\n${node.trace}`, { cause });
  }
  const next = node.next;
  let replaced: T[] | null = null;
  for (let i = 0; i < next.length; i++) {
    const parent = next[i];
    const grad = results[i];
    if (parent === null || parent === undefined || grad === null || grad === undefined) continue;
    if (modes.anomaly) type.checkNan(grad, node, i);
    const index = node.nextIndex[i] as number;
    const box = parent.inbox;
    let value: T = grad;
    if (box === null) {
      if (parent.outputs === 1) parent.inbox = [grad];
      else {
        const fresh = new Array<T | null>(parent.outputs).fill(null);
        fresh[index] = grad;
        parent.inbox = fresh;
      }
    } else {
      const there = box[index];
      if (there !== null && there !== undefined) {
        value = type.add(there, grad);
        type.released(there);
        replaced ??= [];
        replaced.push(there);
      }
      box[index] = value;
    }
    type.held(value);
    if (parent.sequence === LEAF) type.arrived(value);
  }
  if (active !== 0) finish(inbox, results, replaced, type);
}

/** Tells which gradients are of no more use once a node has been applied: only now, since one tensor may be several of them. */
function finish<T>(
  inbox: readonly (T | null)[],
  results: readonly (T | null)[],
  replaced: readonly T[] | null,
  type: GradientType<T>,
): void {
  for (const grad of inbox) if (grad !== null && grad !== undefined) type.released(grad);
  for (const grad of inbox) if (grad !== null && grad !== undefined) type.passed(grad);
  for (const grad of results) if (grad !== null && grad !== undefined) type.passed(grad);
  if (replaced !== null) for (const grad of replaced) type.passed(grad);
}
