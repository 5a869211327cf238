import { nextTick, onBeforeUnmount } from 'vue'
import { START_LOCATION } from 'vue-router'

/** A heading that comes later than this does not take the focus any more, in milliseconds. */
const PATIENCE_MS = 30_000

const main = () => document.getElementById('main')

function focus(element: HTMLElement | null | undefined) {
  if (!element) return
  element.tabIndex = -1
  element.focus({ preventScroll: true })
}

/**
 * Moves the focus to the new page's heading when the page changes, so that a screen reader says where the reader is and
 * the next Tab goes on from there. Not on the first page: there the browser reads from the top.
 */
export function usePageFocus() {
  const nuxtApp = useNuxtApp()
  let isMoving = false
  let stop = () => {}

  /** The heading; where it comes with the answer, the page's main part until then. */
  function arrive() {
    stop()
    focus(main())
    const take = () => {
      const heading = main()?.querySelector<HTMLElement>('h1')
      if (!heading) return false
      focus(heading)
      return true
    }
    if (take()) return
    const observer = new MutationObserver(() => {
      // Who went on meanwhile is left where they are.
      const isElsewhere = document.activeElement !== document.body && document.activeElement !== main()
      if (isElsewhere || take()) stop()
    })
    observer.observe(document.body, { childList: true, subtree: true })
    const timer = setTimeout(() => stop(), PATIENCE_MS)
    stop = () => {
      observer.disconnect()
      clearTimeout(timer)
      stop = () => {}
    }
  }

  const removeGuard = useRouter().afterEach((to, from, failure) => {
    if (failure || from === START_LOCATION) return
    // Another place on the same page comes without a new one.
    if (to.path === from.path) void nextTick(arrive)
    else isMoving = true
  })
  const removeHook = nuxtApp.hook('page:finish', () => {
    if (!isMoving) return
    isMoving = false
    void nextTick(arrive)
  })
  onBeforeUnmount(() => {
    stop()
    removeGuard()
    removeHook()
  })
}
