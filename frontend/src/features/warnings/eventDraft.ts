import { victimOf, type EventDetail } from '@/features/ingest/words'
import { formatEnd, formatFull, formatNumber } from '@/shared/format'
import { t } from '@/shared/i18n'

const LEVEL: Record<string, number> = { critical: 1, high: 2, medium: 3, low: 4, info: 4 }
const KIND = [
  ['vulnerability', /vuln|cve-?\d|exploit|漏洞/i],
  ['malware', /malware|trojan|virus|worm|botnet|ransom|木马|病毒|蠕虫|僵尸|勒索|挖矿/i],
] as const

function ownerLine(e: EventDetail): string {
  const victim = victimOf(e)
  if (e.verdict !== 'owned' || !e.org_name) return t('warnings.draft.no_owner', { victim })
  const named = { victim, org: e.org_name, asset: e.asset_name ?? '', score: e.confidence ?? 0 }
  return t(e.asset_name ? 'warnings.draft.owner' : 'warnings.draft.owner_only', named)
}

/** What a warning says before anybody has edited it: taken from the event and from whose it is. The level is a suggestion. */
export function draftFromEvent(e: EventDetail) {
  const kind = KIND.find(([, words]) => words.test(`${e.category ?? ''} ${e.name ?? ''}`))?.[0] ?? 'attack'
  return {
    title: (e.name ?? '').slice(0, 200),
    kind_code: kind as 'vulnerability' | 'malware' | 'attack',
    level: LEVEL[e.severity ?? ''] ?? 3,
    source_kind: e.format === 'hisec' ? ('hisec' as const) : ('local' as const),
    content: [
      t('warnings.draft.what', { time: formatFull(e.occurred_at), source: e.source_name ?? '—', name: e.name ?? '', n: formatNumber(e.count ?? 1) }),
      t('warnings.draft.ends', { src: formatEnd(e.src_ip, e.src_port), dst: formatEnd(e.dst_ip, e.dst_port) }),
      ownerLine(e),
    ].join('\n'),
    measures: t('warnings.draft.measures'),
    orgs: e.verdict === 'owned' && e.org_id ? [e.org_id] : [],
  }
}
