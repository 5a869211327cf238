import { describe, expect, it } from 'vitest'
import { areasOf } from '../../app/composables/answer/useOverview'

const counts = (off: number) => ({ on: 0, off, noData: 0, total: 100 })
const area = (areaId: string, off: number) => ({ areaId, name: `Area ${areaId}`, sitesByState: counts(off), customersByState: counts(off) })

describe('the areas of both halves of the world', () => {
  it('each once, also one that lies in both; most customers off first, then by name', () => {
    const east = { areas: [area('c', 0), area('b', 0), area('a', 3)], groups: [] }
    const west = { areas: [area('b', 0), area('d', 7)], groups: [] }
    expect(areasOf({ east, west }).map(({ areaId }) => areaId)).toEqual(['d', 'a', 'b', 'c'])
  })
})
