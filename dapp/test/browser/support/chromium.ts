// Debian's Chromium (or a Chrome), and how it is started.
import { existsSync } from 'node:fs'
import type { LaunchOptions } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** What Chromium would ask of the net by itself, form fields seen on a page included, or otherwise do on its own. */
const DISABLED_FEATURES = [
  'AutofillServerCommunication', 'AimEnabled', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'MediaRouter',
  'NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding', 'PreconnectToSearch',
]

/** Flags beside playwright's own: as root there is no sandbox. Of two lists of features the last counts: this one. */
export const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', `--disable-features=${DISABLED_FEATURES.join(',')}`,
]

export function chromiumPath(): string {
  const path = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place))
  if (!path) throw new Error('no Chromium: apt-get install chromium, or name one in CHROMIUM')
  return path
}

export const launchOptions = (): LaunchOptions => ({ executablePath: chromiumPath(), args: ARGUMENTS, chromiumSandbox: false })
