// What waits to be sent is sent when the page opens and when the network comes back. What sending needs is loaded only where
// something waits.
import { allWaiting } from '~/complaint/mine'

/** After the page has answered. */
const AFTER_MS = 4_000

export default defineNuxtPlugin(() => {
  const look = async () => {
    const all = await allWaiting()
    if (navigator.onLine && all.some(({ state, said, isTextSent, isPhotoSent }) => state === 'waiting' || state === 'sent' || (state === 'mined' && 'filing' in said && !(isTextSent && (isPhotoSent || !said.photo))))) await (await import('~/complaint/outbox')).flush()
  }
  setTimeout(() => void look(), AFTER_MS)
  window.addEventListener('online', () => void look())
})
