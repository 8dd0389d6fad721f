// Package terrain keeps the heights of the ground: it turns an elevation model
// into a pyramid of raster-dem tiles in one archive, keeps which models there
// are, and reads heights out of their tiles.
//
// It comes after importers/dem, which reads and reprojects the files, beside
// tiles, which does the same for features, and before web and styles/stored,
// which send the tiles and light the ground. It knows no file formats, draws
// nothing, and answers no questions; see spatial/elevation for those.
//
// Tiles are PNG of [Side] pixels in WebMercatorQuad, in the terrarium encoding:
// red × 256 + green + blue / 256 − 32768 metres. The height is that of the pixel's
// centre. Blue is even where the model has a height and odd where it has none;
// such a pixel repeats the nearest height, so that a viewer that doesn't know of
// this draws no cliff at the model's edge.
package terrain
