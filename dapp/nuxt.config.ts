// One static page. It asks the service that it is served by, or the one in its settings; nothing comes from another host.
import { env } from 'node:process'
import { finished, noteFiles } from './config/document'
import { terserOptions } from './config/minify'
import { pwa } from './config/pwa'
import { i18n } from './config/languages'
import { chunkOf } from './config/chunks'
import { head } from './config/head'
import { namedAlike, serverRoute } from './config/reproducible'

export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  modules: ['@nuxtjs/i18n', '@vite-pwa/nuxt'],
  ssr: false,
  telemetry: false,
  devtools: { enabled: false },
  css: ['~/assets/colours.css', '~/assets/base.css'],
  components: [{ path: '~/components', pathPrefix: false }],
  // Composables and functions are imported by name, so that a reader sees where they come from.
  imports: { dirs: [] },
  // Fixed, so that the same tree gives the same bytes, and so the same CID.
  buildId: 'release',
  // Behind the #, so that any web server, an IPFS gateway or a folder on it serves every page.
  router: { options: { hashMode: true } },
  // Relative, so that the build also works below a path or from IPFS.
  app: { cdnURL: './', head },
  i18n,
  pwa,
  experimental: {
    appManifest: false,
    payloadExtraction: false,
    renderJsonPayloads: false,
    // plugins/chunks.client.ts knows the page's relative address.
    emitRouteChunkError: 'manual',
    // A link is followed when somebody wants it: data costs money.
    defaults: { nuxtLink: { prefetch: false } },
  },
  spaLoadingTemplate: 'spa-loading-template.html',
  vite: {
    define: { __VUE_OPTIONS_API__: false },
    plugins: [namedAlike],
    build: { assetsInlineLimit: 0, minify: 'terser', terserOptions },
    $client: { build: { rollupOptions: { output: { manualChunks: chunkOf } } } },
  },
  hooks: {
    'vite:extendConfig': (config) => {
      Object.assign((config as { define: object }).define, { __I18N_SERVER_ROUTE__: serverRoute })
    },
    'build:manifest': (manifest) => {
      for (const file of Object.values(manifest)) file.prefetch = false
      noteFiles(manifest)
    },
    'nitro:init': (nitro) => {
      nitro.hooks.hook('prerender:generate', (route) => {
        if (route.contents) route.contents = finished(route.contents)
      })
    },
  },
  // `npm run dev` beside a running devnet.
  nitro: {
    devProxy: Object.fromEntries(
      ['graphql', 'rpc', 'ipfs', 'basemap'].map((path) => [
        `/${path}`,
        { target: `${env.POWER_TRACKER_SERVICE ?? 'http://127.0.0.1:4000'}/${path}`, ws: true },
      ]),
    ),
  },
  typescript: { strict: true },
})
