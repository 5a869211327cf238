// What a phone keeps to open the page without a network. Paths are relative: the page may lie below /ipfs/<cid>/. Answers
// of the service are kept by app/status/kept.ts, as they are asked for by POST.
import type { ModuleOptions } from '@vite-pwa/nuxt'

/** Largest file that is kept. */
const MAX_FILE_BYTES = 600_000

export const pwa: ModuleOptions = {
  base: './',
  scope: './',
  registerType: 'autoUpdate',
  // The page registers it itself, after it has answered: plugins/offline.client.ts.
  injectRegister: false,
  client: { registerPlugin: false },
  manifest: {
    id: './',
    name: 'Power Tracker',
    short_name: 'Power',
    description: 'Is the power out, since when, and is it proven?',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#f6f5f1',
    theme_color: '#f6f5f1',
    icons: [
      { src: './icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
      { src: './icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'maskable' },
      { src: './icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{html,js,css,json,svg}'],
    globIgnores: ['graphiql-assets/**', '200.html', '404.html', 'sw.js', 'config.json'],
    maximumFileSizeToCacheInBytes: MAX_FILE_BYTES,
    // All pages are behind the #, so the only document is the folder itself.
    navigateFallback: undefined,
    // As they are: by default index.html becomes /, which below a path is another page.
    manifestTransforms: [(manifest) => ({ manifest })],
    ignoreURLParametersMatching: [/./],
    skipWaiting: true,
    clientsClaim: true,
    cleanupOutdatedCaches: true,
    inlineWorkboxRuntime: true,
    sourcemap: false,
    runtimeCaching: [
      // It follows from the installation, not from the build.
      { urlPattern: /\/config\.json$/, handler: 'NetworkFirst', options: { cacheName: 'installation' } },
      { urlPattern: /\/basemap\/[a-z.]+$/, handler: 'StaleWhileRevalidate', options: { cacheName: 'basemap' } },
    ],
  },
}
