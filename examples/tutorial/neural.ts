/** Cells 29 to 35: modules and losses. */

import * as torch from "flambeau";
import { nn } from "flambeau";
import { type Section, section } from "./notebook.js";

/**
 * A network is a function with parameters. To train it, one needs the derivative of a loss with respect to each of them. flambeau records the
 * operations as they run, and walks the record backwards, applying the chain rule: automatic differentiation over a dynamic graph.
 */
export const neural: Section = section("Neural network foundations", import.meta.url, ({ cell, print, show }) => {
  /** Networks are built from the modules of `nn`. */
  cell(29, { imports: ["flambeau"] });

  /**
   * A model extends `nn.Module`. Its layers are properties, and `forward` composes them: **y** = **U**(f(**Wx**)). The types that Python leaves open
   * are written down.
   */
  cell(30);
  class MyCustomModule extends nn.Module {
    readonly W: nn.Linear;
    readonly f: nn.ReLU;
    readonly U: nn.Linear;

    constructor(nInputs: number, nHidden: number, nOutputClasses: number) {
      super();
      this.W = new nn.Linear(nInputs, nHidden); // first affine transformation
      this.f = new nn.ReLU(); // non-linearity, here a layer too
      this.U = new nn.Linear(nHidden, nOutputClasses); // second affine transformation
    }

    forward(x: torch.Tensor) {
      return this.U(this.f(this.W(x)));
    }
  }

  /** A model is called like a function. Its result remembers how it was made: `gradFn` is the way back to the parameters. */
  cell(31);
  const nInputs = 3;
  const nHidden = 4;
  const nOutputClasses = 2;

  const model = new MyCustomModule(nInputs, nHidden, nOutputClasses);

  const x = torch.FloatTensor([[0.3, 0.8, -0.4]]); // a batch of one example

  const y = model(x);

  print(y);

  /** `nn.Sequential` composes modules in a row. The notebook defines the same class again; TypeScript wants another name. */
  cell(32);
  class MySequentialModule extends nn.Module {
    readonly network: nn.Sequential;

    constructor(nInputs: number, nHidden: number, nOutputClasses: number) {
      super();
      this.network = new nn.Sequential(new nn.Linear(nInputs, nHidden), new nn.ReLU(), new nn.Linear(nHidden, nOutputClasses));
    }

    forward(x: torch.Tensor) {
      return this.network(x);
    }
  }

  /** More layers stay readable. Dropout takes the probability of dropping a value; softmax turns the outputs into probabilities. */
  cell(33);
  class MyDeeperModule extends nn.Module {
    readonly pKeep = 0.7;
    readonly network: nn.Sequential;

    constructor(nInputs: number, nHidden: number, nOutputClasses: number) {
      super();
      this.network = new nn.Sequential(
        new nn.Linear(nInputs, nHidden),
        new nn.ReLU(),
        new nn.Linear(nHidden, 2 * nHidden),
        new nn.ReLU(),
        new nn.Linear(2 * nHidden, nOutputClasses),
        new nn.Dropout(1 - this.pKeep),
        new nn.Softmax({ dim: 1 }),
      );
    }

    forward(x: torch.Tensor) {
      return this.network(x);
    }
  }

  /** Printing a model lists its layers. */
  cell(null);
  print(new MySequentialModule(nInputs, nHidden, nOutputClasses));
  print(new MyDeeperModule(nInputs, nHidden, nOutputClasses));

  /** What modules do is also there as functions, in `nn.functional`, by custom called `F`. */
  cell(34);
  const F = nn.functional;

  show(F.relu(torch.FloatTensor([[-5, -1, 0, 5]])));

  /**
   * A criterion measures how wrong an output is. Cross entropy takes the scores of the classes and the number of the right one, an integer, hence
   * `1n`. The loss, too, knows how it was made.
   */
  cell(35);
  const yGold = torch.tensor([1n]); // the right class of the one example
  const criterion = new nn.CrossEntropyLoss();

  const scores = model(x);
  const loss = criterion(scores, yGold);

  print(loss);
});
