// What is measured: whole transactions, as their receipts say (execution, calldata, base cost and log), and the new state
// that they leave behind, as a trace of the node says.
import { encodeBytes32String, id, keccak256, sha256, toUtf8Bytes, ZeroHash } from "ethers";
import { account, deploy, payer } from "./chain.mjs";

const DEADLINE = 2 ** 40 - 1;
const NO_WORDS = id("");
const AREA = "area-000";
/** Acts, as the contract counts them. */
const ACTS = { 2: "acknowledge", 3: "resolve: fixed", 8: "reopen" };

/** One line of costs: gas and new state of a transaction. */
async function measured(provider, sent) {
  const receipt = await (await sent).wait();
  const { slots, accounts, code } = await newState(provider, receipt.hash);
  return { gas: Number(receipt.gasUsed), slots, accounts, code };
}

/** Slots that were zero and are not, accounts that were not there, and their code in bytes. */
async function newState(provider, hash) {
  const config = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
  const { pre, post } = await provider.send("debug_traceTransaction", [hash, config]);
  let [slots, accounts, code] = [0, 0, 0];
  for (const [address, after] of Object.entries(post)) {
    const before = pre[address] ?? {};
    for (const [slot, value] of Object.entries(after.storage ?? {})) {
      if (BigInt(value) !== 0n && BigInt(before.storage?.[slot] ?? 0) === 0n) slots += 1;
    }
    if (after.code && after.code !== "0x" && !before.code) {
      accounts += 1;
      code += (after.code.length - 2) / 2;
    }
  }
  return { slots, accounts, code };
}

/** An area's entry: root, digest and a count of four bytes. No byte is zero: those are cheaper. */
function entry(name, number) {
  const hash = (field) => id(`${field} of ${name}, ${number}`).slice(2).replace(/../g, (byte) => (byte === "00" ? "01" : byte));
  return hash("root") + hash("digest") + "11223344";
}

/** Anchors pages of a lane with so many areas; the figure is that of the second page. Reads a batch back. */
export async function anchoring(provider, areas) {
  const admin = payer(provider, 0);
  const relayer = await admin.getAddress();
  const manager = await deploy(admin, "AccessManager", relayer);
  const anchors = await deploy(admin, "Anchors", await manager.getAddress());
  await (await anchors.openLane()).wait();
  const names = Array.from({ length: areas }, (_, i) => `area-${String(i).padStart(3, "0")}`);
  let last;
  for (const name of names) last = await anchors.joinLane(0, encodeBytes32String(name), { gasLimit: 300_000 });
  await last.wait();
  // The generator of P-256, as good a key as any.
  const x = "0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
  const y = "0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
  await (await anchors.grantRelayer(0, relayer, x, y)).wait();

  let cost;
  for (const number of [0, 1]) {
    await provider.send("evm_increaseTime", [900]);
    await provider.send("evm_mine", []);
    const end = (await provider.getBlock("latest")).timestamp;
    const previous = number === 0 ? ZeroHash : await anchors.pageHash(0, 0);
    const entries = names.map((name) => entry(name, number));
    cost = await measured(provider, anchors.anchor(0, number, previous, end, "0x" + entries.join("")));
    const batch = await anchors.batch(encodeBytes32String(names.at(-1)), number);
    const read = batch.root.slice(2) + batch.digest.slice(2) + batch.count.toString(16).padStart(8, "0");
    if (read !== entries.at(-1)) throw new Error(`batch ${number} reads ${read}, not ${entries.at(-1)}`);
  }
  return { ...cost, anchors: await anchors.getAddress(), area: names.at(-1) };
}

/** Contracts for complaints, one area with a clock and an official. */
async function accountability(provider) {
  const admin = payer(provider, 1);
  const manager = await deploy(admin, "AccessManager", await admin.getAddress());
  const anchors = await deploy(admin, "Anchors", await manager.getAddress());
  const officials = await deploy(admin, "Officials", await manager.getAddress());
  const clocks = await deploy(admin, "Clocks", await manager.getAddress());
  const both = [await officials.getAddress(), await clocks.getAddress()];
  const complaints = await deploy(admin, "Complaints", ...both);
  const notices = await deploy(admin, "Notices", ...both);
  const testimonies = await deploy(admin, "Testimonies", await anchors.getAddress());
  const area = encodeBytes32String(AREA);
  const official = account(2);
  await (await anchors.openLane()).wait();
  await (await anchors.joinLane(0, area)).wait();
  await (await clocks.setClock(encodeBytes32String("town"), encodeBytes32String("fuse"), 4 * 3600, 0)).wait();
  await (await clocks.assign(area, encodeBytes32String("town"), 0)).wait();
  await (await officials.grant(area, official.address, 1, 0, DEADLINE)).wait();
  await provider.send("evm_increaseTime", [10]);
  await provider.send("evm_mine", []);
  return { complaints, notices, testimonies, official, filer: account(3), supporter: account(4) };
}

