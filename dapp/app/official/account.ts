// Whoever acts: an account that signs what is said, and may send transactions itself.
import type { TypedDataDomain } from 'ethers/hash'
import type { Statement } from '../complaint/typed-data'

export interface Account {
  kind: 'wallet' | 'passkey'
  /** As the wallet is called; empty for a passkey. */
  name: string
  address: string
  /** A signature of the statement; throws an AccountProblem. */
  sign(statement: Statement, domain: TypedDataDomain): Promise<string>
  /** Signs words, which is looked at here: throws an AccountProblem where it was not this account. */
  prove(text: string): Promise<void>
  /** Sends a transaction itself and gives its hash; none of a passkey, which holds and sends nothing. */
  send: ((to: string, data: string) => Promise<string>) | null
}
