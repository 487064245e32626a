/** Modes: callbacks, `using`, promises, and how they nest. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("callbacks", () => {
  test("noGrad returns what its callback returns, and records nothing", () => {
    const x = leaf([1, 2]);
    const y = torch.noGrad(() => {
      expect(torch.isGradEnabled()).toBe(false);
      return x.mul(2);
    });
    expect([y.requiresGrad, y.isLeaf, y.gradFn]).toEqual([false, true, null]);
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("leaves made in noGrad may still require grad", () => {
    expect(torch.noGrad(() => torch.zeros(2, { requiresGrad: true })).requiresGrad).toBe(true);
    expect(torch.noGrad(() => leaf([1])).mul(2).requiresGrad).toBe(true);
  });

  test("modes nest", () => {
    const x = leaf([1]);
    const states: boolean[] = [];
    torch.noGrad(() => {
      states.push(x.mul(1).requiresGrad);
      torch.enableGrad(() => {
        states.push(x.mul(1).requiresGrad);
        torch.setGradEnabled(false, () => states.push(x.mul(1).requiresGrad));
        torch.setGradEnabled(true, () => states.push(x.mul(1).requiresGrad));
        states.push(x.mul(1).requiresGrad);
      });
      states.push(x.mul(1).requiresGrad);
    });
    states.push(x.mul(1).requiresGrad);
    expect(states).toEqual([false, true, false, true, true, false, true]);
  });

  test("an exception ends a mode", () => {
    const fail = (): never => {
      throw new RangeError("inside");
    };
    for (const mode of [torch.noGrad, torch.inferenceMode, torch.autograd.detectAnomaly]) expect(() => mode(fail)).toThrow(RangeError);
    expect([torch.isGradEnabled(), torch.isInferenceModeEnabled()]).toEqual([true, false]);
  });

  test("inference mode records nothing, whatever is asked for inside", () => {
    const x = leaf([1]);
    torch.inferenceMode(() => {
      expect([torch.isInferenceModeEnabled(), torch.isGradEnabled()]).toEqual([true, false]);
      expect(torch.enableGrad(() => x.mul(2).requiresGrad)).toBe(false);
      expect(torch.setGradEnabled(true, () => x.mul(2).requiresGrad)).toBe(false);
      expect(x.view(1)._base).toBeNull();
    });
    expect([torch.isInferenceModeEnabled(), torch.isGradEnabled()]).toEqual([false, true]);
  });

  test("setGradEnabled for good, until a mode around it ends", () => {
    try {
      torch.setGradEnabled(false);
      expect(leaf([1]).mul(2).requiresGrad).toBe(false);
    } finally {
      torch.setGradEnabled(true);
    }
    torch.noGrad(() => {
      torch.setGradEnabled(true);
      expect(torch.isGradEnabled()).toBe(true);
    });
    torch.enableGrad(() => void torch.setGradEnabled(false));
    expect(torch.isGradEnabled()).toBe(true);
  });
});

describe("using", () => {
  test("ends with the block", () => {
    {
      using _ = torch.noGrad();
      expect(torch.isGradEnabled()).toBe(false);
      {
        using __ = torch.enableGrad();
        expect(torch.isGradEnabled()).toBe(true);
      }
      expect(torch.isGradEnabled()).toBe(false);
    }
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("ends when the block throws", () => {
    expect(() => {
      using _ = torch.inferenceMode();
      throw new RangeError("inside");
    }).toThrow(RangeError);
    expect(torch.isInferenceModeEnabled()).toBe(false);
  });

  test("setGradEnabled and setDetectAnomaly give guards as well", () => {
    {
      using _ = torch.setGradEnabled(false);
      expect(torch.isGradEnabled()).toBe(false);
    }
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("a guard disposed of twice ends once", () => {
    const guard = torch.noGrad();
    guard[Symbol.dispose]();
    torch.noGrad(() => {
      guard[Symbol.dispose]();
      expect(torch.isGradEnabled()).toBe(false);
    });
  });
});

describe("promises", () => {
  test("hold the mode until they settle", async () => {
    const x = leaf([1]);
    const result = torch.noGrad(async () => {
      await wait(2);
      return x.mul(2).requiresGrad;
    });
    expect(torch.isGradEnabled()).toBe(false);
    expect(await result).toBe(false);
    await wait(0);
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("hold it also when they fail", async () => {
    const failing = torch.noGrad(async () => {
      await wait(1);
      throw new RangeError("inside");
    });
    await expect(failing).rejects.toThrow(RangeError);
    await wait(0);
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("that end in the order of their start, not of nesting, leave the modes as they were", async () => {
    const started = [0, 1, 2].map(() => {
      let finish: () => void = () => undefined;
      const result = torch.noGrad(() => new Promise<void>((resolve) => (finish = resolve)));
      return { result, finish };
    });
    const states: boolean[] = [];
    for (const i of [0, 2, 1]) {
      started[i]?.finish();
      await started[i]?.result;
      await wait(0);
      states.push(torch.isGradEnabled());
    }
    expect(states).toEqual([false, false, true]);
  });
});

describe("detectAnomaly", () => {
  test("NaN gradients are errors that name the function", () => {
    const run = (): void => {
      const x = leaf([-1]);
      torch.sqrt(x).mul(0).sum().backward();
    };
    expect(run).not.toThrow();
    expect(() => torch.autograd.detectAnomaly(run)).toThrow("Function 'SqrtBackward0' returned nan values in its 0th output");
  });

  test("errors of the backward pass tell where the forward operation was called", () => {
    function theForwardCall(x: torch.Tensor): torch.Tensor {
      return x.exp();
    }
    const run = (): void => {
      const x = leaf([1]);
      const y = theForwardCall(x);
      y.add_(1);
      y.sum().backward();
    };
    expect(run).toThrow(/modified by an inplace operation/);
    expect(run).not.toThrow(/theForwardCall/);
    expect(() => torch.autograd.detectAnomaly(run)).toThrow(/modified by an inplace operation[\s\S]*ExpBackward0[\s\S]*theForwardCall/);
    {
      using _ = torch.autograd.setDetectAnomaly(true);
      expect(run).toThrow(/theForwardCall/);
    }
    expect(run).not.toThrow(/theForwardCall/);
  });
});
