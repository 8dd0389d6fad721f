// Runs commands as somebody at a terminal would, and takes their picture.
import { spawn } from 'node:child_process'

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])

/** Runs a line of shell and returns what it printed, on both channels; a failure throws. */
export function run(line, { env = {}, cwd, stopAt } = {}) {
  return new Promise((done, failed) => {
    const child = spawn('bash', ['-c', line], { cwd, env: { ...process.env, ...env }, detached: true })
    let text = ''
    let stopped = false
    const take = (bytes) => {
      text += bytes
      if (stopAt && !stopped && stopAt.test(text)) {
        stopped = true
        done({ text, stop: () => new Promise((ended) => { child.on('close', ended); process.kill(-child.pid, 'SIGTERM') }) })
      }
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', failed)
    child.on('close', (code) => (stopped ? undefined : code === 0 ? done({ text }) : failed(new Error(`${line}: exit ${code}\n${text}`))))
  })
}

/** A page that looks like a terminal with these commands and what they printed, cut to so many lines each. */
export async function terminal(browser, title, entries, lines = 14) {
  const page = await browser.newPage({ viewport: { width: 960, height: 200 } })
  const cut = (text) => {
    const all = text.trimEnd().split('\n').map((l) => (l.length > 150 ? `${l.slice(0, 147)}…` : l))
    return all.length > lines ? [...all.slice(0, lines), `… (${all.length - lines})`].join('\n') : all.join('\n')
  }
  const body = entries.map(({ line, text }) => `<div style="color:#8fd6a0">$ ${escaped(line)}</div><div>${escaped(cut(text))}</div>`).join('<br>')
  await page.setContent(`<body style="margin:0;background:#101a2b"><h1 style="margin:0;padding:8px 16px;background:#24344f;color:#fff;font:600 15px 'Noto Sans CJK SC',sans-serif">${escaped(title)}</h1><pre style="margin:0;padding:12px 16px;color:#e8edf5;font:13px/1.5 'Noto Sans Mono CJK SC','DejaVu Sans Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere">${body}</pre></body>`)
  await page.setViewportSize({ width: 960, height: Math.min(900, await page.evaluate(() => Math.ceil(document.documentElement.getBoundingClientRect().height))) })
  return page
}
