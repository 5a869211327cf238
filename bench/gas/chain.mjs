// A chain of our own: anvil of the pinned version on a free port, the contracts on it, and receipts.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { Contract, ContractFactory, HDNodeWallet, JsonRpcProvider, NonceManager } from "ethers";

const root = path.resolve(import.meta.dirname, "../..");

/** The first keys that every anvil funds. */
const MNEMONIC = "test test test test test test test test test test test junk";
/** How long anvil may take to listen. */
const START_TIMEOUT_MS = 30_000;

/** Starts anvil; `stop` ends it. */
export async function startChain() {
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const program = path.join(root, `node_modules/@foundry-rs/anvil-${os}-${arch}/bin/anvil`);
  const arguments_ = ["--hardfork", "osaka", "--port", "0", "--mnemonic", MNEMONIC];
  const child = spawn(program, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("anvil does not listen")), START_TIMEOUT_MS);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`anvil ended with ${code}: run \`npm install\` first?`)));
    lines.on("line", (line) => {
      const found = line.match(/^Listening on (\S+)/);
      if (found) { clearTimeout(timer); resolve(`http://${found[1]}`); }
    });
  });
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 });
  return { url, provider, stop: () => { provider.destroy(); child.removeAllListeners("exit"); child.kill(); } };
}

/** The account of this index. */
export function account(index) {
  return HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
}

/** The same as one that pays. */
export function payer(provider, index) {
  return new NonceManager(account(index).connect(provider));
}

/** Deploys a contract from the committed ABI and bytecode. */
export async function deploy(signer, name, ...args) {
  const { abi, bytecode } = JSON.parse(readFileSync(path.join(root, `contracts/bindings/abi/${name}.json`), "utf8"));
  const deployed = await new ContractFactory(abi, bytecode, signer).deploy(...args);
  await deployed.waitForDeployment();
  return new Contract(await deployed.getAddress(), abi, signer);
}
