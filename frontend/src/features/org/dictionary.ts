import { t } from '@/shared/i18n'

/** Codes as the platform exchanges them (CL_ORG_TYPE, CL_ORG_LEVEL); the words are in the catalogue. */
export const ORG_TYPES = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '99']
export const ORG_LEVELS = ['1', '2', '3', '4', '5']
export const DUTIES = ['principal', 'security_leader', 'department_head', 'liaison', 'emergency', 'staff'] as const

export const typeName = (code?: string | null) => (code ? t(`org.type.${code}`) : '—')
export const levelName = (code?: string | null) => (code ? t(`org.level.${code}`) : '—')
export const dutyName = (code?: string | null) => (code ? t(`org.duty.${code}`) : '—')
