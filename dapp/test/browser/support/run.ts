// Around all tests: one devnet and one browser, which end with the run however that ends.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { launchOptions } from './chromium'
import { startDevnet, type Endpoints } from './devnet'

declare module 'vitest' {
  export interface ProvidedContext {
    endpoints: Endpoints
    browserUrl: string
  }
}

export default async function setup(project: TestProject) {
  const devnet = await startDevnet({ say: (text) => console.log(text) })
  try {
    // The browser's profiles lie in the devnet's folder, which is removed even where this process is killed.
    process.env.TMPDIR = join(devnet.folder, 'tmp')
    mkdirSync(process.env.TMPDIR)
    process.env.POWER_TRACKER_ENDPOINTS = join(devnet.folder, 'devnet/endpoints.json')
    const browser = await chromium.launchServer(launchOptions())
    project.provide('endpoints', devnet.endpoints)
    project.provide('browserUrl', browser.wsEndpoint())
    return async () => {
      await browser.close()
      await devnet.stop()
    }
  } catch (error) {
    await devnet.stop()
    throw error
  }
}
