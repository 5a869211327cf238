// Lighthouse's scores with its mobile preset.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ARGUMENTS, chromiumPath } from '../../dapp/test/browser/support/chromium'
import { say, type Figure } from './figure'
import type { Bench } from './main'

const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const
const LIMIT = 95
/** Single runs differ by what else the machine does: the median of so many counts. */
const RUNS = 3
/** An audit below this is named. */
const GOOD = 0.9
const MAX_REPORT_BYTES = 64 << 20

/** The part of Lighthouse's report that is read. */
interface Report {
  runtimeError?: { message: string }
  audits: Record<string, { id: string; score: number | null; scoreDisplayMode: string; displayValue?: string }>
  categories: Record<string, { score: number | null }>
}

export async function lighthouseScores({ endpoints }: Bench): Promise<Figure[]> {
  const runs: Report[] = []
  for (let run = 1; run <= RUNS; run += 1) {
    say(`  run ${run} of ${RUNS}`)
    runs.push(await report(`${endpoints.dapp_url}/`))
  }
  const points = (report: Report, category: string) => Math.round((report.categories[category]?.score ?? 0) * 100)
  return CATEGORIES.map((category) => ({
    name: `lighthouse_${category.replace('-', '_')}`,
    value: runs.map((run) => points(run, category)).sort((a, b) => a - b)[RUNS >> 1]!,
    unit: 'points',
    limit: LIMIT,
    better: 'higher',
  }))
}

/** One run in a browser of its own. As a program: it sends functions of its own source into the page. */
async function report(url: string): Promise<Report> {
  const program = join(dirname(createRequire(__filename).resolve('lighthouse/package.json')), 'cli/index.js')
  const options = ['--quiet', '--output=json', '--output-path=stdout', '--no-enable-error-reporting', `--only-categories=${CATEGORIES.join(',')}`]
  const flags = `--chrome-flags=--headless=new ${ARGUMENTS.join(' ')}`
  const { stdout } = await promisify(execFile)(process.execPath, [program, url, ...options, flags], {
    env: { ...process.env, CHROME_PATH: chromiumPath() },
    maxBuffer: MAX_REPORT_BYTES,
  })
  const report = JSON.parse(stdout) as Report
  if (report.runtimeError) throw new Error(`Lighthouse: ${report.runtimeError.message}`)
  for (const { id, score, scoreDisplayMode, displayValue = '' } of Object.values(report.audits)) {
    if (score !== null && score < GOOD && scoreDisplayMode !== 'informative') say(`  ${id}: ${score} ${displayValue}`)
  }
  return report
}
