import { ask } from '~/api/client'
import { OVERVIEW } from '~/api/queries'
import type { Overview } from '~/api/types'
import { usePolled } from './usePolled'

/** All areas and how far everything is, kept up to date. */
export const useOverview = () => usePolled(() => ask<Overview>(OVERVIEW))
