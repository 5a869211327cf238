// A new version of the page may have replaced the files of this one: loading anew gets them. Once only, or a file that is
// really gone would make the page load for ever.
const KEY = 'power-tracker-reloaded'
/** A second failure within so much time is not cured by loading anew. */
const PAUSE_MS = 30_000

export default defineNuxtPlugin({
  name: 'chunks',
  setup(nuxtApp) {
    let target = location.hash
    useRouter().beforeEach((to) => {
      target = `#${to.fullPath}`
    })
    nuxtApp.hook('app:chunkError', () => {
      try {
        if (Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < PAUSE_MS || !navigator.onLine) return
        sessionStorage.setItem(KEY, String(Date.now()))
      } catch {
        return
      }
      location.hash = target
      location.reload()
    })
  },
})
