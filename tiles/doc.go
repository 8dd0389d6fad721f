// Package tiles turns features into vector tiles: it checks tile addresses,
// has tiles drawn from what PostGIS holds, and shares the work of one tile among all
// who ask for it at once.
//
// It comes after layers, which says what there is to draw, and before web,
// which sends the bytes. How a tile looks is not decided here; see styles.
package tiles
