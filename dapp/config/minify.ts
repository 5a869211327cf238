// Makes the files small. Terser by itself names variables by how often letters occurred in all files that a worker has
// seen, so two builds could differ: the names here are simply counted.
const FIRST = 'etnrisoalucdhfpmgvybwkxjqzETNRISOALUCDHFPMGVYBWKXJQZ$_'
const REST = `${FIRST}0123456789`

/** The n-th shortest name, from 0. */
function nthName(n: number): string {
  let name = FIRST[n % FIRST.length]!
  for (let rest = Math.floor(n / FIRST.length); rest > 0; rest = Math.floor(rest / REST.length)) {
    rest--
    name += REST[rest % REST.length]!
  }
  return name
}

export const terserOptions = {
  compress: { passes: 2 },
  mangle: { nth_identifier: { get: nthName } },
  format: { comments: false as const },
}
