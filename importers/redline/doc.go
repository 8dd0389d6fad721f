// Package redline reads and writes the exchange text of surveyed red lines
// (勘测定界、报备坐标 TXT): a list of attributes, then plots with the corners of
// their rings.
//
//	[属性描述]
//	坐标系=2000国家大地坐标系
//	几度分带=3
//	带号=37
//	…
//	[地块坐标]
//	5,0.2500,DK1,一号地块,面,F49G050040,建设用地,0701,@
//	J1,1,2536055.227,37606690.278
//
// A corner is its name, the number of its ring, X and Y; X is the northing. Ring
// 1 is the outline, others are holes, or further outlines where they lie outside.
//
// Importers read it where GDAL can't, and the export writes it. It takes the
// text as it stands: which coordinate system the words mean, and whether the
// figures fit it, is the importers' business.
package redline
