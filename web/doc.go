// Package web speaks HTTP: it reads requests, asks the packages of the domain,
// and writes their answers. It carries the viewer (web/ui) inside the binary.
//
// It is the last step of the flow. Nothing is decided here but how an answer
// travels: what is true of the map is in layers, tiles, spatial and styles, who
// may ask is in access.
package web
