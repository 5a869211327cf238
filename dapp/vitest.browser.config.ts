// The tests in a real Chromium against a real devnet, and those that ask that devnet alone: npm run test:browser. They need the built page and the services'
// binaries; script/test browser makes both.
import { defineConfig } from 'vitest/config'
import { PATIENCE_MS } from './test/browser/support/patience.ts'

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts', 'test/devnet/**/*.devnet.ts'],
    globalSetup: 'test/browser/support/run.ts',
    // A devnet is started and stopped in these.
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
    // A machine that stands still for seconds fails a test that a quiet one passes; what is wrong fails twice.
    retry: 1,
    testTimeout: 3 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 100 } },
    pool: 'threads',
    maxWorkers: 2,
  },
})
