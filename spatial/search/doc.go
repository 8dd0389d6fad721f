// Package search finds places, divisions, grid cells, parcels and other
// features by what somebody types: names in characters, pinyin, initials or a
// mixture, with a slip of the hand, codes, and positions.
//
// It reads the published versions that layers keeps into an index in memory,
// one part a layer, and is asked by web. How names are written and read is the
// affair of spatial/names. It doesn't keep itself current; layers/follow does.
// Which layers are open to whom is said by who asks; see [Question].
package search
