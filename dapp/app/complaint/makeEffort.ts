// The effort of a submission: in a worker, or here in small steps where the browser gives none.
import { fromHex } from '../proof/bytes'
import { MAX_EFFORT_BITS, STEP_HASHES, tryStep } from './effort'
import type { EffortNews, EffortTask } from './effort.worker'

/** Told how far it is, 0 to 1: by how many hashes such an effort takes on average. */
export type Progress = (share: number) => void

/** Most bits are asked for by a service that is none of ours. */
export class TooMuchEffort extends Error {}

/** Finds the smallest number for a digest that was signed (0x and hex). It can be stopped. */
export async function makeEffort(signedDigest: string, bits: number, progress: Progress, signal: AbortSignal): Promise<number> {
  if (bits > MAX_EFFORT_BITS) throw new TooMuchEffort(String(bits))
  const digest = fromHex(signedDigest.slice(2))!
  const told = (hashes: number) => progress(1 - Math.exp(-hashes / 2 ** bits))
  const worker = startWorker()
  try {
    return worker ? await inWorker(worker, { digest, bits }, told, signal) : await inSteps({ digest, bits }, told, signal)
  } finally {
    worker?.terminate()
  }
}

function startWorker(): Worker | null {
  try {
    return new Worker(new URL('./effort.worker.ts', import.meta.url), { type: 'module' })
  } catch {
    return null
  }
}

function inWorker(worker: Worker, task: EffortTask, told: (hashes: number) => void, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    // A worker that does not start (its file is not there, an old browser): the same here.
    worker.onerror = () => inSteps(task, told, signal).then(resolve, reject)
    worker.onmessage = ({ data }: MessageEvent<EffortNews>) => ('number' in data ? resolve(data.number) : told(data.hashes))
    worker.postMessage(task)
  })
}

async function inSteps({ digest, bits }: EffortTask, told: (hashes: number) => void, signal: AbortSignal): Promise<number> {
  for (let from = 0; ; from += STEP_HASHES) {
    signal.throwIfAborted()
    const number = tryStep(digest, bits, from)
    if (number !== null) return number
    told(from + STEP_HASHES)
    await new Promise((resolve) => setTimeout(resolve))
  }
}
