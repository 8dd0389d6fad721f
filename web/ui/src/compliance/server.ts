// What the panel asks of the server.
import { api } from '../api/client'
import type { Answer, Entry, RuleSet } from './types'

const checks = '/api/v1/compliance'

/** How many of one's checks a page of the list has. */
export const pageLength = 20

/** The files of a check, in the order of their buttons. */
export const reports = [
  { form: 'html', path: 'report.html', ending: '.html' },
  { form: 'xlsx', path: 'report.xlsx', ending: '.xlsx' },
  { form: 'shp', path: 'pieces.zip', ending: '.zip' },
  { form: 'geojson', path: 'pieces.geojson', ending: '.geojson' },
] as const
export type Report = (typeof reports)[number]

export const server = {
  ruleSets: async () => (await api.get<{ rule_sets: RuleSet[] }>('/api/v1/rule-sets')).rule_sets,
  check: (form: FormData, signal: AbortSignal) => api.post<Answer>(checks, form, signal),
  answer: (id: string, signal: AbortSignal) => api.get<Answer>(address(id), signal),
  /** Runs a check once more against the versions it was made with. */
  again: (id: string, signal: AbortSignal) => api.get<Answer>(`${address(id)}?again=true`, signal),
  /** One's checks, newest first; before is the number of the last one seen, 0 is none. */
  list: async (before: number) => (await api.get<{ checks: Entry[] }>(`${checks}?limit=${pageLength}${before > 0 ? `&before=${before}` : ''}`)).checks,
  /** Saves a file of a check on the computer. */
  async save(id: string, report: Report): Promise<void> {
    const { blob, name } = await api.download(`${address(id)}/${report.path}`)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = name || `compliance_${id.slice(0, 8)}${report.ending}`
    link.click()
    // The browser has taken the blob by the next turn.
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  },
}

function address(id: string): string {
  return `${checks}/${encodeURIComponent(id)}`
}
