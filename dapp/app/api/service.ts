// Where the page asks: the service beside the page, or the one in the settings.
import { settings } from '../settings/settings'

/** The folder that the page was loaded from; the page's own address without the part behind the #. */
export const pageFolder = (): string => new URL('.', document.baseURI).href

/** The service's folder, ending in a slash. */
export const serviceFolder = (): string => settings.service ?? pageFolder()

/** Whether another service is asked than the one that the page came from. */
export const isForeignService = (): boolean => serviceFolder() !== pageFolder()

/** Address of a part of the service: `graphql`, `rpc`, `ipfs/<cid>`, `basemap/blocks.geojson`. */
export const serviceUrl = (path: string): string => new URL(path, serviceFolder()).href

/** The Ethereum node that proofs are checked against. */
export const rpcUrl = (): string => settings.rpc ?? serviceUrl('rpc')

/** Where blocks are fetched: a CID behind it gives one. */
export const gatewayUrl = (): string => settings.gateway ?? serviceUrl('ipfs/')
