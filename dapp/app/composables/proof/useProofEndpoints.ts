import { computed, ref, shallowRef } from 'vue'
import { serviceFolder, serviceUrl } from '~/api/service'
import { asProofError, type ProofError } from '~/proof/error'
import { ENDPOINT_NAMES, type EndpointName, type Endpoints, parseEndpoint } from '~/proof/endpoints'
import { serviceAt, type ServiceChain } from '~/proof/service'
import { settings } from '~/settings/settings'
import { browserHttp } from './browserHttp'

/** Where each endpoint is kept. */
const SETTINGS = { rpcUrl: 'rpc', gatewayUrl: 'gateway', chainId: 'chainId', anchors: 'anchors', rosters: 'rosters' } as const

/** Whom a check asks: what the reader chose, else what the operator's service names. */
export function useProofEndpoints() {
  const named = shallowRef<ServiceChain>()
  const error = shallowRef<ProofError>()
  const isLoading = ref(false)

  /** Asks the service for its chain and contracts. */
  async function load() {
    isLoading.value = true
    error.value = undefined
    const { http } = browserHttp()
    try {
      named.value = await serviceAt(serviceUrl('graphql'), http).chain()
    } catch (thrown) {
      error.value = asProofError(thrown)
    } finally {
      isLoading.value = false
    }
  }

  const operators = computed<Partial<Endpoints>>(() => ({
    rpcUrl: new URL('rpc', serviceFolder()).href,
    gatewayUrl: new URL('ipfs/', serviceFolder()).href,
    ...named.value,
  }))
  const own = computed(() => {
    const chosen = ENDPOINT_NAMES.map((name) => [name, settings[SETTINGS[name]]] as const)
    return Object.fromEntries(chosen.filter(([, value]) => value !== null)) as Partial<Endpoints>
  })
  const all = computed<Partial<Endpoints>>(() => ({ ...operators.value, ...own.value }))
  /** All that a check needs; none while the service has not said it and nobody else has. */
  const endpoints = computed(() =>
    ENDPOINT_NAMES.every((name) => all.value[name] !== undefined) ? (all.value as Endpoints) : undefined,
  )
  const isOwn = (name: EndpointName) => own.value[name] !== undefined
  /** What is still the operator's and must be trusted; a gateway need not be, since each block is checked. */
  const trusted = computed(() => ENDPOINT_NAMES.filter((name) => name !== 'gatewayUrl' && !isOwn(name)))

  /** Keeps what was typed; gives the names of what cannot be used, and then keeps nothing. */
  function replace(typed: Record<EndpointName, string>): EndpointName[] {
    const parsed = ENDPOINT_NAMES.map((name) => [name, typed[name].trim() === '' ? null : parseEndpoint(name, typed[name])] as const)
    const wrong = parsed.filter(([name, value]) => value === null && typed[name].trim() !== '').map(([name]) => name)
    if (wrong.length === 0) Object.assign(settings, Object.fromEntries(parsed.map(([name, value]) => [SETTINGS[name], value])))
    return wrong
  }

  return { load, isLoading, error, all, own, endpoints, isOwn, trusted, replace }
}
