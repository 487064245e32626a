/** `torch.func`: the examples of PyTorch's documentation, and derivatives against those of autograd. */

import * as torch from "flambeau";
import { nn } from "flambeau";
import { beforeEach, expect, test } from "vitest";

type Tensor = torch.Tensor;

const F = nn.functional;

const { grad, gradAndValue, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap } = torch.func;
const close = (found: Tensor, expected: Tensor): void => torch.testing.assertClose(found, expected);

beforeEach(() => {
  torch.manualSeed(0);
});

test("grad, and grad of grad", () => {
  const x = torch.randn([]);
  close(grad((x) => x.sin())(x), x.cos());
  close(grad(grad((x) => x.sin()))(x), x.sin().neg());
  close(grad(grad(grad((x) => x.pow(4))))(torch.tensor(2)), torch.tensor(48));
  const both = grad((x: Tensor, y: Tensor) => x.mul(y).sum(), [0, 1]);
  const [dx, dy] = both(torch.ones(3), torch.arange(3).to(torch.float32));
  expect([dx.tolist(), dy.tolist()]).toEqual([
    [0, 1, 2],
    [1, 1, 1],
  ]);
  const [slope, aux] = grad((x: Tensor) => [x.square().sum(), { doubled: x.mul(2) }] as const, { hasAux: true })(torch.tensor([1, 2]));
  expect([slope.tolist(), aux.doubled.tolist(), aux.doubled.requiresGrad]).toEqual([[2, 4], [2, 4], false]);
  const [gradient, value] = gradAndValue((x: Tensor) => x.square().sum())(torch.tensor([1, 2]));
  expect([gradient.tolist(), value.item(), value.requiresGrad, gradient.requiresGrad]).toEqual([[2, 4], 5, false, false]);
});

test("grad works on trees, and gives zeros for what is not used", () => {
  const parameters = { weight: torch.ones(2), unused: [torch.ones(3)] };
  const found = grad((p: typeof parameters, x: Tensor) => p.weight.mul(x).sum())(parameters, torch.tensor([3, 4]));
  expect([found.weight.tolist(), (found.unused[0] as Tensor).tolist()]).toEqual([
    [3, 4],
    [0, 0, 0],
  ]);
});

test("gradients are recorded where something outside is differentiated, else not", () => {
  const w = torch.tensor(3, { requiresGrad: true });
  const slope = grad((x: Tensor) => x.square().mul(w))(torch.tensor(2));
  slope.backward();
  expect([slope.item(), w.grad?.item()]).toEqual([12, 4]);
  expect(torch.noGrad(() => grad((x: Tensor) => x.square().mul(w))(torch.tensor(2))).requiresGrad).toBe(false);
  // The variable within is another one than that without, although they have one value.
  const x = torch.tensor(2, { requiresGrad: true });
  expect(grad((y: Tensor) => y.square().mul(x))(x).item()).toBe(8);
  expect(w.requiresGrad && x.grad === null).toBe(true);
});

test("vjp and jvp", () => {
  const x = torch.randn(5);
  const [y, pull] = vjp((x: Tensor) => x.sin().sum(), x);
  close(y, x.sin().sum());
  close(pull(torch.tensor(1))[0], x.cos());
  const [out, pullTwo, aux] = vjp((a: Tensor, b: Tensor) => [{ product: a.mul(b) }, a.add(b)] as const, x, x.exp(), { hasAux: true });
  const [da, db] = pullTwo({ product: torch.ones(5) });
  close(da, x.exp());
  close(db, x);
  close(aux, x.add(x.exp()));
  close(out.product, x.mul(x.exp()));
  const [value, tangent] = jvp(
    (x: Tensor, y: Tensor) => x.mul(y),
    [torch.tensor([1, 2]), torch.tensor([3, 4])],
    [torch.ones(2), torch.zeros(2)],
  );
  expect([value.tolist(), tangent.tolist()]).toEqual([
    [3, 8],
    [3, 4],
  ]);
  // The second derivative as forward over forward.
  const second = jvp((x: Tensor) => jvp((y: Tensor) => y.sin(), [x], [torch.ones(5)])[1], [x], [torch.ones(5)])[1];
  close(second, x.sin().neg());
  const [at, push] = linearize((x: Tensor) => x.sin(), x);
  close(at, x.sin());
  for (const v of [torch.randn(5), torch.randn(5)]) close(push(v), x.cos().mul(v));
  expect(() => jvp((x: Tensor) => x, [x], [torch.ones(4)])).toThrow(/tangents number 0 must have shape \[5\], got \[4\]/);
});

