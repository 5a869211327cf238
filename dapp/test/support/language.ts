// The page's own sentences, for tests of words.
import { createI18n } from 'vue-i18n'
import en from '../../i18n/locales/en.json'
import hi from '../../i18n/locales/hi.json'
import { createFormat, type Translate } from '../../app/time/format'

export function language(code: 'en' | 'hi') {
  const { t } = createI18n({ legacy: false, locale: code, messages: { en, hi }, missingWarn: false }).global
  const translate: Translate = (key, named = {}, plural) => (plural === undefined ? t(key, named) : t(key, named, plural))
  return { t: translate, format: createFormat(code === 'hi' ? 'hi-IN' : 'en-IN', translate) }
}
