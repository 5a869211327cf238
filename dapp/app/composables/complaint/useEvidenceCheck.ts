import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'
import { serviceUrl } from '~/api/service'
import { complaintsDomain, filingId, ZERO_HASH, type Filing } from '~/complaint/typed-data'
import { browserHttp } from '~/composables/proof/browserHttp'
import { useProofEndpoints } from '~/composables/proof/useProofEndpoints'
import { type Filed, planEvidence } from '~/proof/evidence'
import { sourcesAt } from '~/proof/sources'
import { EVIDENCE_STEPS, pending, runSteps, type Step } from '~/proof/steps'
import { verdictOf } from '~/proof/verdict'
import type { ComplaintDetail } from './useComplaintPage'

/** What was filed, by the service's word; the check makes the complaint's number of it anew. */
function filedOf(complaint: ComplaintDetail, contract: string, chainId: number): Filed {
  const filing: Filing = {
    area: complaint.areaId,
    site: complaint.siteId ?? '',
    feeder: complaint.feederId ?? '',
    class: complaint.class,
    text: `0x${complaint.textDigest}`,
    evidence: complaint.evidenceDigest ? `0x${complaint.evidenceDigest}` : ZERO_HASH,
    filer: complaint.filer,
  }
  const { areaId, evidenceDigest } = complaint
  const hash = () => filingId(filing, complaintsDomain(chainId, contract))
  return { id: complaint.id, areaId, siteId: filing.site, feederId: filing.feeder, digest: evidenceDigest ?? '', hash, contract }
}

/** One check of a complaint's evidence, computed in this browser from chain and IPFS. */
export function useEvidenceCheck(complaint: () => ComplaintDetail, contract: () => string) {
  const hosts = useProofEndpoints()
  const steps = shallowRef<Step[]>(pending(EVIDENCE_STEPS))
  const records = ref(0)
  const isBusy = ref(false)
  const verdict = computed(() => verdictOf(steps.value))
  const stopping = new AbortController()
  onBeforeUnmount(() => stopping.abort())

  async function run() {
    if (isBusy.value) return
    isBusy.value = true
    steps.value = pending(EVIDENCE_STEPS)
    try {
      if (!hosts.endpoints.value) await hosts.load()
      const at = hosts.endpoints.value
      if (!at) return
      const sources = sourcesAt(at, serviceUrl('graphql'), browserHttp(stopping.signal).http)
      const plan = planEvidence(filedOf(complaint(), contract(), at.chainId), sources)
      await runSteps(plan.steps, (now) => (steps.value = now))
      records.value = plan.block()?.records.length ?? 0
    } finally {
      isBusy.value = false
    }
  }
  return { steps, verdict, records, isBusy, hosts, run }
}
