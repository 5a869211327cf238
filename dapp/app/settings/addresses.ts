// Addresses that people type or that links bring. What is no address of the web is none.

function parsed(text: string): URL | null {
  try {
    const url = new URL(text.trim())
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null
  } catch {
    return null
  }
}

/** An http or https address, or none. */
export const webUrl = (text: string): string | null => parsed(text)?.href ?? null

/** The same as a folder: ends in a slash, without query and fragment. */
export function webFolder(text: string): string | null {
  const url = parsed(text)
  if (!url) return null
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}

/** A gateway as the folder behind which a CID gives a block: `https://host/` becomes `https://host/ipfs/`. */
export function gatewayFolder(text: string): string | null {
  const folder = webFolder(text)
  return folder === null || folder.endsWith('/ipfs/') ? folder : `${folder}ipfs/`
}

/** A template of map tiles, with `{z}`, `{x}` and `{y}`. */
export function tileTemplate(text: string): string | null {
  const template = text.trim()
  if (!['{z}', '{x}', '{y}'].every((part) => template.includes(part))) return null
  return parsed(template.replace(/[{}]/g, '')) ? template : null
}

/** The host of an address, to be shown; of a tile template too. */
export const hostOf = (address: string): string => parsed(address.replace('{s}.', '').replace(/[{}]/g, ''))?.host ?? ''

/** The address of a contract, in lower case. */
export const contractAddress = (text: string): string | null =>
  /^0x[0-9a-f]{40}$/i.test(text.trim()) ? text.trim().toLowerCase() : null

/** The number of a chain (EIP-155). */
export const chainNumber = (text: string): number | null => (/^[1-9]\d{0,14}$/.test(text.trim()) ? Number(text) : null)
