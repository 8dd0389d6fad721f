// Package layers knows what is on the one map: themes, layers, their fields
// and dictionaries, and the versions of each layer's features in store.
//
// It comes after importers, which fills versions, and before tiles, spatial,
// styles and products, which read the published ones. It decides neither how a
// layer looks (see styles) nor how it travels (see tiles and web).
package layers
