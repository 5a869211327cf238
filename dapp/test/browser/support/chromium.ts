// Debian's Chromium (or a Chrome), and how it is started.
import { existsSync } from 'node:fs'
import type { LaunchOptions } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Flags beside playwright's own: no sandbox (as root there is none), and nothing that it would ask of the net by itself. */
export const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

export function chromiumPath(): string {
  const path = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place))
  if (!path) throw new Error('no Chromium: apt-get install chromium, or name one in CHROMIUM')
  return path
}

export const launchOptions = (): LaunchOptions => ({ executablePath: chromiumPath(), args: ARGUMENTS, chromiumSandbox: false })
