// What a phone keeps to open the page without a network. Paths are relative: the page may lie below /ipfs/<cid>/.
import type { ModuleOptions } from '@vite-pwa/nuxt'

/** Largest file that is kept. */
const MAX_FILE_BYTES = 600_000

export const pwa: ModuleOptions = {
  base: './',
  scope: './',
  registerType: 'autoUpdate',
  // Registered by the page itself, after it has answered.
  injectRegister: false,
  client: { registerPlugin: false },
  manifest: {
    id: './',
    name: 'Power Tracker',
    short_name: 'Power',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#f6f5f1',
    theme_color: '#f6f5f1',
    icons: [
      { src: './icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{html,js,css,json,svg,png,webmanifest}'],
    globIgnores: ['graphiql-assets/**', '200.html', '404.html'],
    maximumFileSizeToCacheInBytes: MAX_FILE_BYTES,
    navigateFallback: undefined,
    inlineWorkboxRuntime: true,
    sourcemap: false,
    cleanupOutdatedCaches: true,
  },
}
