// Lets the browser keep the page's files, so that it opens without a network. After the page has answered and is idle:
// the first view must not share a slow network with it.

/** Pause after the page is there. */
const PAUSE_MS = 8_000

export default defineNuxtPlugin({
  name: 'offline',
  hooks: {
    'app:mounted': () => {
      // Missing on plain http that is not this machine.
      if (import.meta.dev || !('serviceWorker' in navigator)) return
      setTimeout(() => void navigator.serviceWorker.register(new URL('sw.js', document.baseURI), { scope: './' }).catch(() => {}), PAUSE_MS)
    },
  },
})
