// Lighthouse's scores with its mobile preset.
import { createServer, type AddressInfo } from 'node:net'
import lighthouse from 'lighthouse'
import { chromium } from 'playwright-core'
import { launchOptions } from '../../dapp/test/browser/support/chromium'
import { say, type Figure } from './figure'
import type { Bench } from './main'

const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const
const LIMIT = 95
/** Single runs differ by what else the machine does: the median of so many counts. */
const RUNS = 3

export async function lighthouseScores({ endpoints }: Bench): Promise<Figure[]> {
  const runs: number[][] = []
  for (let run = 1; run <= RUNS; run += 1) {
    say(`  run ${run} of ${RUNS}`)
    runs.push(await scores(`${endpoints.dapp_url}/`))
  }
  return CATEGORIES.map((category, at) => ({
    name: `lighthouse_${category.replace('-', '_')}`,
    value: runs.map((run) => run[at]!).sort((a, b) => a - b)[RUNS >> 1]!,
    unit: 'points',
    limit: LIMIT,
    better: 'higher',
  }))
}

/** One run in a browser of its own, as Lighthouse wants one. */
async function scores(url: string): Promise<number[]> {
  const port = await freePort()
  const options = launchOptions()
  const browser = await chromium.launch({ ...options, args: [...options.args!, `--remote-debugging-port=${port}`] })
  try {
    const result = await lighthouse(url, { port, onlyCategories: [...CATEGORIES], logLevel: 'error' })
    if (!result || result.lhr.runtimeError) throw new Error(`Lighthouse: ${result?.lhr.runtimeError?.message ?? 'no result'}`)
    const { lhr } = result
    for (const audit of Object.values(lhr.audits)) {
      if (audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative') {
        say(`  ${audit.id}: ${audit.score} ${audit.displayValue ?? ''}`)
      }
    }
    return CATEGORIES.map((category) => Math.round((lhr.categories[category]?.score ?? 0) * 100))
  } finally {
    await browser.close()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
