package render

import (
	"fmt"
	"math"
	"slices"
)

// propertyOf is what the specification says of one property.
type propertyOf struct {
	kind         kind
	otherwise    value // where nothing is given, or nothing can be had for a feature
	interpolated bool
	one          []string // the words it may be
	only         value    // the one value that is drawn; others are refused
	least, most  float64  // of a number; both 0 without limit
}

// wrong tells what is wrong with a value of the right kind, or "".
func (p propertyOf) wrong(v value) string {
	switch v := v.(type) {
	case string:
		if p.one != nil && !slices.Contains(p.one, v) {
			return fmt.Sprintf("%.40q is none of %q", v, p.one)
		}
	case float64:
		if math.IsNaN(v) || (p.least != p.most && (v < p.least || v > p.most)) {
			return fmt.Sprintf("%g is outside %g to %g", v, p.least, p.most)
		}
	case []any:
		if len(v) > 64 {
			return "the list is longer than 64"
		}
		for _, one := range v {
			if k := kindOf(one); p.kind == listKind && k != numberKind && k != stringKind {
				return fmt.Sprintf("%.40v is neither a number nor a string", one)
			}
			if text, ok := one.(string); ok && p.one != nil && !slices.Contains(p.one, text) {
				return fmt.Sprintf("%.40q is none of %q", text, p.one)
			}
		}
	}
	if p.only != nil && v != p.only {
		return fmt.Sprintf("%.40v is not drawn; %v is", v, p.only)
	}
	return ""
}

func number(otherwise, least, most float64) propertyOf {
	return propertyOf{kind: numberKind, otherwise: otherwise, interpolated: true, least: least, most: most}
}

func colourOf(otherwise Colour) propertyOf {
	return propertyOf{kind: colourKind, otherwise: otherwise, interpolated: true}
}

func word(otherwise string, others ...string) propertyOf {
	return propertyOf{kind: stringKind, otherwise: otherwise, one: append(others, otherwise)}
}

func boolean(otherwise bool) propertyOf { return propertyOf{kind: booleanKind, otherwise: otherwise} }

func list(otherwise ...any) propertyOf {
	return propertyOf{kind: listKind, otherwise: otherwise, interpolated: true}
}

var (
	black     = Colour{0, 0, 0, 1}
	fraction  = number(1, 0, 1)
	length    = number(0, 0, 10_000) // CSS pixels
	offset    = number(0, -10_000, 10_000)
	imageName = propertyOf{kind: textKind, otherwise: ""}
	alignment = word("map", "viewport", "auto")
	anchors   = word("center", "left", "right", "top", "bottom", "top-left", "top-right", "bottom-left", "bottom-right")
)

// layerProperties are the properties that are drawn, by type of layer. What isn't
// here is refused by name.
var layerProperties = map[string]map[string]propertyOf{
	"background": {"background-color": colourOf(black), "background-opacity": fraction, "background-pattern": imageName},
	"fill": {
		"fill-color": colourOf(black), "fill-opacity": fraction, "fill-antialias": boolean(true), "fill-outline-color": colourOf(Colour{}),
		"fill-pattern": imageName, "fill-sort-key": offset, "fill-translate": list(0., 0.), "fill-translate-anchor": alignment,
	},
	"fill-extrusion": { // as a flat fill: seen from straight above, a building is its ground plan
		"fill-extrusion-color": colourOf(black), "fill-extrusion-opacity": fraction, "fill-extrusion-height": number(0, 0, 1e6),
		"fill-extrusion-base": number(0, 0, 1e6), "fill-extrusion-pattern": imageName, "fill-extrusion-vertical-gradient": boolean(true),
	},
	"line": {
		"line-color": colourOf(black), "line-opacity": fraction, "line-width": number(1, 0, 10_000), "line-gap-width": length, "line-offset": offset,
		"line-dasharray": list(), "line-cap": word("butt", "round", "square"), "line-join": word("miter", "round", "bevel"),
		"line-miter-limit": number(2, 0, 100), "line-round-limit": number(1.05, 0, 100), "line-sort-key": offset,
		"line-translate": list(0., 0.), "line-translate-anchor": alignment, "line-blur": length,
	},
	"circle": {
		"circle-color": colourOf(black), "circle-opacity": fraction, "circle-radius": number(5, 0, 10_000), "circle-stroke-color": colourOf(black),
		"circle-stroke-width": length, "circle-stroke-opacity": fraction, "circle-sort-key": offset, "circle-translate": list(0., 0.),
		"circle-translate-anchor": alignment, "circle-pitch-alignment": alignment, "circle-pitch-scale": alignment,
	},
	"symbol": {
		"symbol-placement": word("point", "line", "line-center"), "symbol-spacing": number(250, 1, 100_000), "symbol-sort-key": offset,
		"symbol-avoid-edges": boolean(false), "symbol-z-order": word("auto", "viewport-y", "source"),
		"icon-image": imageName, "icon-size": number(1, 0, 100), "icon-allow-overlap": boolean(false), "icon-ignore-placement": boolean(false),
		"icon-optional": boolean(false), "icon-padding": number(2, 0, 1000), "icon-offset": list(0., 0.), "icon-anchor": anchors,
		"icon-rotate": number(0, -3600, 3600), "icon-opacity": fraction, "icon-rotation-alignment": alignment, "icon-pitch-alignment": alignment,
		"icon-keep-upright": boolean(false),
		"text-field":        {kind: textKind, otherwise: ""}, "text-font": {kind: listKind, otherwise: []any{fontName}, one: []string{fontName}}, "text-size": number(16, 0, 1000),
		"text-max-width": number(10, 0, 1000), "text-line-height": number(1.2, 0, 100), "text-letter-spacing": number(0, -10, 100),
		"text-justify": word("center", "auto", "left", "right"), "text-anchor": anchors, "text-offset": list(0., 0.),
		"text-variable-anchor": {kind: listKind, otherwise: []any(nil), one: anchors.one}, "text-radial-offset": number(0, 0, 1000), "text-padding": number(2, 0, 1000),
		"text-allow-overlap": boolean(false), "text-ignore-placement": boolean(false), "text-optional": boolean(false),
		"text-max-angle": number(45, 0, 360), "text-keep-upright": boolean(true), "text-rotate": number(0, -3600, 3600),
		"text-transform": word("none", "uppercase", "lowercase"), "text-rotation-alignment": alignment, "text-pitch-alignment": alignment,
		"text-color": colourOf(black), "text-opacity": fraction, "text-halo-color": colourOf(Colour{}), "text-halo-width": length,
		"text-halo-blur": length, "text-translate": list(0., 0.), "text-translate-anchor": alignment,
	},
	"raster": {"raster-opacity": fraction, "raster-resampling": word("linear", "nearest"), "raster-fade-duration": number(300, 0, 1e6)},
	"hillshade": {
		"hillshade-exaggeration": number(0.5, 0, 1), "hillshade-illumination-direction": number(335, 0, 359),
		"hillshade-illumination-anchor": word("viewport", "map"), "hillshade-shadow-color": colourOf(black),
		"hillshade-highlight-color": colourOf(Colour{1, 1, 1, 1}), "hillshade-accent-color": colourOf(black),
	},
}
