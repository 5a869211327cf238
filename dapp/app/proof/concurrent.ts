// Several questions at one time, answers in their order.
import { MAX_CONCURRENT } from './limits'

/** Maps at most `MAX_CONCURRENT` items at one time; the first error ends it. */
export async function mapConcurrently<In, Out>(
  items: readonly In[],
  map: (item: In, i: number) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length)
  let next = 0
  async function work() {
    while (next < items.length) {
      const i = next++
      try {
        results[i] = await map(items[i]!, i)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT, items.length) }, work))
  return results
}
