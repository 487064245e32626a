/** The whole notebook: its sections in order, and the files that come of it. */

import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gettingStarted } from "./gettingStarted.js";
import { gpu } from "./gpu.js";
import { neural } from "./neural.js";
import type { Chapter, Reader, Settings } from "./notebook.js";
import { operations } from "./operations.js";
import { htmlPage } from "./page.js";
import { reproducibility } from "./reproducibility.js";
import { sine, type Training } from "./sine.js";
import { tensors } from "./tensors.js";

/** The notebook after a run. */
export interface Tutorial {
  readonly chapters: readonly Chapter[];
  readonly training: Training;
  readonly author: string;
  readonly version: string;
}

/** Runs all cells in order. */
export function runTutorial(settings: Settings, reader: Reader = {}): Tutorial {
  const start = gettingStarted.run(settings, reader);
  const basics = [tensors, operations, gpu, neural].map((section) => section.run(settings, reader));
  const training = sine.run(settings, reader);
  const end = reproducibility.run(settings, reader);
  return { chapters: [start, ...basics, training, end], training: training.result, ...start.result };
}

/**
 * Writes the pictures, each as SVG and PNG, and the page.
 *
 * @param tutorial - what ran
 * @param directory - where to; it is made if need be
 * @returns the paths of the files, the page last
 */
export async function writeTutorial(tutorial: Tutorial, directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const pictures = tutorial.chapters.flatMap(({ cells }) => cells.flatMap(({ picture }) => (picture === null ? [] : [picture])));
  const drawings = new Map<string, string>();
  const paths: string[] = [];
  for (const { name, figure } of pictures) {
    drawings.set(name, await figure.toSvg());
    for (const ending of ["svg", "png"]) {
      const path = join(directory, `${name}.${ending}`);
      await figure.savefig(path);
      paths.push(path);
    }
  }
  const page = join(directory, "tutorial.html");
  await writeWhole(page, htmlPage(headerOf(tutorial), tutorial.chapters, drawings));
  return [...paths, page];
}

function headerOf({ training, author, version }: Tutorial): Parameters<typeof htmlPage>[0] {
  return {
    title: "Getting started with flambeau",
    lead:
      `The 44 cells of “Getting Started with PyTorch” by ${author} (${version}), in TypeScript. Every cell below was run to make this page, on the ` +
      `device \`${training.device}\`; its output is what it printed.`,
    footer: [
      `After ${training.testLosses.length} epochs the summed loss on the test data is ${training.totalLoss}.`,
      "Further reading: Maxim Lapan, *Deep Reinforcement Learning Hands-On*, Packt, 2018. Delip Rao and Brian McMahan, *Natural Language Processing with PyTorch*, O’Reilly, 2019.",
    ],
  };
}

/** Writes a file that appears whole or not at all. */
async function writeWhole(path: string, contents: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
