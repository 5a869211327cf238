// A real devnet for a run: free ports, a folder of its own, nothing left behind.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { query } from './ask'
import { until } from './until'

/** The checkout. */
export const ROOT = process.env.POWER_TRACKER_ROOT ?? fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '')
/** The page as `npm run build` left it. */
export const PAGE_DIR = join(ROOT, 'dapp/.output/public')
/** The client that runs the chain, `anvil` or `geth`. */
const CHAIN = process.env.POWER_TRACKER_CHAIN ?? 'anvil'
/** Seconds of a batch's period: the shortest there is. */
const PERIOD_S = 5
/** Seconds that a devnet may take until every area has a verified batch. */
const READY_S = 300
/** Scenarios tried until one has an outage now. */
const SEEDS = [1, 2, 3, 4, 5]
/** Lines of the log that an error shows. */
const TAIL_LINES = 20

/** What `endpoints.json` says, as far as the tests need it. */
export interface Endpoints {
  dapp_url: string
  graphql_url: string
  rpc_url: string
  ipfs_api_url: string
  ipfs_gateway_url: string
  chain_id: number
  contracts: { anchors: string; rosters: string; complaints: string; officials: string; passkeys: string }
  officials: { area_id: string; level: number; wallet: string; key_file: string }[]
  period_s: number
  /** The page in the embedded IPFS node, where this version publishes it. */
  dapp_cid?: string
  dapp_ipfs_url?: string
}

export interface Devnet {
  endpoints: Endpoints
  folder: string
  stop(): Promise<void>
}

/** Where downloads and build results are kept, as `script/setup` has it. */
export const CACHE_DIR = process.env.POWER_TRACKER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'power-tracker')

function devnetProgram(): string {
  const program = join(process.env.CARGO_TARGET_DIR ?? join(CACHE_DIR, 'target'), 'debug/devnet')
  if (!existsSync(program)) throw new Error(`${program} is missing: build it with script/up --help, or run script/test browser`)
  if (!existsSync(join(PAGE_DIR, 'index.html'))) throw new Error('the page is not built: npm run build -w dapp')
  return program
}

export interface DevnetOptions {
  /** Told what goes on. */
  say?: (text: string) => void
  /** Not: outages of the past are replayed where they are at hand. */
  isGenerated?: boolean
}

/** Starts a devnet in whose scenario something is out now, and waits until all areas are verified. */
export async function startDevnet({ say = () => {}, isGenerated = true }: DevnetOptions = {}): Promise<Devnet> {
  for (const seed of SEEDS) {
    const devnet = await startWith(isGenerated ? ['--generate', String(seed)] : [], say)
    try {
      await ready(devnet)
      if (await somethingIsOff(devnet)) return devnet
    } catch (error) {
      await devnet.stop()
      throw error
    }
    say('nothing is out in this scenario now: another one')
    isGenerated = true
    await devnet.stop()
  }
  throw new Error(`nothing is out in any of the scenarios ${SEEDS.join(', ')}`)
}

interface Kept extends Devnet {
  keeper: ChildProcess
}

async function startWith(scenario: string[], say: (text: string) => void): Promise<Kept> {
  const program = devnetProgram()
  const folder = mkdtempSync(join(tmpdir(), 'power-tracker-browser-'))
  mkdirSync(join(folder, 'devnet'))
  const script = fileURLToPath(new URL('keeper.mjs', import.meta.url))
  const settings = ['--free-ports', '--chain', CHAIN, '--period-s', String(PERIOD_S), ...scenario]
  say(`starting a devnet in ${folder}`)
  const keeper = spawn(process.execPath, [script, folder, program, 'up', '--dir', join(folder, 'devnet'), ...settings], {
    // In a process group of its own: Ctrl-C reaches the runner, which closes this pipe.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, POWER_TRACKER_ROOT: ROOT },
  })
  const ended = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
  const stop = async () => {
    keeper.stdin?.end()
    await ended
  }
  const devnet = { folder, keeper, stop, endpoints: {} as Endpoints }
  const file = join(folder, 'devnet/endpoints.json')
  const written = () => (alive(devnet), existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as Endpoints))
  try {
    devnet.endpoints = await until('the devnet says where it is', written, READY_S)
  } catch (error) {
    await stop()
    throw error
  }
  return devnet
}

/** Throws where the devnet has ended by itself. */
function alive({ keeper: { exitCode }, folder }: Kept) {
  if (exitCode === null) return
  const log = existsSync(join(folder, 'keeper.log')) ? readFileSync(join(folder, 'keeper.log'), 'utf8') : ''
  throw new Error(`the devnet ended (${exitCode}), its log ends:\n${log.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')}`)
}

/** Every area has a verified batch, and what the devices had queued is through. */
async function ready(devnet: Kept) {
  const fleet = join(devnet.folder, 'devnet/fleet/status.json')
  const missing = async () => {
    alive(devnet)
    if (!existsSync(fleet) || JSON.parse(readFileSync(fleet, 'utf8')).backlog_left > 0) return false
    const { areas, batches } = await query<Progress>(devnet.endpoints, PROGRESS).catch(() => ({ areas: [], batches: { items: [] } }))
    return areas.length > 0 && areas.every(({ areaId }) => batches.items.some((batch) => batch.areaId === areaId))
  }
  await until('every area has a verified batch', missing, READY_S)
}

const PROGRESS = '{ areas { areaId } batches(status: VERIFIED, first: 100) { items { areaId } } }'
interface Progress {
  areas: { areaId: string }[]
  batches: { items: { areaId: string }[] }
}

async function somethingIsOff({ endpoints }: Kept): Promise<boolean> {
  const { areas } = await query<{ areas: { sitesByState: { off: number } }[] }>(endpoints, '{ areas { sitesByState { off } } }')
  return areas.some((area) => area.sitesByState.off > 0)
}
