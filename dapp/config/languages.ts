// The languages of the page. A string is looked for in i18n/locales/<code>.json.
import type { NuxtI18nOptions } from '@nuxtjs/i18n'

export const i18n: NuxtI18nOptions = {
  strategy: 'no_prefix',
  defaultLocale: 'en',
  locales: [
    { code: 'en', language: 'en-IN', name: 'English', file: 'en.json' },
    { code: 'hi', language: 'hi-IN', name: 'हिन्दी', file: 'hi.json' },
  ],
  // The page's own settings choose, without cookies.
  detectBrowserLanguage: false,
  bundle: { runtimeOnly: true, compositionOnly: true, fullInstall: false, dropMessageCompiler: true },
}
