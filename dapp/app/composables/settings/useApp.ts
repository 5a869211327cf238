import { onBeforeUnmount, onMounted, watchEffect } from 'vue'
import { settings } from '~/settings/settings'
import { webFolder } from '~/settings/addresses'
import { isOnline } from '~/status/service'
import { startClock } from '~/time/clock'
import { useFormat } from './useFormat'

/** What the page as a whole keeps up: language, theme, clock, network, and a service named by the link that opened it. */
export function useApp() {
  const { t, locale } = useFormat()
  const route = useRoute()
  useHead({ title: () => t('app.title'), htmlAttrs: { lang: () => locale.value } })

  watchEffect(() => {
    const named = route.query.service
    const folder = typeof named === 'string' ? webFolder(named) : null
    if (folder !== null) settings.service = folder
  })

  const dark = matchMedia('(prefers-color-scheme: dark)')
  const paint = () => {
    const theme = settings.theme === 'auto' ? (dark.matches ? 'dark' : 'light') : settings.theme
    document.documentElement.dataset.theme = theme
  }
  watchEffect(paint)

  onMounted(() => {
    const stopClock = startClock()
    const online = () => (isOnline.value = navigator.onLine)
    window.addEventListener('online', online)
    window.addEventListener('offline', online)
    dark.addEventListener('change', paint)
    onBeforeUnmount(() => {
      stopClock()
      window.removeEventListener('online', online)
      window.removeEventListener('offline', online)
      dark.removeEventListener('change', paint)
    })
  })
  return { t }
}
