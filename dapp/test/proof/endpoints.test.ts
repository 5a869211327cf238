import { describe, expect, it } from 'vitest'
import { parseEndpoint } from '../../app/proof/endpoints'

describe('an endpoint', () => {
  it('is an address of the web', () => {
    expect(parseEndpoint('rpcUrl', ' https://rpc.test ')).toBe('https://rpc.test/')
    expect(parseEndpoint('rpcUrl', 'http://127.0.0.1:8545')).toBe('http://127.0.0.1:8545/')
    for (const text of ['', 'rpc.test', 'javascript:alert(1)', 'file:///etc/passwd', 'ws://rpc.test']) {
      expect(parseEndpoint('rpcUrl', text), text).toBeNull()
    }
  })

  it('is the folder of a gateway', () => {
    for (const text of ['https://ipfs.test', 'https://ipfs.test/', 'https://ipfs.test/ipfs', 'https://ipfs.test/ipfs/?x#y']) {
      expect(parseEndpoint('gatewayUrl', text), text).toBe('https://ipfs.test/ipfs/')
    }
    expect(parseEndpoint('gatewayUrl', 'https://ipfs.test/below')).toBe('https://ipfs.test/below/ipfs/')
  })

  it('is a chain or a contract', () => {
    expect(parseEndpoint('chainId', ' 137')).toBe(137)
    for (const text of ['', '0', '-1', '1.5', '0x89', '1e3', '99999999999999999999', 'one']) {
      expect(parseEndpoint('chainId', text), text).toBeNull()
    }
    expect(parseEndpoint('anchors', `0x${'aB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
    for (const text of ['0x12', 'ab'.repeat(20), `0x${'zz'.repeat(20)}`]) expect(parseEndpoint('rosters', text)).toBeNull()
  })
})
