// Signing in as EIP-4361 has it: a message in words, signed by the account and checked in this browser. The service learns
// nothing of it: it only shows this page that whoever acts holds the account. No act follows from it.
import { Interface } from 'ethers/abi'
import { hashMessage, verifyMessage } from 'ethers/hash'
import { NodeRefused, readContract } from '../complaint/node'
import { toHex } from '../proof/bytes'
import { AccountProblem } from './problem'

/** Bytes of a nonce: more than enough that none comes twice. */
const NONCE_BYTES = 12

export interface SignIn {
  /** The authority that asks: host and port of the page. */
  domain: string
  address: string
  uri: string
  chainId: number
  nonce: string
  issuedAt: string
}

/** EIP-4361 takes ASCII here; what it says stands on the page in the reader's language. */
const STATEMENT = 'Sign in to the officials panel of Power Tracker. This permits nothing and costs nothing: every act is signed by itself.'

/** A message for now, from this page. */
export const signInFor = (address: string, chainId: number, page: URL, nowMs: number): SignIn => ({
  domain: page.host,
  address,
  uri: `${page.origin}${page.pathname}`,
  chainId,
  nonce: toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))),
  issuedAt: new Date(nowMs).toISOString(),
})

/** The words that are signed (EIP-4361, ABNF message format). */
export const signInText = ({ domain, address, uri, chainId, nonce, issuedAt }: SignIn): string =>
  [
    `${domain} wants you to sign in with your Ethereum account:`,
    address,
    '',
    STATEMENT,
    '',
    `URI: ${uri}`,
    'Version: 1',
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt}`,
  ].join('\n')

const ERC1271 = new Interface(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)'])
const TAKEN = ERC1271.getFunction('isValidSignature')!.selector

/** Throws where the words were not signed by the account: by its key, or by what its contract takes (ERC-1271). */
export async function checkSignature(text: string, address: string, signature: string): Promise<void> {
  try {
    if (verifyMessage(text, signature) === address) return
  } catch {
    // Not the form of a key's signature: a contract may take it all the same.
  }
  try {
    const [answer] = await readContract(ERC1271, address, 'isValidSignature', [hashMessage(text), signature])
    if (answer === TAKEN) return
  } catch (thrown) {
    // No contract, or one that takes no signatures; anything else is for the caller.
    if (!(thrown instanceof NodeRefused) && !isNoAnswer(thrown)) throw thrown
  }
  throw new AccountProblem('notSigned')
}

/** Where there is no contract the answer is empty, which decodes to nothing. */
const isNoAnswer = (thrown: unknown): boolean => Object(thrown).code === 'BAD_DATA'
