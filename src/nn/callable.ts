/** Objects that are called like functions: what makes `model(x)` run the model's `forward`. */

/**
 * Something that is called with the parameters of its own `forward` and gives what that gives. `A` and `R` stand for them where only the
 * way of calling is known, not the class.
 */
export interface Callable<A extends unknown[], R> {
  (...args: this extends { forward(...args: infer P): unknown } ? P : A): this extends { forward(...args: never[]): infer Q } ? Q : R;
  toString(): string;
}

/** Takes over calls of one object: called with the object's arguments instead of its `forward`. */
export type Interceptor = (args: readonly unknown[]) => unknown;

/** What a call looks at. */
interface Target {
  _intercept: Interceptor | null;
  forward?(...args: unknown[]): unknown;
  _forwardMissing(): never;
}

interface CallableConstructor {
  new <A extends unknown[] = never[], R = unknown>(): Callable<A, R>;
  readonly prototype: Callable<never[], unknown>;
}

/** A function object with the prototype of a class. */
function functionOf(prototype: object): object {
  const call = (...args: unknown[]): unknown => {
    if (self._intercept !== null) return self._intercept(args);
    return self.forward === undefined ? self._forwardMissing() : self.forward(...args);
  };
  // Every function has these two of its own; without them the names are free for the fields and accessors of classes.
  Reflect.deleteProperty(call, "length");
  Reflect.deleteProperty(call, "name");
  const self: Target = Object.setPrototypeOf(call, prototype);
  return self;
}

const made: new () => object = class {};

/** A base class whose instances are functions: `new` gives a function object with the prototype of the class. */
export const Callable: CallableConstructor = new Proxy(made, {
  construct: (_target, _args, newTarget) => functionOf(newTarget.prototype),
}) as CallableConstructor;
