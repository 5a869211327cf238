// What `script/bench dapp` runs: every measure against one devnet, a line of JSON each.
import { chromium, type Browser } from 'playwright-core'
import { launchOptions } from '../../dapp/test/browser/support/chromium'
import { startDevnet, type Endpoints } from '../../dapp/test/browser/support/devnet'
import { isMissed, rounded, say, type Figure } from './figure'
import { firstView } from './first-view'
import { lighthouseScores } from './lighthouse'
import { panning } from './panning'
import { panning } from './panning'
import { slowAnswer } from './slow-answer'

/** What a measure may use. */
export interface Bench {
  endpoints: Endpoints
  browser: Browser
}

const MEASURES: Record<string, (bench: Bench) => Promise<Figure[]>> = { firstView, slowAnswer, lighthouse: lighthouseScores, panning }

async function main(): Promise<number> {
  const { quick, only } = options(process.argv.slice(2))
  const chosen = Object.entries(MEASURES).filter(([name]) => !only || name === only)
  if (chosen.length === 0) throw new Error(`no such measure: ${only} (${Object.keys(MEASURES).join(', ')})`)
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

function options(given: string[]) {
  const only = given.includes('--only') ? given[given.indexOf('--only') + 1] : undefined
  const unknown = given.find((option) => !['--quick', '--only', only].includes(option))
  if (unknown) throw new Error(`unknown option ${unknown}: --quick, --only MEASURE`)
  return { quick: given.includes('--quick'), only }
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
