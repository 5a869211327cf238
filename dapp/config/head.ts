import type { NuxtAppConfig } from 'nuxt/schema'
export const head: NuxtAppConfig['head'] = {
      title: 'Power Tracker',
      htmlAttrs: { lang: 'en' },
      meta: [
        { charset: 'utf-8' },
        { name: 'viewport', content: 'width=device-width, initial-scale=1' },
        { name: 'color-scheme', content: 'light dark' },
        { name: 'description', content: 'Is the power out, since when, and is it proven? Signed readings, anchored on a public chain.' },
      ],
      link: [{ rel: 'icon', type: 'image/svg+xml', href: './icon.svg' }],
}
