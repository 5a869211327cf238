// Tests against a devnet that runs: POWER_TRACKER_ENDPOINTS names its endpoints.json.
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['test/devnet/**/*.devnet.ts'], testTimeout: 120_000 } })
