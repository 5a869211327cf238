import { describe, expect, it } from 'vitest'
import { loadOwn, parseEndpoint, saveOwn, type Shelf } from '../../app/proof/endpoints'

function shelf(kept?: string): Shelf & { kept?: string } {
  const self = {
    kept,
    getItem: () => self.kept ?? null,
    setItem: (_: string, value: string) => void (self.kept = value),
    removeItem: () => void (self.kept = undefined),
  }
  return self
}

describe('an endpoint', () => {
  it('is an address of the web without a password', () => {
    expect(parseEndpoint('rpcUrl', ' https://rpc.test ')).toBe('https://rpc.test/')
    expect(parseEndpoint('rpcUrl', 'http://127.0.0.1:8545')).toBe('http://127.0.0.1:8545/')
    for (const text of ['', 'rpc.test', 'javascript:alert(1)', 'file:///etc/passwd', 'ws://rpc.test', 'https://a:b@rpc.test']) {
      expect(parseEndpoint('rpcUrl', text), text).toBeUndefined()
    }
  })

  it('is the folder of a gateway', () => {
    for (const text of ['https://ipfs.test', 'https://ipfs.test/', 'https://ipfs.test/ipfs', 'https://ipfs.test/ipfs/?x#y']) {
      expect(parseEndpoint('gatewayUrl', text), text).toBe('https://ipfs.test/ipfs/')
    }
    expect(parseEndpoint('gatewayUrl', 'https://ipfs.test/below')).toBe('https://ipfs.test/below/ipfs/')
  })

  it('is a chain or a contract', () => {
    expect(parseEndpoint('chainId', '137')).toBe(137)
    for (const text of ['0', '-1', '1.5', '0x89', '1e3', '99999999999999999999', 'one']) {
      expect(parseEndpoint('chainId', text), text).toBeUndefined()
    }
    expect(parseEndpoint('anchors', `0x${'aB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
    for (const text of ['0x12', 'ab'.repeat(20), `0x${'zz'.repeat(20)}`]) expect(parseEndpoint('rosters', text)).toBeUndefined()
  })
})

describe('what the reader replaced', () => {
  it('is kept and read again', () => {
    const kept = shelf()
    expect(saveOwn(kept, { rpcUrl: 'https://rpc.test/', chainId: 137 })).toBe(true)
    expect(loadOwn(kept)).toEqual({ rpcUrl: 'https://rpc.test/', chainId: 137 })
    saveOwn(kept, {})
    expect(kept.kept).toBeUndefined()
  })

  it('is left out where it no longer parses', () => {
    for (const text of ['', '{', 'null', '7', '[]', '{"rpcUrl":7,"chainId":"x","zz":1}']) expect(loadOwn(shelf(text))).toEqual({})
    expect(loadOwn(shelf('{"rpcUrl":"ftp://x","chainId":5}'))).toEqual({ chainId: 5 })
  })

  it('is lost where the browser keeps nothing, and that is said', () => {
    const broken: Shelf = {
      getItem: () => { throw new Error('denied') },
      setItem: () => { throw new Error('full') },
      removeItem: () => {},
    }
    expect(loadOwn(broken)).toEqual({})
    expect(saveOwn(broken, { chainId: 1 })).toBe(false)
  })
})
