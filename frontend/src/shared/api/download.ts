import { currentLocale } from '../i18n'
import { problemOf } from './problem'

/** The name that the server gives a download (RFC 6266), else `fallback`. */
export function fileNameOf(disposition: string | null, fallback: string): string {
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')
  if (coded) return decodeURIComponent(coded[1]!)
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1] ?? fallback
}

/** Fetches a file in the reader's language and hands it to the browser. A link does where the language does not matter. */
export async function download(path: string, fallback: string): Promise<void> {
  const response = await fetch(path, { credentials: 'same-origin', headers: { 'Accept-Language': currentLocale() } })
  if (!response.ok) throw await problemOf(response)
  const url = URL.createObjectURL(await response.blob())
  const a = document.createElement('a')
  a.href = url
  a.download = fileNameOf(response.headers.get('content-disposition'), fallback)
  a.click()
  URL.revokeObjectURL(url)
}
