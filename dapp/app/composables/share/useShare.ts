import { ref } from 'vue'
import type { PlaceAnswer } from '~/answer/place'
import { isForeignService, pageFolder, serviceFolder } from '~/api/service'
import { drawAnswer } from '~/share/picture'
import { useFormat } from '~/composables/settings/useFormat'
import { provenanceWords } from '~/provenance/words'
import { provenance } from '~/status/service'
import { nowUnixS } from '~/time/clock'

/** Shares an answer: link, words and a picture that says where the readings come from; or copies the link. */
export function useShare(found: () => PlaceAnswer) {
  const { t, format } = useFormat()
  const state = ref<'' | 'copied' | 'shown'>('')
  const link = ref('')

  function address(): string {
    const service = isForeignService() ? `?service=${encodeURIComponent(serviceFolder())}` : ''
    return `${pageFolder()}#${found().page}${service}`
  }

  function words() {
    const { title, context, answer, offsetS } = found()
    const origin = provenance.value && provenanceWords(provenance.value, { t, format: format.value })
    return {
      title,
      context,
      headline: answer?.headline ?? t('answer.removed'),
      scope: answer ? `${answer.scope}; ${t(`proof.short.${answer.anchored}`)}` : '',
      asOf: t('share.asOf', { time: format.value.stamp(nowUnixS.value, offsetS) }),
      origin: origin ? `${origin.title} ${origin.short}` : '',
      state: answer?.state ?? 'NO_DATA',
      link: link.value,
    }
  }

  async function share() {
    link.value = address()
    const told = words()
    const text = [told.title, told.headline, told.scope, told.asOf, told.origin].filter(Boolean).join('\n')
    const picture = await drawAnswer(told).catch(() => null)
    const files = picture ? [new File([picture], 'power.png', { type: 'image/png' })] : []
    const data: ShareData = { title: told.title, text, url: link.value }
    try {
      if (navigator.share) {
        await navigator.share(files.length > 0 && navigator.canShare?.({ ...data, files }) ? { ...data, files } : data)
        return
      }
    } catch (error) {
      // Closed without sharing.
      if ((error as Error).name === 'AbortError') return
    }
    try {
      await navigator.clipboard.writeText(`${text}\n${link.value}`)
      state.value = 'copied'
    } catch {
      state.value = 'shown'
    }
  }
  return { state, link, share }
}
