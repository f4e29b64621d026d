import type { components } from '@/gen/api'
import { formatFull } from '@/shared/format'
import { t } from '@/shared/i18n'

type EventDetail = components['schemas']['EventDetail']
const LEVEL: Record<string, number> = { critical: 1, high: 2, medium: 3, low: 4, info: 4 }

/** What a warning says before anybody has edited it: taken from the event and from whose it is. */
export function draftFromEvent(e: EventDetail) {
  const end = (ip?: string | null, port?: number | null) => (ip ? (port ? `${ip}:${port}` : ip) : '—')
  const victim = e.victim_ip ?? e.domain ?? e.url ?? '—'
  const lines = [
    t('warnings.draft.what', { time: formatFull(e.occurred_at), source: e.source_name ?? '—', name: e.name, n: e.count ?? 1 }),
    t('warnings.draft.ends', { src: end(e.src_ip, e.src_port), dst: end(e.dst_ip, e.dst_port) }),
    e.verdict === 'owned' ? t('warnings.draft.owner', { victim, org: e.org_name ?? '—', asset: e.asset_name ?? '—', score: e.confidence ?? 0 }) : t('warnings.draft.no_owner', { victim }),
  ]
  return {
    title: (e.name ?? '').slice(0, 200),
    kind_code: /vuln|cve|exploit/i.test(`${e.category} ${e.name}`) ? ('vulnerability' as const) : /malware|trojan|virus|worm|botnet/i.test(`${e.category} ${e.name}`) ? ('malware' as const) : ('attack' as const),
    level: LEVEL[e.severity ?? ''] ?? 3,
    source_kind: e.format === 'hisec' ? ('hisec' as const) : ('local' as const),
    content: lines.join('\n'),
    measures: t('warnings.draft.measures'),
    orgs: e.verdict === 'owned' && e.org_id ? [e.org_id] : [],
  }
}
