import { ask } from '~/api/client'
import { AboutService } from '~/api/generated/about'
import type { AboutServiceQuery } from '~/api/generated/types'
import { useLive } from '~/composables/status/useLive'

/** What the readings rest on, kept up to date. */
export const useAbout = () =>
  useLive<AboutServiceQuery>(
    () => 'about',
    (signal) => ask(AboutService, {}, signal),
  )
