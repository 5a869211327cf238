// Makes the effort beside the page, so that nothing on it stands still.
import type { Bytes } from '../proof/bytes'
import { STEP_HASHES, tryStep } from './effort'

export interface EffortTask {
  digest: Bytes
  bits: number
}
export type EffortNews = { hashes: number } | { number: number }

const send = (news: EffortNews) => (self as unknown as { postMessage(news: EffortNews): void }).postMessage(news)

self.onmessage = ({ data: { digest, bits } }: MessageEvent<EffortTask>) => {
  for (let from = 0; ; from += STEP_HASHES) {
    const number = tryStep(digest, bits, from)
    if (number !== null) return send({ number })
    send({ hashes: from + STEP_HASHES })
  }
}
