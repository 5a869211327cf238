// A Safe of one owner: the widespread wallet that is a contract, from its own artifacts, on the chain of this run.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { AbiCoder, Contract, ContractFactory, NonceManager, ZeroAddress, type BaseContract, type Wallet } from 'ethers'

const require = createRequire(import.meta.url)
const artifact = (path: string) =>
  JSON.parse(readFileSync(require.resolve(`@safe-global/safe-smart-account/build/artifacts/contracts/${path}.json`), 'utf8')) as { abi: never[]; bytecode: string }

/** Deploys a Safe whose one owner is this key; `payer` pays. Gives its address. */
export async function deploySafe(owner: string, payer: Wallet): Promise<string> {
  // Transactions in a row: each with the next number.
  const sender = new NonceManager(payer)
  const deploy = async (path: string): Promise<BaseContract> => {
    const { abi, bytecode } = artifact(path)
    return (await new ContractFactory(abi, bytecode, sender).deploy()).waitForDeployment()
  }
  const singleton = await deploy('Safe.sol/Safe')
  const handler = await deploy('handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler')
  const factory = (await deploy('proxies/SafeProxyFactory.sol/SafeProxyFactory')) as Contract
  const setup = singleton.interface.encodeFunctionData('setup', [[owner], 1, ZeroAddress, '0x', await handler.getAddress(), ZeroAddress, 0, ZeroAddress])
  const args = [await singleton.getAddress(), setup, 0]
  const address = String(await factory.getFunction('createProxyWithNonce').staticCall(...args))
  await (await factory.getFunction('createProxyWithNonce').send(...args)).wait()
  return address
}

/** What the owner signs for the Safe to be the signer of a hash (ERC-1271). */
export const signAsSafe = (safe: string, chainId: number, owner: Wallet, hash: string): Promise<string> =>
  owner.signTypedData(
    { chainId, verifyingContract: safe },
    { SafeMessage: [{ name: 'message', type: 'bytes' }] },
    { message: AbiCoder.defaultAbiCoder().encode(['bytes32'], [hash]) },
  )
