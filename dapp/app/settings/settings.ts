// What a reader chose. It is kept on this device and sent nowhere.
import { reactive, watch } from 'vue'
import { chainNumber, contractAddress, gatewayFolder, tileTemplate, webFolder, webUrl } from './addresses'

export type Theme = 'auto' | 'light' | 'dark'
export type Language = 'en' | 'hi'
export type PlaceKind = 'site' | 'feeder' | 'area'

/** A place that was searched or saved. */
export interface Place {
  kind: PlaceKind
  id: string
  name: string
}

export interface Settings {
  /** None: by the browser's languages. */
  language: Language | null
  theme: Theme
  /** None: the page's own folder. */
  service: string | null
  /** None: the service's. */
  rpc: string | null
  /** None: the service's. */
  gateway: string | null
  /** The anchoring contract. None: the one that the service names. */
  anchors: string | null
  /** The contract of rosters. None: the one that the service names. */
  rosters: string | null
  /** Which chain the node must be of (EIP-155). None: the one that the service names. */
  chainId: number | null
  /** Template of a street map's tiles, `https://…/{z}/{x}/{y}.png`. None: the installation's, if it has one. */
  tiles: string | null
  place: Place | null
}

const KEY = 'power-tracker'
/** Longest text that is taken from storage for one value. */
const MAX_TEXT = 500

const DEFAULTS: Settings = { language: null, theme: 'auto', service: null, rpc: null, gateway: null, anchors: null, rosters: null, chainId: null, tiles: null, place: null }

/** Storage may hold anything: an older version's settings, or another page's. What does not fit is the default. */
export function parseSettings(text: string | null): Settings {
  let kept: Record<string, unknown>
  try {
    kept = Object(JSON.parse(text ?? '{}')) as Record<string, unknown>
  } catch {
    kept = {}
  }
  const string = (value: unknown) => (typeof value === 'string' && value.length <= MAX_TEXT ? value : '')
  const place = Object(kept.place) as Record<string, unknown>
  const isPlace = ['site', 'feeder', 'area'].includes(string(place.kind)) && string(place.id) && string(place.name)
  return {
    language: kept.language === 'en' || kept.language === 'hi' ? kept.language : DEFAULTS.language,
    theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : DEFAULTS.theme,
    service: webFolder(string(kept.service)),
    rpc: webUrl(string(kept.rpc)),
    gateway: gatewayFolder(string(kept.gateway)),
    anchors: contractAddress(string(kept.anchors)),
    rosters: contractAddress(string(kept.rosters)),
    chainId: chainNumber(String(kept.chainId)),
    tiles: tileTemplate(string(kept.tiles)),
    place: isPlace ? { kind: place.kind as PlaceKind, id: string(place.id), name: string(place.name) } : null,
  }
}

/** Storage can be refused (private windows, a full disk): the page then works without. */
function storage<T>(use: (storage: Storage) => T): T | null {
  try {
    return use(localStorage)
  } catch {
    return null
  }
}

export const settings = reactive<Settings>(parseSettings(storage((s) => s.getItem(KEY))))

watch(settings, () => storage((s) => s.setItem(KEY, JSON.stringify(settings))), { flush: 'sync' })
