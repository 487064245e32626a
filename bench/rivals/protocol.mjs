/** The protocol of `pytorch.py` for other libraries: answers lines "name milliseconds" with the nanoseconds of a call. */

import { createInterface } from "node:readline";

const timed = (call, count) => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) call();
  return Number(process.hrtime.bigint() - start) / count;
};

/** Calls until V8 has compiled what it will compile, and then as often as fills 20 ms; gives the calls and the time of one. */
function prepare(setup) {
  const call = setup();
  const end = performance.now() + 1000;
  let count = 0;
  do {
    call();
    count++;
  } while (performance.now() < end);
  return { call, each: timed(call, Math.max(1, count >> 6)) };
}

/** Serves `setups`, functions by name that make the call to be timed; a call finishes its work before it returns. */
export function serve(setups) {
  const prepared = new Map();
  createInterface({ input: process.stdin }).on("line", (line) => {
    const [name, ms] = line.split(" ");
    if (setups[name] === undefined) return console.log("unknown");
    try {
      if (!prepared.has(name)) prepared.set(name, prepare(setups[name]));
      const { call, each } = prepared.get(name);
      console.log(timed(call, Math.max(1, Math.floor((Number(ms) * 1e6) / each))));
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : error}\n`);
      console.log("unknown");
    }
  });
}
