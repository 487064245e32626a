/** Options that several optimisers share. */

/** Options that PyTorch's optimisers accept to choose an implementation. There is one here, so they change nothing; they are kept for exchange. */
export interface ImplementationOptions {
  foreach?: boolean | null;
  capturable?: boolean;
  differentiable?: boolean;
}

/** Every option given: what a group holds. */
export type Complete<O> = { [K in keyof O]-?: Exclude<O[K], undefined> };
