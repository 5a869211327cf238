import { computed } from 'vue'
import { createFormat, type Translate } from '~/time/format'

/** The language's `t`, and formats that follow it. Use as `const { t, format } = useFormat()`. */
export function useFormat() {
  const { t, locale, localeProperties } = useI18n()
  const translate: Translate = (key, named = {}, plural) => (plural === undefined ? t(key, named) : t(key, named, plural))
  const format = computed(() => {
    void locale.value
    return createFormat(localeProperties.value.language ?? 'en-IN', translate)
  })
  return { t: translate, format, locale }
}
