// What gas comes to in money, under assumptions that are said: the table of docs/costs.md.

/** Assumptions. Prices move: the gas does not. */
export const ASSUMED = {
  usd_per_eth: 3000,
  mainnet_gwei: 1,
  l2_gwei: 0.001,
  /** For each byte of calldata that an L2 puts into a blob; signatures and hashes do not compress. */
  blob_gwei_per_byte: 0.1,
  /** EIP-8037 (draft): gas for each byte of new state, and what counts as how many bytes. */
  state_gas_per_byte: 1530,
  slot_bytes: 64,
  account_bytes: 120,
};

/** What today's prices hold for new state, which EIP-8037 replaces: of a slot's 20,000 all but 2,900, of a byte of code
 * 200, of a contract's 32,000 all but 9,000. */
const TODAY = { slot: 17_100, code_byte: 200, account: 23_000 };

/** Gas of the same transaction under EIP-8037. */
export function withStatePrices({ gas, slots, accounts, code }) {
  const a = ASSUMED;
  const bytes = slots * a.slot_bytes + accounts * a.account_bytes + code;
  return gas - slots * TODAY.slot - accounts * TODAY.account - code * TODAY.code_byte + bytes * a.state_gas_per_byte;
}

const usd = (gas, gwei) => (gas * gwei * 1e-9) * ASSUMED.usd_per_eth;
const l2 = (gas, bytes) => usd(gas, ASSUMED.l2_gwei) + usd(bytes, ASSUMED.blob_gwei_per_byte);
const money = (value) => (value >= 100 ? `$${Math.round(value).toLocaleString("en-US")}`
  : value >= 1 ? `$${value.toFixed(2)}` : `$${value.toPrecision(2)}`);
const count = (value) => Math.round(value).toLocaleString("en-US");

/** The lines of a table. `bytes` is a transaction's calldata. */
function lines(rows) {
  const head = "| | gas | mainnet | L2 | gas, EIP-8037 | mainnet, EIP-8037 |\n|---|---:|---:|---:|---:|---:|";
  const body = rows.map(([name, cost, bytes]) => {
    const later = withStatePrices(cost);
    return `| ${name} | ${count(cost.gas)} | ${money(usd(cost.gas, ASSUMED.mainnet_gwei))} | ${money(l2(cost.gas, bytes))} | `
      + `${count(later)} | ${money(usd(later, ASSUMED.mainnet_gwei))} |`;
  });
  return [head, ...body].join("\n");
}

const times = (cost, factor) => Object.fromEntries(
  ["gas", "slots", "accounts", "code"].map((name) => [name, cost[name] * factor]));

/** Bytes of calldata that an area's entry, or a signed statement, takes about. */
const ENTRY_BYTES = 68;
const STATEMENT_BYTES = 500;

/** The table of costs: `lane` is an anchored page of 100 areas, `costs` what a complaint takes. */
export function table(lane, costs) {
  const readings = [40, 400, 4000].map((perBatch) => {
    const batches = 1_000_000 / perBatch;
    return [`a million readings, ${count(perBatch)} an area and batch`, times(lane, batches / 100), batches * ENTRY_BYTES];
  });
  const life = ["file", "acknowledge", "resolve"].map((name) => costs[name]);
  const sum = Object.fromEntries(
    ["gas", "slots", "accounts", "code"].map((field) => [field, life.reduce((total, one) => total + one[field], 0)]));
  const complaint = ["a complaint: filed, acknowledged, resolved, each sponsored", sum, 3 * STATEMENT_BYTES];
  const rows = Object.entries(costs).map(([name, cost]) => [name, cost, STATEMENT_BYTES]);
  return lines([...readings, complaint, ...rows]);
}
