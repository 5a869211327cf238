// Hands a file to the reader; nothing leaves the device.

/** Letters that every system takes in a file's name. */
const safe = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'place'

export function download(name: string, extension: string, type: string, content: BlobPart, what = 'outages'): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${what}-${safe(name)}.${extension}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
