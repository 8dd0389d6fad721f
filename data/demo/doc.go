// Package demo makes the demonstration city: a plausible Yunfu that was never
// surveyed, written as the files that departments deliver.
//
// It stands before importers in the flow: names, codes and seats come from
// data/city, field lists from data/layers, and everything drawn is invented
// from a seed. Rows say so in their field synthetic. It loads nothing into a
// database and judges no data; importers does both.
//
// All shapes are unions of the cells of one honeycomb whose corners are moved
// a little and whose edges are bent, each edge always in the same way. So
// neighbours share their border vertex for vertex at every level, from the
// city down to the parcel, and three cells meet in every corner, so no union
// touches itself in a point.
//
// Inside the package positions are metres in EPSG:4546 (CGCS2000, 3-degree
// Gauss-Krüger, central meridian 111° E), easting first. Counts and shares are
// in settings.json; they are settings of the generator, not facts about Yunfu.
package demo
