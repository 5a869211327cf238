import { computed, shallowRef, watch } from 'vue'
import { addressOf, freshKey, isKey } from '~/complaint/key'
import { keepMine, mineOf, type Said } from '~/complaint/mine'
import { enqueue, outbox } from '~/complaint/outbox'
import { makeTextBlock } from '~/complaint/text'
import { ZERO_HASH } from '~/complaint/typed-data'
import type { ComplaintDetail } from './useComplaintPage'

/** The key that this browser has for a complaint: of the tracking link, else a kept one; and what can be said with it. */
export function useMine(id: () => string, named: () => string | undefined) {
  const key = shallowRef<string>()
  const address = computed(() => (key.value ? addressOf(key.value) : undefined))

  async function load() {
    key.value = undefined
    const wanted = id()
    const fromLink = `0x${named() ?? ''}`
    const kept = await mineOf(wanted)
    const used = isKey(fromLink) ? fromLink : kept?.key
    if (id() === wanted && used && isKey(used)) key.value = used
    // Whoever opens the link elsewhere has the key there from now on; a link with another key takes nobody's place.
    if (isKey(fromLink) && (!kept || kept.isFiler === false)) await keepMine({ complaintId: wanted, key: fromLink, isFiler: true, place: '', atMs: Date.now() })
  }
  watch([id, named], load, { immediate: true })

  /** A key of this browser for the complaint, made where there is none: a supporter's. */
  async function ownKey(): Promise<string> {
    if (key.value) return key.value
    const made = freshKey()
    await keepMine({ complaintId: id(), key: made, isFiler: false, place: '', atMs: Date.now() })
    return (key.value = made)
  }

  const waiting = computed(() => outbox.value.filter(({ complaintId }) => complaintId === id()))

  async function say(complaint: ComplaintDetail, make: (signer: string) => Said): Promise<void> {
    const own = await ownKey()
    await enqueue({ complaintId: complaint.id, areaId: complaint.areaId, key: own, said: make(addressOf(own)) })
  }

  const affectedToo = (complaint: ComplaintDetail) =>
    say(complaint, (signer) => ({ remark: { say: 'affected too', complaint: complaint.id, reopening: 0, note: '', signer } }))
  const stillOff = (complaint: ComplaintDetail) =>
    say(complaint, (signer) => ({ remark: { say: 'still off', complaint: complaint.id, reopening: complaint.reopenings, note: '', signer } }))
  /** A citizen's words with a salt around them, so that they can be erased; no words need none. */
  const salted = async (words: string) => (words === '' ? '' : (await makeTextBlock(words)).block)
  async function note(complaint: ComplaintDetail, words: string) {
    const block = await salted(words)
    await say(complaint, (signer) => ({ remark: { say: 'note', complaint: complaint.id, reopening: 0, note: block, signer } }))
  }
  async function reopen(complaint: ComplaintDetail, words: string) {
    const block = await salted(words)
    await say(complaint, (signer) => ({
      action: { act: 'reopen', complaint: complaint.id, index: complaint.index + 1, previous: complaint.head, note: block, duplicateOf: ZERO_HASH, signer },
    }))
  }

  return { key, address, waiting, affectedToo, stillOff, note, reopen }
}
