// Outages as a file. What is not news says so in the file's first lines.
import type { AboutFragment, OutageLineFragment } from '../api/generated/types'
import { offsetWords } from '../time/format'

export type Line = OutageLineFragment & { site?: { siteId: string; locality: string } | null }

export interface Origin {
  provenance: AboutFragment['provenance']
  /** What the page calls it, in words. */
  words: string
  /** The service that answered. */
  service: string
  atUnixS: number
  offsetS: number
}

const COLUMNS = ['outage_id', 'device_id', 'site_id', 'locality', 'feeder_id', 'area_id', 'start_unix_s', 'start_local', 'end_unix_s', 'end_local', 'duration_s', 'start_uncertain', 'end_uncertain', 'provenance'] as const

/** `2026-11-23T07:43:20+05:30`. */
export function localTime(unixS: number, offsetS: number): string {
  const minutes = Math.round(Math.abs(offsetS) / 60)
  const two = (n: number) => String(n).padStart(2, '0')
  const zone = `${offsetS < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  return new Date((unixS + offsetS) * 1000).toISOString().slice(0, 19) + zone
}

/** A cell of a table. A text that a spreadsheet would take for a formula is made plain. */
export function cell(value: string | number | boolean | null): string {
  if (value === null) return ''
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}

const row = (line: Line, { provenance, offsetS }: Origin): Record<(typeof COLUMNS)[number], string | number | boolean | null> => ({
  outage_id: line.id,
  device_id: line.deviceId,
  site_id: line.site?.siteId ?? null,
  locality: line.site?.locality ?? null,
  feeder_id: line.feederId,
  area_id: line.areaId,
  start_unix_s: line.startUnixS,
  start_local: localTime(line.startUnixS, offsetS),
  end_unix_s: line.endUnixS,
  end_local: line.endUnixS === null ? null : localTime(line.endUnixS, offsetS),
  duration_s: line.durationS,
  start_uncertain: line.startUncertain,
  end_uncertain: line.endUncertain,
  provenance: provenance.kind.toLowerCase(),
})

/** Where a file comes from. */
export const head = (origin: Origin) => ({
  provenance: origin.provenance.kind.toLowerCase(),
  is_news: origin.provenance.kind === 'LIVE',
  note: origin.words,
  source: origin.provenance.source,
  shift_s: origin.provenance.shiftS,
  uncertainty_s: origin.provenance.uncertaintyS,
  service: origin.service,
  as_of: localTime(origin.atUnixS, origin.offsetS),
  local_time: offsetWords(origin.offsetS),
})

/** RFC 4180, with the origin in lines that begin with `#`. */
export function outagesCsv(lines: Line[], origin: Origin): string {
  const notes = Object.entries(head(origin)).map(([name, value]) => `# ${name}: ${String(value).replace(/[\r\n]+/g, ' ')}`)
  const table = [COLUMNS.join(','), ...lines.map((line) => Object.values(row(line, origin)).map(cell).join(','))]
  return [...notes, ...table].join('\r\n') + '\r\n'
}

export const outagesJson = (lines: Line[], origin: Origin): string =>
  `${JSON.stringify({ ...head(origin), outages: lines.map((line) => row(line, origin)) }, null, 2)}\n`
