// Package pyramid builds the tiles of a layer's version for every zoom at once.
//
// Features are read once and cut into blocks, each a tile of a middle zoom with
// a margin. A block makes its tiles from the highest zoom down: polygons that
// share borders are simplified, merged and rounded together (tiles/coverage),
// lines keep the points in which they meet, points are thinned to the most
// important. What is left at the block's own zoom goes to the block below, down
// to zoom 0. Blocks don't need one another, so all cores work, memory is bounded
// by the blocks at work, and a build that was stopped goes on with the blocks that are missing.
//
// It comes after layers, which hold the features, and before tiles/archive,
// which keeps the tiles. The same features give the same tiles, byte for byte.
// It knows no database and no style.
package pyramid
