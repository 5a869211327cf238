// Blocks from IPFS, named by their SHA-256 and checked against it: who serves them is not trusted.
import type { Bytes } from './bytes'
import { cidOf } from './cid'
import { ProofError } from './error'
import type { Http } from './http'
import { digestOf } from './sha256'

export interface Gateway {
  /** The block with this digest, of at most so many bytes. */
  block(digest: string, limitBytes: number): Promise<Bytes>
  /** The block's length as the gateway states it, if it does; nothing depends on it. */
  lengthOf(digest: string): Promise<number | undefined>
  /** Where a block is asked for. */
  urlOf(digest: string): string
}

/** A trustless IPFS gateway; `url` is the folder behind which a CID gives a block. */
export function gatewayAt(url: string, http: Http): Gateway {
  const urlOf = (digest: string) => `${url}${cidOf(digest)}?format=raw`
  return {
    urlOf,
    async block(digest, limitBytes) {
      const request = { who: 'gateway' as const, url: urlOf(digest), limitBytes }
      const { status, bytes } = await http(request)
      if (status !== 200) throw new ProofError('status', { who: 'gateway', url: request.url, status })
      const found = await digestOf(bytes)
      if (found !== digest) throw new ProofError('blockBytes', { cid: cidOf(digest), digest, found, bytes: bytes.length })
      return bytes
    },
    async lengthOf(digest) {
      try {
        const answer = await http({ who: 'gateway', url: urlOf(digest), isHead: true, limitBytes: 0 })
        return answer.status === 200 ? answer.lengthBytes : undefined
      } catch {
        // Only an estimate is lost; the fetch itself will say what is wrong.
        return undefined
      }
    },
  }
}
