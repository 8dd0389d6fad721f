// Package draw makes one layer's share of a vector tile from features as the
// store gives them: it brings shapes to the tile's units, simplifies and rounds
// them, cuts them at the tile's buffer, and writes them with their attributes and label points.
//
// Live tiles are drawn with it (see tiles), a feature at a time, where pyramids
// (tiles/pyramid) draw many together. Every polygon that it writes is valid: it was proven so or
// made anew (see coverage.Prover and coverage.EvenOdd). It knows no database and no
// limits of tiles; the same features in the same order give the same bytes.
package draw
