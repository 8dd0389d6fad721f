// Writes into the phone page's service worker which files make the page, so that it
// opens without a network.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin, Rollup } from 'vite'

type Chunk = Rollup.OutputChunk & { viteMetadata?: { importedCss: Set<string> } }

/** The files that a chunk needs at once: itself, what it imports, and their style sheets. */
export function filesOf(bundle: Record<string, Chunk | { type: 'asset' }>, entry: string): string[] {
  const files = new Set<string>()
  const visit = (name: string) => {
    const chunk = bundle[name]
    if (!chunk || chunk.type !== 'chunk' || files.has(name)) return
    files.add(name)
    chunk.viteMetadata?.importedCss.forEach((css) => files.add(css))
    chunk.imports.forEach(visit)
  }
  visit(entry)
  return [...files].sort()
}

export function phoneShell(): Plugin {
  return {
    name: 'phone-shell',
    apply: 'build',
    writeBundle(options, bundle) {
      const entry = Object.values(bundle).find((c) => c.type === 'chunk' && c.isEntry && c.name === 'm')
      if (!entry || !options.dir) this.error('the phone page has no entry')
      const files = ['/m/', '/favicon.svg', '/m/manifest.webmanifest', ...filesOf(bundle as Record<string, Chunk>, entry.fileName).map((f) => `/${f}`)]
      const html = readFileSync(join(options.dir, 'm.html'), 'utf8')
      const version = createHash('sha256').update(html).update(files.join('\n')).digest('hex').slice(0, 16)
      const path = join(options.dir, 'm/sw.js')
      const code = readFileSync(path, 'utf8')
      const shell = JSON.stringify({ version, files })
      if (!code.includes('__SHELL__')) this.error('m/sw.js has no place for the list of files')
      writeFileSync(path, `const __SHELL__=${shell};\n${code}`)
    },
  }
}
