// An area's id, and how the contracts spell it.
import { toHex, utf8 } from './bytes'

/** 1 to 31 of a-z, 0-9 and `-`. */
export const isAreaId = (text: string): boolean => /^[a-z0-9-]{1,31}$/.test(text)

/** ASCII, left-aligned, padded with zeros. */
export const areaBytes32 = (areaId: string): string => `0x${toHex(utf8(areaId)).padEnd(64, '0')}`
