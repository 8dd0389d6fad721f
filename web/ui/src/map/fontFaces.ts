// The fonts of map labels, as the style's font-faces member. MapLibre fetches a
// file when a character it covers is first drawn. scripts/fonts.mjs makes them.

/** The one name that the styles' text-font uses. */
export const fontName = 'Yunfu Sans'

export type FontFaces = Record<string, { url: string; 'unicode-range': string[] }[]>

export interface BuiltFace {
  file: string
  unicodes: string[]
}

/** Builds the member from the built files and where the page finds them. */
export function fontFacesOf(faces: readonly BuiltFace[], addresses: Readonly<Record<string, string>>, origin: string): FontFaces {
  return {
    [fontName]: faces.flatMap(({ file, unicodes }) => {
      const address = addresses[file]
      return address ? [{ url: new URL(address, origin).href, 'unicode-range': unicodes }] : []
    }),
  }
}

/** The fonts of this build. */
export function builtFontFaces(origin: string): FontFaces {
  const lists = import.meta.glob<BuiltFace[]>('/.fonts/faces.json', { eager: true, import: 'default' })
  const files = import.meta.glob<string>('/.fonts/*.woff2', { eager: true, query: '?url', import: 'default' })
  const addresses = Object.fromEntries(Object.entries(files).map(([path, url]) => [path.slice('/.fonts/'.length), url]))
  return fontFacesOf(Object.values(lists)[0] ?? [], addresses, origin)
}
