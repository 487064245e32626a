/** Objects that are called like functions: what makes `model(x)` run the model's `forward`. */

/**
 * Something that is called with the parameters of its own `forward` and gives what that gives. `A` and `R` stand for them where only the
 * way of calling is known, not the class.
 */
export interface Callable<A extends unknown[], R> {
  (...args: this extends { forward(...args: infer P): unknown } ? P : A): this extends { forward(...args: never[]): infer Q } ? Q : R;
}

/** Runs a call: the object, and the arguments that it was called with. */
export type Invoke = (self: object, args: readonly unknown[]) => unknown;

interface CallableConstructor {
  new <A extends unknown[] = never[], R = unknown>(invoke: Invoke): Callable<A, R>;
  readonly prototype: Callable<never[], unknown>;
}

class Caller {
  constructor(invoke: Invoke) {
    const self: object = (...args: unknown[]): unknown => invoke(self, args);
    // Every function has these two of its own; without them the names are free for the fields and accessors of classes.
    Reflect.deleteProperty(self, "length");
    Reflect.deleteProperty(self, "name");
    Object.setPrototypeOf(self, new.target.prototype);
    return self;
  }
}

/** A base class whose instances are functions: `new` gives a function object with the prototype of the class. */
export const Callable: CallableConstructor = Caller as CallableConstructor;
