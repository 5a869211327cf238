// What `script/bench dapp` runs: every measure against one devnet, a line of JSON each.
import { chromium, type Browser } from 'playwright-core'
import { launchOptions } from '../../dapp/test/browser/support/chromium'
import { startDevnet, type Endpoints } from '../../dapp/test/browser/support/devnet'
import { isMissed, rounded, say, type Figure } from './figure'
import { firstView } from './first-view'
import { lighthouseScores } from './lighthouse'
import { panning } from './panning'
import { slowAnswer } from './slow-answer'

/** What a measure may use. */
export interface Bench {
  endpoints: Endpoints
  browser: Browser
}

const MEASURES: Record<string, (bench: Bench) => Promise<Figure[]>> = { firstView, slowAnswer, lighthouse: lighthouseScores, panning }

async function main(): Promise<number> {
  const wanted = only(process.argv.slice(2))
  const chosen = Object.entries(MEASURES).filter(([name]) => !wanted || name === wanted)
  if (chosen.length === 0) throw new Error(`no such measure: ${wanted} (${Object.keys(MEASURES).join(', ')})`)
  const devnet = await startDevnet({ say })
  const browser = await chromium.launch(launchOptions())
  let missed = 0
  try {
    for (const [name, measure] of chosen) {
      say(`measuring ${name}`)
      missed += report(await measure({ endpoints: devnet.endpoints, browser }))
    }
  } finally {
    await browser.close()
    await devnet.stop()
  }
  return missed
}

/** The one measure that is asked for; none for all of them. */
function only(given: string[]): string | undefined {
  if (given.length === 0) return undefined
  if (given[0] !== '--only' || given.length !== 2) throw new Error(`unknown: ${given.join(' ')} (--only MEASURE, --quick)`)
  return given[1]
}

/** Prints figures; gives how many miss their limit. */
function report(figures: Figure[]): number {
  for (const figure of figures) {
    console.log(JSON.stringify({ ...figure, value: rounded(figure.value) }))
    if (isMissed(figure)) say(`MISSED: ${figure.name} is ${rounded(figure.value)} ${figure.unit}, limit ${figure.limit}`)
  }
  return figures.filter(isMissed).length
}

main().then(
  (missed) => process.exit(missed ? 1 : 0),
  (error: unknown) => {
    say(`error: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(2)
  },
)
