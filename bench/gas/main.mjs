// Measures the contracts' gas on a real node and prints JSON lines, or with --table the table of docs/costs.md.
import { anchoring, living } from "./measure.mjs";
import { startChain } from "./chain.mjs";
import { table, withStatePrices } from "./table.mjs";

/** What must not be exceeded; all else is for comparison. */
const LIMITS = { "anchor, per area, 100 areas": 16_500 };

let missed = 0;
function print(name, value) {
  const limit = LIMITS[name] ?? null;
  if (limit !== null && value > limit) missed += 1;
  console.log(JSON.stringify({ name, value: Math.round(value * 10) / 10, unit: "gas", limit, better: "lower" }));
}

const chain = await startChain();
try {
  const lanes = {};
  for (const areas of [1, 10, 100, 361]) lanes[areas] = await anchoring(chain.provider, areas);
  const costs = await living(chain.provider);
  if (process.argv.includes("--table")) {
    console.log(table(lanes[100], costs));
  } else {
    for (const [areas, lane] of Object.entries(lanes)) {
      print(`anchor, per area, ${areas} area${areas === "1" ? "" : "s"}`, lane.gas / areas);
    }
    print("anchor, per area, 100 areas, with EIP-8037", withStatePrices(lanes[100]) / 100);
    for (const [name, cost] of Object.entries(costs)) print(name, cost.gas);
    const life = ["file", "acknowledge", "resolve"];
    print("a complaint: file, acknowledge, resolve", life.reduce((sum, name) => sum + costs[name].gas, 0));
  }
} finally {
  chain.stop();
}
process.exitCode = missed === 0 ? 0 : 1;