test("jacrev and jacfwd agree with autograd.functional, and nest", () => {
  const x = torch.randn(3);
  const f = (x: Tensor): Tensor => x.outer(x.exp()).sum(0, true).mul(x.select(0, 0));
  const expected = torch.autograd.functional.jacobian(f, x);
  close(jacrev(f)(x), expected);
  close(jacfwd(f)(x), expected);
  const g = (x: Tensor, y: Tensor): { a: Tensor; b: Tensor } => ({ a: x.mul(y), b: y.sum() });
  for (const transform of [jacrev, jacfwd]) {
    const { a, b } = transform(g, [0, 1])(x, x.exp());
    close(a[0], x.exp().diag());
    close(a[1], x.diag());
    expect([b[0].tolist(), b[1].tolist()]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
  }
  const h = (x: Tensor): Tensor => x.sin().sum();
  for (const second of [hessian(h), jacfwd(jacrev(h)), jacrev(jacfwd(h)), jacfwd(jacfwd(h))]) close(second(x), x.sin().neg().diag());
  const [[xx, xy], [yx, yy]] = hessian((x: Tensor, y: Tensor) => x.square().mul(y).sum(), [0, 1])(x, x.exp());
  close(xx, x.exp().mul(2).diag());
  close(xy, x.mul(2).diag());
  close(yx, x.mul(2).diag());
  close(yy, torch.zeros(3, 3));
});

test("vmap", () => {
  const [a, b] = [torch.randn(5, 3), torch.randn(5, 3)];
  close(vmap((x: Tensor, y: Tensor) => x.dot(y))(a, b), a.mul(b).sum(1));
  close(vmap((x: Tensor, y: Tensor) => x.dot(y), [0, null])(a, b.select(0, 0)), a.mv(b.select(0, 0)));
  close(vmap((x: Tensor) => x.exp(), 1, 1)(a), a.exp());
  close(vmap((x: Tensor) => x.exp(), { inDims: 1, outDims: 0 })(a), a.exp().t());
  // A batch of a batch.
  const batches = torch.randn(4, 5, 3);
  close(vmap(vmap((x: Tensor) => x.softmax(0).sum()))(batches), batches.softmax(2).sum(2));
  close(
    vmap(
      vmap((x: Tensor, y: Tensor) => x.dot(y), [0, null]),
      [null, 0],
    )(a, b),
    b.matmul(a.t()),
  );
  const named = vmap(
    (p: { x: Tensor; y: Tensor }) => ({ sum: p.x.add(p.y), max: p.x.max(0).values }),
    [{ x: 0, y: null }],
  )({ x: a, y: b.select(0, 1) });
  close(named.sum, a.add(b.select(0, 1)));
  close(named.max, a.amax(1));
  for (const chunkSize of [1, 2, 7]) close(vmap((x: Tensor) => x.cumsum(0), { chunkSize })(a), a.cumsum(1));
  expect(() => vmap((x: Tensor) => x.add(x.item()))(torch.ones(3))).toThrow(/no value to read/);
  expect(() => vmap((x: Tensor) => x.nonzero())(a)).toThrow(/depends on values/);
  expect(() => vmap((x: Tensor) => torch.zeros(3).add_(x))(a)).toThrow(/same for all samples/);
  expect(() => vmap((x: Tensor, y: Tensor) => x.add(y))(a, torch.ones(4, 3))).toThrow(/one size, but they have 5, 4/);
  expect(() => vmap((x: Tensor) => x.add(torch.randn(3)))(a)).toThrow(/randomness/);
});

test("random numbers within vmap", () => {
  const a = torch.zeros(4, 1000);
  const rows = (randomness: "same" | "different", f: (x: Tensor) => Tensor): Tensor => vmap(f, { randomness })(a);
  for (const f of [(x: Tensor) => x.add(torch.randn(1000)), (x: Tensor) => F.dropout(x.add(1), 0.5, true)]) {
    const same = rows("same", f);
    expect(same.eq(same.select(0, 0)).all().item()).toBe(true);
    const different = rows("different", f);
    expect(different.select(0, 0).equal(different.select(0, 1))).toBe(false);
  }
});

test("gradients of each sample", () => {
  const model = new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(36, 3));
  const parameters = Object.fromEntries([...model.namedParameters()].map(([name, one]) => [name, one.detach()]));
  const x = torch.randn(6, 1, 8, 8);
  const target = torch.randint(0, 3, [6]);
  const loss = (p: Record<string, Tensor>, x: Tensor, target: Tensor): Tensor =>
    F.crossEntropy(torch.func.functionalCall(model, p, [x.unsqueeze(0)]) as Tensor, target.unsqueeze(0));
  const found = vmap(grad(loss), [null, 0, 0])(parameters, x, target);
  for (let i = 0; i < 6; i++) {
    const one = grad(loss)(parameters, x.select(0, i), target.select(0, i));
    for (const [name, gradient] of Object.entries(one))
      torch.testing.assertClose((found[name] as Tensor).select(0, i), gradient, { rtol: 1e-4, atol: 1e-5 });
  }
});

test("an ensemble of models as one", () => {
  const models = Array.from({ length: 3 }, () => new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2)));
  const [parameters, buffers] = torch.func.stackModuleState(models);
  const base = models[0] as nn.Sequential;
  const x = torch.randn(5, 4);
  const call = (p: Record<string, Tensor>, b: Record<string, Tensor>, x: Tensor): Tensor =>
    torch.func.functionalCall(base, [p, b], [x]) as Tensor;
  const found = vmap(call, [0, 0, null])(parameters, buffers, x);
  close(found, torch.stack(models.map((model) => model(x) as Tensor)));
  found.sum().backward();
  expect(Object.values(parameters).every((one) => one.grad !== null)).toBe(true);
});

test("transforms of transforms", () => {
  const x = torch.randn(4, 3);
  const f = (x: Tensor): Tensor => x.pow(3).sum();
  close(vmap(hessian(f))(x), vmap((x: Tensor) => x.mul(6).diag())(x));
  close(vmap(jacfwd((x: Tensor) => x.exp()))(x), x.exp().diagEmbed());
  close(grad((x: Tensor) => vmap(f)(x).square().sum())(x), x.pow(3).sum(1, true).mul(2).mul(x.square()).mul(3));
  close(vmap(vmap(grad((x: Tensor) => x.sin())))(x), x.cos());
  const [y, pull] = vjp(
    vmap((x: Tensor) => x.prod()),
    x,
  );
  close(y, x.prod(1));
  close(pull(torch.ones(4))[0], x.prod(1, true).div(x));
  const weight = torch.randn(3, { requiresGrad: true });
  vmap((x: Tensor) => x.dot(weight))(x)
    .sum()
    .backward();
  close(weight.grad as Tensor, x.sum(0));
});
