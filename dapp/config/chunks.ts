// Which files the browser loads together. On a slow network every file costs a round trip, so there are few: what the
// first words need, the map, the pages of places, and the rest.
const GROUPS: [name: string | null, parts: RegExp][] = [
  // Complaints are asked for on their own pages only; none of theirs comes with the first words. Where it lies the bundler
  // knows best: some pages sign, others only read.
  [null, /\/app\/api\/generated\/(complaint|complaints|notices|officials|submit)\.ts/],
  ['map', /\/app\/(components|composables|)\/?map\/(?!world)|\/node_modules\/(leaflet|supercluster|kdbush)\//],
  // With what every component and every lazy one needs of the compilers.
  ['first', /vite\/preload-helper|plugin-vue:export-helper|\/app\/(pages\/index\.vue|components\/(answer|search|status|layout|provenance)\/|composables\/(answer|layout|search|status|settings)\/|(answer|api|provenance|search|settings|status|time)\/|map\/world)/],
  ['places', /\/app\/(pages\/(site|feeder|area|batch)\/|components\/(site|feeder|area|batch|timeline|share)\/|composables\/(site|feeder|area|batch|share)\/|(area|export|share|timeline)\/)/],
]

/** The group of a module; none for those that the bundler places. */
export const chunkOf = (id: string): string | undefined => GROUPS.find(([, parts]) => parts.test(id))?.[0] ?? undefined