const FIELDS = {
  Filing: "string area,string site,string feeder,string class,bytes32 text,bytes32 evidence,address filer",
  Action: "string act,bytes32 complaint,uint32 index,bytes32 previous,string note,bytes32 duplicateOf,address signer",
  Remark: "string say,bytes32 complaint,uint32 reopening,string note,address signer",
  Notice:
    "string area,string feeder,uint40 start,uint40 end,uint40 restoration,string reason,bool withdrawn,bytes32 changes,address signer",
};
const fields = (text) => text.split(",").map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] }));

/** What a wallet signs: `inner` under `field` with a deadline. */
async function sign(signer, contract, name, inner, field, value, list = "") {
  const domain = {
    name: `Power Tracker ${name}`, version: "1", chainId: 31337, verifyingContract: await contract.getAddress(),
  };
  const outer = `Signed${inner}${list && "s"}`;
  const types = { [outer]: fields(`${inner}${list} ${field},uint40 deadline`), [inner]: fields(FIELDS[inner]) };
  return signer.signTypedData(domain, types, { [field]: value, deadline: DEADLINE });
}

function filingOf(filer, number) {
  return {
    area: AREA, site: "hr-0001", feeder: "achheja-ds", class: "fuse", text: sha256(toUtf8Bytes(`text ${number}`)),
    evidence: sha256(toUtf8Bytes(`evidence ${number}`)), filer: filer.address,
  };
}

const onChain = (filing) => ({
  ...filing, area: encodeBytes32String(filing.area), class: encodeBytes32String(filing.class),
});

/** A complaint from its filing to its reopening, each step sponsored; a queue and a page of filings; a notice; a testimony. */
export async function living(provider) {
  const c = await accountability(provider);
  const costs = {};
  const file = async (number) => {
    const filing = filingOf(c.filer, number);
    const signature = await sign(c.filer, c.complaints, "Complaints", "Filing", "filing", filing);
    return [onChain(filing), DEADLINE, signature];
  };
  const act = async (signer, actions) => {
    const said = actions.map((a) => ({ ...a, act: ACTS[a.act], note: "", signer: signer.address }));
    const signature = await sign(signer, c.complaints, "Complaints", "Action", "actions", said, "[]");
    return c.complaints.actBySig(actions, signer.address, DEADLINE, signature);
  };
  const next = async (complaint, what) => {
    const stands = await c.complaints.complaint(complaint);
    return {
      act: what, complaint, index: Number(stands.index) + 1, previous: stands.head, note: NO_WORDS, duplicateOf: ZeroHash,
    };
  };

  const first = await file(1);
  const complaint = await c.complaints.filingId(first[0]);
  costs["file"] = await measured(provider, c.complaints.fileBySig(...first));
  costs["acknowledge"] = await measured(provider, act(c.official, [await next(complaint, 2)]));
  costs["resolve"] = await measured(provider, act(c.official, [await next(complaint, 3)]));
  const still = { say: "still off", complaint, reopening: 0, note: "", signer: c.supporter.address };
  const said = await sign(c.supporter, c.complaints, "Complaints", "Remark", "remark", still);
  const remark = { say: 2, complaint, reopening: 0, note: NO_WORDS };
  costs["still off"] = await measured(
    provider, c.complaints.remarkBySig(remark, c.supporter.address, DEADLINE, said));
  costs["reopen"] = await measured(provider, act(c.filer, [await next(complaint, 8)]));

  const many = await Promise.all(Array.from({ length: 20 }, (_, i) => file(100 + i)));
  const calls = many.map((one) => c.complaints.interface.encodeFunctionData("fileBySig", one));
  costs["file, of 20 in one transaction"] = each(await measured(provider, c.complaints.submit(calls, 300_000)), 20);
  const ids = await Promise.all(many.map(([filing]) => c.complaints.filingId(filing)));
  const queue = await Promise.all(ids.map((one) => next(one, 3)));
  costs["resolve, of 20 with one signature"] = each(await measured(provider, act(c.official, queue)), 20);

  const start = (await provider.getBlock("latest")).timestamp + 86_400;
  const notice = {
    area: AREA, feeder: "achheja-ds", start, end: start + 7_200, restoration: start + 7_200, reason: "Maintenance",
    withdrawn: false, changes: ZeroHash, signer: c.official.address,
  };
  const announced = await sign(c.official, c.notices, "Notices", "Notice", "notice", notice);
  const given = { ...notice, area: encodeBytes32String(AREA), reason: id(notice.reason) };
  costs["planned outage"] = await measured(
    provider, c.notices.announceBySig(given, c.official.address, DEADLINE, announced));
  costs["testify"] = await measured(provider, c.testimonies.testify(encodeBytes32String(AREA), keccak256("0x00")));
  return costs;
}

function each(cost, count) {
  return Object.fromEntries(Object.entries(cost).map(([name, value]) => [name, value / count]));
}
