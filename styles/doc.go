// Package styles decides how layers look: it composes one MapLibre style
// document out of a fragment for each layer, and that document also carries
// the legend.
//
// It comes after layers, which says what there is to draw, and before web and
// products, which hand the document to browsers and to the server's own
// renderer (see render). It decides neither which layers are shown now nor where tiles are;
// fonts are named here and delivered by the viewer.
package styles
