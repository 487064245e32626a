/** Runs the tutorial: `npm start`. */

import { join, relative } from "node:path";
import { screenOf, TerminalReader } from "./terminal.js";
import { runTutorial, writeTutorial } from "./tutorial.js";

const EPOCHS = 1000;

const start = performance.now();
const reader = new TerminalReader(screenOf(process.stdout, process.env));
const tutorial = runTutorial({ epochs: EPOCHS }, reader);
const paths = await writeTutorial(tutorial, join("out", "tutorial"));

const { device, totalLoss } = tutorial.training;
const seconds = (performance.now() - start) / 1000;
reader.line();
reader.line(`${reader.styled("Device", "bold")}     ${device}`);
reader.line(`${reader.styled("Test loss", "bold")}  ${totalLoss} after ${EPOCHS} epochs`);
reader.line(`${reader.styled("Time", "bold")}       ${seconds.toFixed(1)} s`);
reader.line(`${reader.styled("Written", "bold")}    ${paths.map((path) => relative(".", path)).join("\n           ")}`);
