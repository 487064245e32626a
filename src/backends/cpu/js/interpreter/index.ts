/**
 * Runs generated JavaScript without compiling it, where a page's security policy forbids `new Function`: a text becomes a tree of closures.
 * It knows the part of the language that generated kernels are written in, is as exact, and takes a hundred times as long.
 */

import { TorchError } from "../../../../core/errors.js";
import { type Evaluate, ExpressionParser, type Frame, member } from "./expressions.js";

/** How a statement ended, if not normally: what is to be left, or what is returned. */
type Completion =
  | { readonly kind: "break" | "continue"; readonly label: string | null }
  | { readonly kind: "return"; readonly value: unknown };

type Run = (frame: Frame) => Completion | null;

const plainBreak: Completion = { kind: "break", label: null };
const plainContinue: Completion = { kind: "continue", label: null };

class Parser extends ExpressionParser {
  /** A function expression; its parameters are the first variables. */
  function(): (...args: unknown[]) => unknown {
    this.expect("function");
    if (this.next.text !== "(") this.name();
    this.expect("(");
    let parameters = 0;
    while (!this.takes(")")) {
      this.declare(this.name());
      parameters++;
      if (this.next.text !== ")") this.expect(",");
    }
    const body = this.block();
    if (this.next.kind !== "end") throw new TorchError(`the interpreter of kernels does not expect ${this.next.text} behind a function`);
    const { variables } = this;
    return (...args) => {
      const frame: Frame = new Array<unknown>(variables);
      for (let k = 0; k < parameters; k++) frame[k] = args[k];
      const completion = body(frame);
      return completion?.kind === "return" ? completion.value : undefined;
    };
  }

  private block(): Run {
    this.expect("{");
    return this.scoped(() => {
      const statements: Run[] = [];
      while (!this.takes("}")) statements.push(this.statement());
      if (statements.length === 1) return statements[0] as Run;
      return (frame) => {
        for (const statement of statements) {
          const completion = statement(frame);
          if (completion !== null) return completion;
        }
        return null;
      };
    });
  }

  private statement(): Run {
    const { text, kind } = this.next;
    if (text === "{") return this.block();
    if (this.takes(";")) return () => null;
    if (kind === "name" && this.second.text === ":") return this.labelled();
    if (text === "const" || text === "let") return this.ended(this.declaration());
    if (this.takes("if")) return this.condition();
    if (this.takes("for")) return this.scoped(() => this.loop(null));
    if (this.takes("return")) {
      const value: Evaluate = this.next.text === ";" || this.next.text === "}" ? () => undefined : this.expression();
      return this.ended((frame) => ({ kind: "return", value: value(frame) }));
    }
    if (text === "break" || text === "continue") {
      this.advance();
      const label = this.next.kind === "name" ? this.name() : null;
      const completion: Completion = label !== null ? { kind: text, label } : text === "break" ? plainBreak : plainContinue;
      return this.ended(() => completion);
    }
    return this.ended(effect(this.expression()));
  }

  /** A statement and the semicolon behind it, which may lack at the end of a block. */
  private ended(run: Run): Run {
    if (this.next.text !== "}") this.expect(";");
    return run;
  }

  private labelled(): Run {
    const label = this.name();
    this.expect(":");
    const body = this.takes("for") ? this.scoped(() => this.loop(label)) : this.statement();
    return (frame) => {
      const completion = body(frame);
      return completion?.kind === "break" && completion.label === label ? null : completion;
    };
  }

  private declaration(): Run {
    this.advance();
    const steps: Run[] = [];
    do steps.push(this.takes("[") ? this.pattern() : this.variable());
    while (this.takes(","));
    if (steps.length === 1) return steps[0] as Run;
    return (frame) => {
      for (const step of steps) step(frame);
      return null;
    };
  }

  private variable(): Run {
    const name = this.name();
    // The value is parsed first: the name may stand for an outer variable there.
    const value: Evaluate = this.takes("=") ? this.assignment() : () => undefined;
    const slot = this.declare(name);
    return (frame) => {
      frame[slot] = value(frame);
      return null;
    };
  }

  /** The rest of `[a, , b] = value`. */
  private pattern(): Run {
    const names: (string | null)[] = [];
    while (!this.takes("]")) {
      names.push(this.next.text === "," ? null : this.name());
      if (this.next.text !== "]") this.expect(",");
    }
    this.expect("=");
    const value = this.assignment();
    const slots = names.map((name) => (name === null ? null : this.declare(name)));
    return (frame) => {
      const values = value(frame);
      slots.forEach((slot, k) => {
        if (slot !== null) frame[slot] = member(values, k);
      });
      return null;
    };
  }

  private condition(): Run {
    this.expect("(");
    const test = this.expression();
    this.expect(")");
    const yes = this.statement();
    const no: Run = this.takes("else") ? this.statement() : () => null;
    return (frame) => (test(frame) ? yes(frame) : no(frame));
  }

  private loop(label: string | null): Run {
    this.expect("(");
    const declares = this.next.text === "let" || this.next.text === "const";
    const start: Run = this.next.text === ";" ? () => null : declares ? this.declaration() : effect(this.expression());
    this.expect(";");
    const test: Evaluate = this.next.text === ";" ? () => true : this.expression();
    this.expect(";");
    const step: Evaluate = this.next.text === ")" ? () => undefined : this.expression();
    this.expect(")");
    const body = this.statement();
    const isOwn = (completion: Completion): boolean =>
      completion.kind !== "return" && (completion.label === null || completion.label === label);
    return (frame) => {
      for (start(frame); test(frame); step(frame)) {
        const completion = body(frame);
        if (completion === null || (completion.kind === "continue" && isOwn(completion))) continue;
        return isOwn(completion) ? null : completion;
      }
      return null;
    };
  }
}

const effect =
  (evaluate: Evaluate): Run =>
  (frame) => {
    evaluate(frame);
    return null;
  };

/**
 * The function that a text stands for; `S` in it is `library`.
 * @throws {TorchError} for what generated kernels do not contain.
 */
export function interpreted(source: string, library: Readonly<Record<string, unknown>>): (...args: unknown[]) => unknown {
  return new Parser(source, library).function();
}
