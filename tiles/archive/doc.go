// Package archive keeps the tiles of a layer's version in one file that never
// changes: a PMTiles archive of version 3, clustered and without duplicates, of
// gzip-compressed vector tiles or of PNG pictures (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).
//
// It comes after tiles/pyramid and tiles/terrain, which build the tiles, and before web, which
// sends them as they are stored. It neither makes nor decodes tiles.
package archive
