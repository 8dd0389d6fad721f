// Sends the bytes of an import. A connection that breaks off is taken up again
// where the server says that it stopped.
import { ApiError, asApiError, bearer } from '../api/client'

/** Bytes of a request: small enough that a proxy lets it through, and little is sent twice. */
const piece = 16 << 20

/** How often it is tried again without a byte having come through, and how long before, in milliseconds. */
const patience = [500, 1500, 4000, 8000]

export interface Upload {
  /** The path that takes the bytes. */
  path: string
  body: Blob
  signal: AbortSignal
  progress: (sent: number) => void
}

/** What one request came to. */
interface Answer {
  status: number
  offset: number
  problem?: ApiError
}

/** Sends all of it. An AbortError when the signal says so, else an ApiError. */
export async function upload(u: Upload, request: typeof sendPiece = sendPiece, wait: (ms: number) => Promise<void> = pause): Promise<void> {
  let offset = 0
  let failures = 0
  while (offset < u.body.size) {
    const answer = await request(u, offset).catch((thrown: unknown) => {
      if (u.signal.aborted) throw thrown
      return { status: 0, offset: -1, problem: asApiError(thrown) } as Answer
    })
    if (answer.status === 204 || answer.status === 200) {
      failures = answer.offset > offset ? 0 : failures + 1
      offset = answer.offset
      continue
    }
    const delay = patience[failures++]
    const again = answer.status === 0 || answer.status >= 502 || answer.status === 409 || answer.status === 423
    if (!again || delay === undefined) throw answer.problem ?? new ApiError(`http-${answer.status}`, '上传没有完成，请重试。', 'The upload was not completed; try again.')
    await wait(delay)
    if (u.signal.aborted) throw new DOMException('aborted', 'AbortError')
    offset = await received(u, offset)
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/** How many bytes the server has; as many as thought where it does not answer. */
async function received({ path, signal }: Upload, thought: number): Promise<number> {
  try {
    const response = await fetch(path, { method: 'HEAD', signal, headers: { Authorization: `Bearer ${bearer()}` }, credentials: 'same-origin', cache: 'no-store' })
    const offset = Number(response.headers.get('Upload-Offset') ?? NaN)
    return response.ok && Number.isInteger(offset) ? offset : thought
  } catch (thrown) {
    if (signal.aborted) throw thrown
    return thought
  }
}

/** Sends the next piece. XMLHttpRequest, because fetch does not tell how far it is. */
export function sendPiece({ path, body, signal, progress }: Upload, offset: number): Promise<Answer> {
  return new Promise((done, fail) => {
    const x = new XMLHttpRequest()
    const cancel = () => x.abort()
    x.open('PATCH', path)
    x.setRequestHeader('Authorization', `Bearer ${bearer()}`)
    x.setRequestHeader('Content-Type', 'application/offset+octet-stream')
    x.setRequestHeader('Upload-Offset', String(offset))
    x.upload.onprogress = (e) => progress(offset + e.loaded)
    x.onload = () => done({ status: x.status, offset: Number(x.getResponseHeader('Upload-Offset') ?? offset), problem: problemOf(x) })
    x.onerror = () => done({ status: 0, offset })
    x.onabort = () => fail(new DOMException('aborted', 'AbortError'))
    x.onloadend = () => signal.removeEventListener('abort', cancel)
    if (signal.aborted) {
      fail(new DOMException('aborted', 'AbortError'))
      return
    }
    signal.addEventListener('abort', cancel)
    x.send(body.slice(offset, offset + piece))
  })
}

function problemOf(x: XMLHttpRequest): ApiError | undefined {
  if (x.status < 400) return undefined
  try {
    const p = JSON.parse(x.responseText) as Record<string, unknown>
    const text = (key: string) => (typeof p[key] === 'string' ? p[key] : '')
    return new ApiError(text('code') || `http-${x.status}`, text('detail') || text('title'), text('detail_en') || text('title'), text('request_id'))
  } catch {
    return new ApiError(`http-${x.status}`, `服务器拒绝了上传（${x.status}）。`, `The server refused the upload (${x.status}).`)
  }
}
