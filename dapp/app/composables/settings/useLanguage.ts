import { computed } from 'vue'
import { settings, type Language } from '~/settings/settings'

/** The language that fits the browser's, English where none does. */
export const preferredLanguage = (languages: readonly string[]): Language => {
  const known = languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((code) => code === 'en' || code === 'hi')
  return known === 'hi' ? 'hi' : 'en'
}

/** The page's language, and the other one that there is. */
export function useLanguage() {
  const { locale, locales, setLocale } = useI18n()
  const other = computed(() => locales.value.find(({ code }) => code !== locale.value))
  async function change(code: Language) {
    settings.language = code
    await setLocale(code)
  }
  return { locale, locales, other, change }
}
