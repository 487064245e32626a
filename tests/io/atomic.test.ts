/** Files appear whole or not at all: every step of writing one is made to fail. */

import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerializationError } from "flambeau";
import { writeAtomically, writeFileAtomically } from "flambeau/io";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";

const folder = fs.mkdtempSync(join(tmpdir(), "flambeau-atomic-"));
afterEach(() => vi.restoreAllMocks());
afterAll(() => fs.rmSync(folder, { recursive: true }));

const path = join(folder, "file");
const content = (): string => fs.readFileSync(path, "utf8");

test("a file is written and replaced", () => {
  writeFileAtomically("save", path, "old");
  expect(content()).toBe("old");
  writeAtomically("save", path, (write) => {
    write(Uint8Array.of(110, 101));
    expect(content()).toBe("old");
    write(Uint8Array.of(119));
  });
  expect(content()).toBe("new");
  expect(fs.readdirSync(folder)).toEqual(["file"]);
});

describe("a failure leaves the old file and nothing else", () => {
  const steps = ["writeSync", "fsyncSync", "renameSync", "fchmodSync"] as const;
  test.each(steps)("%s", (step) => {
    writeFileAtomically("save", path, "old");
    vi.spyOn(fs, step).mockImplementation(() => {
      throw Object.assign(new Error("ENOSPC: no space left on device"), { syscall: step });
    });
    expect(() => writeFileAtomically("save", path, "new")).toThrow(
      new SerializationError(`save: cannot write ${path}: ENOSPC: no space left on device`),
    );
    vi.restoreAllMocks();
    expect([content(), fs.readdirSync(folder)]).toEqual(["old", ["file"]]);
  });

  test("an error of the body", () => {
    expect(() =>
      writeAtomically("save", path, (write) => {
        write(new Uint8Array(5));
        throw new RangeError("mine");
      }),
    ).toThrow(new RangeError("mine"));
    expect([content(), fs.readdirSync(folder)]).toEqual(["old", ["file"]]);
  });
});

test("the content is on the disk before the name is", () => {
  const order: string[] = [];
  for (const step of ["writeSync", "fsyncSync", "renameSync"] as const) {
    const real = fs[step] as (...args: unknown[]) => unknown;
    vi.spyOn(fs, step).mockImplementation(((...args: unknown[]) => {
      order.push(step);
      return real(...args);
    }) as never);
  }
  writeFileAtomically("save", path, "new");
  expect(order).toEqual(["writeSync", "fsyncSync", "renameSync", "fsyncSync"]);
});

test("short writes are continued", () => {
  const real = fs.writeSync as (...args: unknown[]) => number;
  vi.spyOn(fs, "writeSync").mockImplementation(((descriptor: number, bytes: Uint8Array, at: number, length: number) =>
    real(descriptor, bytes, at, Math.min(length, 2))) as never);
  writeFileAtomically("save", path, "a longer text");
  expect(content()).toBe("a longer text");
});

test("permissions and links stay", () => {
  fs.chmodSync(path, 0o640);
  const link = join(folder, "link");
  fs.symlinkSync("file", link);
  writeFileAtomically("save", link, "through the link");
  expect([content(), fs.lstatSync(link).isSymbolicLink(), fs.statSync(path).mode & 0o777]).toEqual(["through the link", true, 0o640]);
  fs.rmSync(link);
});

test("a folder that is not there", () => {
  expect(() => writeFileAtomically("save", join(folder, "absent", "file"), "x")).toThrow(/^save: cannot write .*ENOENT/);
});
