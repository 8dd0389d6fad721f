// Run-time gaps of Chromium 87 to 93 that syntax down-levelling cannot fill.
// The map's worker gets the same two from vite.config.ts.
if (!Object.hasOwn) {
  Object.defineProperty(Object, 'hasOwn', {
    configurable: true,
    writable: true,
    value: (object: object, key: PropertyKey) => Object.prototype.hasOwnProperty.call(object, key),
  })
}
if (!Array.prototype.at) {
  Object.defineProperty(Array.prototype, 'at', {
    configurable: true,
    writable: true,
    value(this: unknown[], index: number) {
      const n = Math.trunc(index) || 0
      return this[n < 0 ? n + this.length : n]
    },
  })
}
