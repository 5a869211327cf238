// One static page. Everything is asked of the origin that serves it; nothing is loaded from another host.
export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  ssr: false,
  telemetry: false,
  devtools: { enabled: false },
  css: ['~/assets/base.css'],
  components: [{ path: '~/components', pathPrefix: false }],
  app: {
    // Relative, so that the build also works below a path or from IPFS.
    cdnURL: './',
    head: {
      title: 'Power Tracker',
      htmlAttrs: { lang: 'en' },
      meta: [
        { charset: 'utf-8' },
        { name: 'viewport', content: 'width=device-width, initial-scale=1' },
        { name: 'color-scheme', content: 'light dark' },
        { name: 'description', content: 'Where the power is out, by signed and anchored readings.' },
      ],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: './icon.svg' }],
    },
  },
  // `npm run dev` beside a running devnet.
  nitro: {
    devProxy: { '/graphql': { target: 'http://127.0.0.1:4000/graphql', ws: true } },
  },
  typescript: { strict: true },
})
