/** Readers of data in files, with small files made here and by NumPy. */

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { CIFAR10, CIFAR100, DataLoader, FashionMNIST, ImageFolder, MNIST, readCsv, readIdx, readNpy, readNpz } = torch.utils.data;

/** Asserts the values and the dtype of a tensor. */
function expectTensor(found: unknown, values: unknown, dtype: torch.DType): void {
  expect(found).toBeInstanceOf(torch.Tensor);
  const tensor = found as torch.Tensor;
  expect(tensor.dtype).toBe(dtype);
  const nested = dtype.isComplex ? values : torch.tensor(values as number[], { dtype }).tolist();
  expect(tensor.tolist()).toEqual(nested);
}

const folder = (): string => mkdtempSync(join(tmpdir(), "flambeau-"));
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("IDX", () => {
  test("every element type, big-endian, also packed", () => {
    const matrix = bytes(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
    for (const file of [matrix, gzipSync(matrix)]) {
      expect(readIdx(file).tolist()).toEqual([
        [1, 2, 3],
        [4, 5, 255],
      ]);
    }
    expectTensor(readIdx(bytes(0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0)), [-2, 256], torch.int16);
    expectTensor(readIdx(bytes(0, 0, 0x0d, 0, 0x3f, 0x80, 0, 0)), 1, torch.float32);
  });

  test.each([
    [bytes(1, 2, 3, 4), "readIdx: bytes: is no IDX file: it begins with 01 02 03 04"],
    [bytes(), "it begins with nothing"],
    [bytes(0, 0, 7, 1), "it names the element type 0x07"],
    [bytes(0, 0, 8, 2, 0, 0), "is cut off within its 2 sizes"],
    [bytes(0, 0, 8, 1, 0, 0, 0, 3, 1), "has 9 bytes; its sizes [3] of torch.uint8 make 11"],
    [bytes(0x1f, 0x8b, 8, 0), "cannot be unpacked"],
  ])("a bad file: %#", (file, message) => {
    expect(() => readIdx(file)).toThrow(torch.SerializationError);
    expect(() => readIdx(file)).toThrow(message);
  });

  test("a file that is not there", () => {
    expect(() => readIdx("/no/such/file")).toThrow(/^readIdx: cannot open \/no\/such\/file/);
  });
});

/** The two files of a part of MNIST, with images of 1×2 pixels. */
function writeMnist(root: string, part: string, pixels: readonly number[], labels: readonly number[]): void {
  mkdirSync(root, { recursive: true });
  const n = pixels.length / 2;
  writeFileSync(join(root, `${part}-images-idx3-ubyte`), bytes(0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 1, 0, 0, 0, 2, ...pixels));
  writeFileSync(join(root, `${part}-labels-idx1-ubyte.gz`), gzipSync(bytes(0, 0, 8, 1, 0, 0, 0, labels.length, ...labels)));
}

describe("MNIST", () => {
  test("from a folder, or from where torchvision puts it", () => {
    const root = folder();
    writeMnist(root, "train", [0, 255, 51, 102], [3, 9]);
    writeMnist(join(root, "MNIST", "raw"), "t10k", [255, 0], [1]);
    const train = new MNIST(root);
    expect(train.length).toBe(2);
    const [image, label] = train.getItem(1);
    expectTensor(image, [[[0.2, 0.4]]], torch.float32);
    expect(label).toBe(9);
    expect(train.getItem(-2)[1]).toBe(3);
    expect(train.classes[9]).toBe("9 - nine");
    const batches = [...new DataLoader(train, { batchSize: 2 })];
    expect(batches.map(([images, labels]) => [images.shape, labels.tolist()])).toEqual([
      [
        [2, 1, 1, 2],
        [3, 9],
      ],
    ]);
    const changed = new MNIST(root, { train: false, transform: (x) => x.mul(2), targetTransform: (y) => y + 10 });
    expect(changed.getItem(0)[0].tolist()).toEqual([[[2, 0]]]);
    expect(changed.getItem(0)[1]).toBe(11);
    expect(() => train.getItem(2)).toThrow("MNIST: index 2 is out of range for 2 items");
  });

  test("says what is missing or does not fit", () => {
    const root = folder();
    expect(() => new FashionMNIST(root)).toThrow(
      /^FashionMNIST: Dataset not found\. There is no train-images-idx3-ubyte or .*\.gz below .*download it from http/,
    );
    writeMnist(root, "train", [0, 255], [3, 9]);
    expect(() => new MNIST(root)).toThrow(/holds images of shape \[1, 1, 2\], the file of labels beside it \[2\]/);
  });
});

describe("CIFAR", () => {
  const image = (...front: number[]): number[] => [...front, ...Array.from({ length: 3072 }, (_, i) => i >> 10)];

  test("both data sets", () => {
    const root = folder();
    mkdirSync(join(root, "cifar-10-batches-bin"));
    for (let i = 1; i <= 5; i++) writeFileSync(join(root, "cifar-10-batches-bin", `data_batch_${i}.bin`), bytes(...image(i)));
    writeFileSync(join(root, "cifar-10-batches-bin", "batches.meta.txt"), "airplane\nautomobile\n\n");
    const ten = new CIFAR10(root);
    expect([ten.length, ten.data.shape, ten.targets.tolist(), ten.classes]).toEqual([
      5,
      [5, 3, 32, 32],
      [1, 2, 3, 4, 5],
      ["airplane", "automobile"],
    ]);
    const [pixels, label] = ten.getItem(2);
    expect([pixels.shape, pixels.index(":", 5, 7).mul(255).round().tolist(), label]).toEqual([[3, 32, 32], [0, 1, 2], 3]);
    writeFileSync(join(root, "test.bin"), bytes(...image(4, 72), ...image(1, 5)));
    expect(new CIFAR100(root, { train: false }).targets.tolist()).toEqual([72, 5]);
  });

  test("damaged or missing files", () => {
    const root = folder();
    expect(() => new CIFAR10(root, { train: false })).toThrow(/CIFAR10: Dataset not found.*test_batch\.bin/);
    writeFileSync(join(root, "test_batch.bin"), bytes(1, 2, 3));
    expect(() => new CIFAR10(root, { train: false })).toThrow(
      /test_batch\.bin: has 3 bytes, which is no multiple of the 3073 bytes of an image/,
    );
  });
});

describe("NumPy", () => {
  const files = JSON.parse(readFileSync(new URL("./fixtures/numpy.json", import.meta.url), "utf8")) as Record<string, string>;
  const file = (name: string): Uint8Array => new Uint8Array(Buffer.from(files[name] as string, "base64"));
  const matrix = [
    [0, 1, 2],
    [3, 4, 5],
  ];

  test.each<[string, unknown, torch.DType]>([
    ["float32", matrix, torch.float32],
    ["version 2", matrix, torch.float32],
    ["fortran, big-endian float64", matrix, torch.float64],
    ["bool", [true, false], torch.bool],
    ["int8", [-1, 2], torch.int8],
    ["int64, big-endian", [2 ** 40, -3], torch.int64],
    ["uint16", [65535, 1], torch.int32],
    ["uint32", [2 ** 32 - 1], torch.int64],
    ["uint64", [7], torch.int64],
    ["float16", [0.5, -2], torch.float16],
    ["complex64, big-endian", [new torch.Complex(1, 2)], torch.complex64],
    ["0-d", 3.5, torch.float64],
    ["empty", [], torch.int32],
  ])("%s", (name, values, dtype) => {
    expectTensor(readNpy(file(name)), values, dtype);
  });

  test("keeps Fortran's order as strides, and sizes of nothing", () => {
    expect(readNpy(file("fortran, big-endian float64")).stride()).toEqual([1, 2]);
    expect(readNpy(file("empty")).shape).toEqual([0, 3]);
  });

  test.each(["npz", "npz, compressed"])("%s", (name) => {
    const arrays = readNpz(file(name));
    expect(Object.keys(arrays)).toEqual(["x", "y"]);
    expectTensor(arrays["y"], [1, 2], torch.int64);
    if (name === "npz") expectTensor(arrays["x"], matrix, torch.float32);
    else expect([arrays["x"]?.shape, arrays["x"]?.sum().item()]).toEqual([[50, 3], 0]);
  });

  test("what cannot be read", () => {
    expect(() => readNpy(text("hello world"))).toThrow("readNpy: bytes: is no .npy file");
    expect(() => readNpy(file("float32").subarray(0, 140))).toThrow(
      /is cut off: 6 elements of 4 bytes make 24 bytes after the header, but there are 12/,
    );
    expect(() => readNpy(file("float32").subarray(0, 60))).toThrow(/is cut off: its header ends at 128 bytes/);
    expect(() => readNpy(file("text"))).toThrow(/holds elements of NumPy's type 'U1'/);
    expect(() => readNpy(file("structured"))).toThrow(/has a header that is not understood/);
    expect(() => readNpy(file("uint64, too large"))).toThrow(/holds 18446744073709551615 of type uint64/);
    const damaged = file("npz, compressed");
    damaged[60] = (damaged[60] as number) ^ 255;
    expect(() => readNpz(damaged)).toThrow(torch.SerializationError);
    expect(() => readNpz(file("float32"))).toThrow(/^readNpz: bytes: /);
  });
});

describe("CSV", () => {
  const table = (value: string, options: torch.utils.data.CsvOptions = {}): torch.utils.data.Table => readCsv(text(value), options);

  test("columns by name, each in its dtype", () => {
    const iris = table("id,length,species\r\n1,5.1,setosa\r\n2,,virginica\r\n\r\n3,-1e3,setosa\r\n");
    expect([iris.length, iris.names]).toEqual([3, ["id", "length", "species"]]);
    expectTensor(iris.column("id"), [1, 2, 3], torch.int64);
    expectTensor(iris.tensor("length"), [5.1, Number.NaN, -1000], torch.float64);
    expect(iris.strings("species")).toEqual(["setosa", "virginica", "setosa"]);
    expectTensor(iris.codes("species").codes, [0, 1, 0], torch.int64);
    expect(iris.codes("species").values).toEqual(["setosa", "virginica"]);
    expect(iris.tensor(["id", "length"], { dtype: torch.float32 }).shape).toEqual([3, 2]);
  });

  test("quotes, delimiters and lines within fields", () => {
    const quoted = table('name;text\n"a;b";"say ""hi"""\nplain;"two\nlines"\n;""', { delimiter: ";" });
    expect(quoted.strings("name")).toEqual(["a;b", "plain", ""]);
    expect(quoted.strings("text")).toEqual(['say "hi"', "two\nlines", ""]);
  });

  test("headers of one's own or none, and int64 beyond 2^53", () => {
    expectTensor(
      table("1,2\n3,4", { header: false }).tensor(["0", "1"]),
      [
        [1, 2],
        [3, 4],
      ],
      torch.int64,
    );
    expect(
      table("9007199254740993\n", { header: ["x"] })
        .tensor("x")
        .item(),
    ).toBe(9007199254740993n);
    expectTensor(table("x\n99999999999999999999\n").column("x"), [1e20], torch.float64);
    expect(table("x,y\n").length).toBe(0);
    expectTensor(table("x\n-inf\nNA\n").column("x"), [Number.NEGATIVE_INFINITY, Number.NaN], torch.float64);
  });

  test("errors name the line", () => {
    expect(() => table("a,b\n1,2\n3\n")).toThrow("readCsv: bytes: line 3: there are 1 fields, but 2 columns");
    expect(() => table('a\n"x\n')).toThrow("line 2: a quoted field has no end");
    expect(() => table('a\n"x"y\n')).toThrow("line 2: behind a quoted field stands 'y'");
    expect(() => table("a,a\n1,2")).toThrow("has two columns named 'a'");
    expect(() => table("")).toThrow("holds no rows");
    expect(() => table("a\nx\n").tensor("a")).toThrow(/holds text, such as 'x'/);
    expect(() => table("a\nx\n").column("b")).toThrow("there is no column 'b'; the columns are a");
    expect(() => table("a\n1\n").strings("a")).toThrow("holds numbers (torch.int64)");
  });
});

describe("ImageFolder", () => {
  const root = folder();
  for (const path of ["cat/2.png", "cat/more/1.jpg", "dog/3.PNG", "dog/notes.txt"]) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), "");
  }

  test("finds images and classes, and loads them in a loop with await", async () => {
    const images = new ImageFolder(root, { loader: async (path) => torch.full([3, 2, 2], path.length), transform: (x) => x.add(1) });
    expect([images.classes, images.classToIdx, images.length]).toEqual([["cat", "dog"], { cat: 0, dog: 1 }, 3]);
    expect(images.samples.map(([path, label]) => [path.slice(root.length), label])).toEqual([
      ["/cat/2.png", 0],
      ["/cat/more/1.jpg", 0],
      ["/dog/3.PNG", 1],
    ]);
    const batches: unknown[] = [];
    for await (const [x, y] of new DataLoader(images, { batchSize: 2 })) batches.push([x.shape, y.tolist()]);
    expect(batches).toEqual([
      [
        [2, 3, 2, 2],
        [0, 0],
      ],
      [[1, 3, 2, 2], [1]],
    ]);
  });

  test("names the package it needs, and folders that do not do", async () => {
    let hasSharp = true;
    const name = "sharp";
    await import(/* @vite-ignore */ name).catch(() => {
      hasSharp = false;
    });
    const loading = new ImageFolder(root).getItem(0);
    if (hasSharp) await expect(loading).rejects.toThrow(/^readImage: .*2\.png: /);
    else await expect(loading).rejects.toThrow(/images are decoded by the package sharp, .*npm install sharp/);
    expect(() => new ImageFolder(join(root, "none"))).toThrow("ImageFolder: there is no folder");
    expect(() => new ImageFolder(join(root, "cat", "more"))).toThrow("Couldn't find any class folder");
    mkdirSync(join(root, "empty"));
    expect(() => new ImageFolder(root)).toThrow("Found no valid file for the classes empty");
  });
});
