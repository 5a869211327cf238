// The page's document, as the build leaves it: the same bytes each time, and the words of the reader's language asked for
// together with the scripts, which saves a round trip before the first answer.
import type { Manifest } from 'vue-bundle-renderer'

/** File of each language by its code. */
const languages: Record<string, string> = {}

/** Takes the names that the bundler gave. */
export function noteFiles(manifest: Manifest): void {
  for (const file of Object.values(manifest)) {
    const code = /i18n\/locales\/(\w+)\.json/.exec(file.src ?? '')?.[1]
    if (code !== undefined) languages[code] = file.file
  }
}

/** Runs before the page's scripts; which language is the same choice as that of useLanguage.ts. */
const preload = () => `
(function (files) {
  var code = '';
  try { code = (JSON.parse(localStorage.getItem('power-tracker')) || {}).language || ''; } catch (e) {}
  var tags = navigator.languages || [navigator.language];
  for (var i = 0; i < tags.length && !files[code]; i++) code = tags[i].slice(0, 2).toLowerCase();
  var link = document.createElement('link');
  link.rel = 'modulepreload';
  link.href = './_nuxt/' + (files[code] || files.en);
  link.crossOrigin = '';
  document.head.appendChild(link);
})(${JSON.stringify(languages)});
`.replace(/\n\s*/g, ' ').trim()

/** The document without the time of its making, and with the preload. */
export function finished(html: string): string {
  const steady = html.replace(/prerenderedAt:\d+,?/, '')
  return Object.keys(languages).length > 0 ? steady.replace('<link rel="stylesheet"', () => `<script>${preload()}</script><link rel="stylesheet"`) : steady
}
