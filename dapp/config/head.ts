// What stands in the page's head before anything is loaded.
import type { NuxtAppConfig } from 'nuxt/schema'

// Light or dark before the first paint. And: a browser refuses the page's scripts when it is opened from disk, so words
// must say that, and how to serve the folder. It runs alone, in old browsers too.
const FIRST = `
(function (d, l) {
  var s = {};
  try { s = JSON.parse(localStorage.getItem('power-tracker')) || {}; } catch (e) {}
  var dark = s.theme === 'dark' || (s.theme !== 'light' && window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches);
  d.documentElement.setAttribute('data-theme', dark ? 'dark' : 'light');
  if (l.protocol !== 'file:') return;
  d.addEventListener('DOMContentLoaded', function () {
    d.getElementById('__nuxt').innerHTML = '<main style="max-width:40rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif">' +
      '<h1 style="font-size:1.25rem">This page cannot run from a file</h1>' +
      '<p>Browsers refuse the scripts of a page that is opened from disk. Serve its folder: open a terminal there and run</p>' +
      '<pre style="padding:.75rem;border:1px solid">python3 -m http.server 8000</pre>' +
      '<p>then open <a href="http://localhost:8000/">http://localhost:8000/</a>. Any other web server does as well. The service that answers is named in the settings.</p>' +
      '<div lang="hi"><h1 style="font-size:1.25rem">यह पन्ना सीधे फ़ाइल से नहीं चल सकता</h1>' +
      '<p>डिस्क से खोले गए पन्ने की स्क्रिप्ट ब्राउज़र नहीं चलाता। इस फ़ोल्डर में टर्मिनल खोलकर ऊपर वाला आदेश चलाएँ, फिर <a href="http://localhost:8000/">http://localhost:8000/</a> खोलें।</p></div></main>';
  });
})(document, location);
`

export const head: NuxtAppConfig['head'] = {
  title: 'Power Tracker',
  htmlAttrs: { lang: 'en' },
  meta: [
    { charset: 'utf-8' },
    { name: 'viewport', content: 'width=device-width, initial-scale=1' },
    { name: 'color-scheme', content: 'light dark' },
    { name: 'theme-color', content: '#f6f5f1', media: '(prefers-color-scheme: light)' },
    { name: 'theme-color', content: '#121315', media: '(prefers-color-scheme: dark)' },
    { name: 'referrer', content: 'no-referrer' },
    { name: 'description', content: 'Is the power out, since when, and is it proven? Signed readings, anchored on a public chain.' },
  ],
  link: [
    { rel: 'icon', type: 'image/svg+xml', href: './icon.svg' },
    { rel: 'manifest', href: './manifest.webmanifest' },
    { rel: 'apple-touch-icon', href: './icon-192.png' },
  ],
  script: [{ innerHTML: FIRST.replace(/\n\s*/g, ' ').trim(), tagPosition: 'head' }],
}
