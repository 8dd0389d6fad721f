// Package render draws a MapLibre style document to PNG, JPEG, SVG and PDF: the
// same document that a browser is given, over features that the caller's
// [Source] hands out, in any frame of EPSG:3857, 4490, 4546 or 4547.
//
// It comes after styles, which composes the document, and before web and
// products, which ask for pictures. One drawing list is made of a frame, with the
// labels placed on it; each kind of output then writes that list in its own way.
//
// What of the style specification is not drawn is refused by name, as an
// [UnsupportedError]; it is never left out silently. Where features come from is
// not known here, nor is the legend or anything else around the map.
package render
