// Bytes of the first view: everything that an empty cache transfers until nothing more is asked for.
import { Origin, type Seen } from '../../dapp/test/browser/support/origin'
import type { Bench } from './main'
import type { Figure } from './figure'

/** Bytes of a kilobyte here. */
const KB = 1000
const LIMIT_KB = 200
/** A first view is idle when nothing was asked for so long. */
const IDLE_MS = 3_000

const KINDS: [string, (seen: Seen) => boolean][] = [
  ['api', (seen) => seen.upstream === 'graphql' || seen.upstream === 'rpc' || seen.upstream === 'ipfs'],
  ['basemap', (seen) => seen.upstream === 'basemap'],
  ['script', (seen) => /\.m?js(\?|$)/.test(seen.path)],
  ['style', (seen) => /\.css(\?|$)/.test(seen.path)],
  ['font', (seen) => /\.(woff2?|ttf)(\?|$)/.test(seen.path)],
  ['other', () => true],
]

export async function firstView({ endpoints, browser }: Bench): Promise<Figure[]> {
  const origin = await Origin.start(endpoints.dapp_url)
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    proxy: { server: origin.url, bypass: '<-loopback>' },
  })
  try {
    const page = await context.newPage()
    await page.goto(origin.url)
    await idle(origin)
    const seen = origin.seen.filter((seen) => seen.status < 400)
    const bytes = new Map<string, number>(KINDS.map(([kind]) => [kind, 0]))
    for (const one of seen) {
      const [kind] = KINDS.find(([, is]) => is(one))!
      bytes.set(kind, bytes.get(kind)! + one.bytes)
    }
    const total = [...bytes.values()].reduce((sum, one) => sum + one, 0)
    const figure = (name: string, value: number, limit?: number): Figure => ({ name, value: value / KB, unit: 'kB', limit, better: 'lower' })
    return [
      figure('first_view', total, LIMIT_KB),
      ...[...bytes].map(([kind, value]) => figure(`first_view_${kind}`, value)),
      { name: 'first_view_requests', value: seen.length, unit: 'requests', better: 'lower' },
      { name: 'requests_to_other_origins', value: origin.foreign.length, unit: 'requests', limit: 0, better: 'lower' },
    ]
  } finally {
    await context.close()
    await origin.close()
  }
}

/** Until nothing was answered for a while. A page that polls is idle when it only asks again what it has asked before. */
async function idle(origin: Origin) {
  const asked = new Set<string>()
  let last = Date.now()
  while (Date.now() - last < IDLE_MS) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const { method, path } of origin.seen) {
      if (asked.has(`${method} ${path}`)) continue
      asked.add(`${method} ${path}`)
      last = Date.now()
    }
  }
}
