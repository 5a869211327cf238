// The chosen language, or the browser's, before anything is shown.
import type { Composer } from 'vue-i18n'
import { preferredLanguage } from '~/composables/settings/useLanguage'
import { settings } from '~/settings/settings'

export default defineNuxtPlugin({
  name: 'language',
  dependsOn: ['i18n:plugin'],
  async setup(nuxtApp) {
    const i18n = nuxtApp.$i18n as Composer
    await i18n.setLocale(settings.language ?? preferredLanguage(navigator.languages ?? [navigator.language]))
    // So far the page was set up, from here on it is drawn: two pieces of work, between which a tap is heard.
    await new Promise((resolve) => setTimeout(resolve))
  },
})
