// The same tree gives the same bytes, and so the same CID, wherever and whenever it is built. The languages' module names its
// files by where the checkout lies, and each build by its time; both get the same names here.
import type { Plugin } from 'vite'

/** The module's address on a server, which this page has not; by itself it has the time of the build in it. */
export const serverRoute = JSON.stringify('_i18n/release')

/** Names of the languages' files without what follows from the checkout's place. */
export const namedAlike: Plugin = {
  name: 'named-alike',
  enforce: 'post',
  transform(code) {
    if (!code.includes('_46json_')) return
    return { code: code.replace(/\b(locale_\w+?_46json)_[0-9a-f]{8}\b/g, '$1'), map: null }
  },
}
