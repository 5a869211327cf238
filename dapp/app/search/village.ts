// A place of the basemap: it has a name and lies somewhere, but no device tells of its power.

export interface Village {
  name: string
  latitudeDeg: number
  longitudeDeg: number
}

/** Longest name that an address may bring. */
const MAX_NAME = 100

/** The page that says how it stands near a village. */
export const villageLink = ({ name, latitudeDeg, longitudeDeg }: Village): string =>
  `/?near=${latitudeDeg.toFixed(6)},${longitudeDeg.toFixed(6)}&name=${encodeURIComponent(name)}`

/** The village that an address names (`#/?near=28.293921,77.125104&name=Abhepur`); none where it names none. */
export function villageOf({ near, name }: Record<string, unknown>): Village | null {
  const parts = typeof near === 'string' ? /^(-?\d{1,2}(?:\.\d{1,6})?),(-?\d{1,3}(?:\.\d{1,6})?)$/.exec(near) : null
  if (!parts || typeof name !== 'string' || name.trim() === '') return null
  const [latitudeDeg, longitudeDeg] = [Number(parts[1]), Number(parts[2])]
  if (Math.abs(latitudeDeg) > 90 || Math.abs(longitudeDeg) > 180) return null
  return { name: name.trim().slice(0, MAX_NAME), latitudeDeg, longitudeDeg }
}
