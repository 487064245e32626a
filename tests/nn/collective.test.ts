/** The parameters of a model taken together. The numbers are PyTorch's. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

function withGradients(): torch.nn.Parameter[] {
  return [
    [3, -4],
    [12, 0],
  ].map((grad) => {
    const parameter = new nn.Parameter(torch.zeros(2));
    parameter.grad = torch.tensor(grad);
    return parameter;
  });
}

test("gradients are clipped by their common norm", () => {
  const parameters = withGradients();
  expect(nn.utils.clipGradNorm_(parameters, 6.5).item()).toBe(13);
  const clipped = parameters.flatMap((parameter) => parameter.grad?.tolist());
  [1.5, -2, 6, 0].forEach((value, i) => {
    expect(clipped[i]).toBeCloseTo(value, 5);
  });
  expect(nn.utils.clipGradNorm_(withGradients(), 100, Number.POSITIVE_INFINITY).item()).toBe(12);
  expect(nn.utils.clipGradNorm_(withGradients(), 100, { normType: 1 }).item()).toBe(19);
  expect(nn.utils.clipGradNorm_([], 1).item()).toBe(0);
});

test("a norm that is not finite is an error only where asked for", () => {
  const parameters = withGradients();
  parameters[0]?.grad?.fill_(Number.NaN);
  expect(() => nn.utils.clipGradNorm_(parameters, 1, { errorIfNonfinite: true })).toThrow("The total norm of order 2");
  expect(nn.utils.clipGradNorm_(parameters, 1).item()).toBeNaN();
});

test("gradients are clipped by value", () => {
  const parameters = withGradients();
  nn.utils.clipGradValue_(parameters, 3.5);
  expect(parameters.map((parameter) => parameter.grad?.tolist())).toEqual([
    [3, -3.5],
    [3.5, 0],
  ]);
});

test("parameters become one vector, and a vector parameters", () => {
  const layer = new nn.Linear(2, 2);
  const vector = nn.utils.parametersToVector(layer.parameters());
  expect(vector.shape).toEqual([6]);
  nn.utils.vectorToParameters(torch.tensor([1, 2, 3, 4, 5, 6]), layer.parameters());
  expect(layer.weight.tolist()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(layer.bias?.tolist()).toEqual([5, 6]);
  expect(() => nn.utils.vectorToParameters(torch.ones(3), layer.parameters())).toThrow("too few for all parameters");
});
