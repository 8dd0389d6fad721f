package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"onemap/layers"
	"onemap/products"
	"onemap/styles/render"
)

// mapfile is a MapServer map of a product at a zoom: the same layers of the same
// tables, the classes of the legend in their colours and widths, and names where the
// product has them. Patterns are hatches or dots of the same spacing, and icons are dots.
func mapfile(o products.Opened, connection, fonts string, zoom float64) (string, error) {
	style, err := render.ParseStyle(o.Style)
	if err != nil {
		return "", err
	}
	groups, err := style.Legend(zoom)
	if err != nil {
		return "", err
	}
	var document struct {
		Layers []struct {
			Type, Source     string
			MinZoom, MaxZoom *float64
			Layout           map[string]any
		}
	}
	if err := json.Unmarshal(o.Style, &document); err != nil {
		return "", err
	}
	var b strings.Builder
	const half = math.Pi * 6378137
	fmt.Fprintf(&b, `MAP
NAME "bench" STATUS ON SIZE 1024 768 MAXSIZE 4096 EXTENT %[1]f %[1]f %[2]f %[2]f UNITS METERS IMAGECOLOR 255 255 255 FONTSET %[3]q
PROJECTION "init=epsg:3857" END
OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGB EXTENSION "png" END
SYMBOL NAME "hatch" TYPE HATCH END
SYMBOL NAME "dot" TYPE ELLIPSE FILLED TRUE POINTS 1 1 END END
WEB METADATA "wms_title" "bench" "wms_srs" "EPSG:3857" "wms_enable_request" "*" "wms_onlineresource" "http://127.0.0.1/" "wms_feature_info_mime_type" "text/plain" END END
`, -half, half, fonts)
	for _, l := range o.Layers {
		d := l.Definition
		i := slices.IndexFunc(groups, func(g render.LegendGroup) bool { return g.Layer == d.ID })
		named := false
		for _, s := range document.Layers {
			named = named || s.Source == d.ID && s.Type == "symbol" && s.Layout["text-field"] != nil && s.Layout["visibility"] != "none" && (s.MinZoom == nil || zoom >= *s.MinZoom) && (s.MaxZoom == nil || zoom < *s.MaxZoom)
		}
		if i < 0 && !named {
			continue // nothing of it is drawn at this zoom
		}
		fmt.Fprintf(&b, "LAYER\nNAME %q STATUS ON TYPE %s CONNECTIONTYPE POSTGIS CONNECTION %q TEMPLATE \"ttt\"\n", d.ID, map[layers.GeometryKind]string{layers.Point: "POINT", layers.LineString: "LINE", layers.Polygon: "POLYGON"}[d.Geometry], connection)
		fmt.Fprintf(&b, "DATA \"%s from %s using unique fid using srid=3857\"\n", layers.MercatorColumn, strings.ReplaceAll(l.Table().Sanitize(), `"`, ""))
		fmt.Fprintf(&b, "PROCESSING \"CLOSE_CONNECTION=DEFER\"\nPROJECTION \"init=epsg:3857\" END\nMETADATA \"wms_title\" %q \"gml_include_items\" \"all\" END\n", d.ID)
		if named && d.Label != "" {
			fmt.Fprintf(&b, "LABELITEM %q\n", d.Label)
		}
		if i >= 0 {
			for _, e := range groups[i].Entries {
				writeClass(&b, o, d, e, named)
			}
		} else {
			fmt.Fprintf(&b, "CLASS\n%sEND\n", labelOf(d))
		}
		b.WriteString("END\n")
	}
	b.WriteString("END\n")
	return b.String(), nil
}

// writeClass writes a line of the legend as a class.
func writeClass(b *strings.Builder, o products.Opened, d layers.Definition, e render.LegendEntry, named bool) {
	fmt.Fprintf(b, "CLASS\n")
	for _, line := range o.Legend {
		if line.Layer != d.ID || line.Label != e.Label || len(line.Properties) == 0 {
			continue
		}
		var all []string
		for name, v := range line.Properties {
			list, ok := v.([]any)
			if !ok {
				list = []any{v}
			}
			var values []string
			for _, one := range list {
				values = append(values, fmt.Sprint(one))
			}
			all = append(all, fmt.Sprintf(`("[%s]" IN "%s")`, name, strings.Join(values, ",")))
		}
		slices.Sort(all)
		fmt.Fprintf(b, "EXPRESSION (%s)\n", strings.Join(all, " AND "))
		break
	}
	for _, f := range e.Swatch.Fills {
		if f.Pattern == "" {
			fmt.Fprintf(b, "STYLE COLOR %s END\n", mapColour(f.Colour))
			continue
		}
		b.WriteString(patternOf(f.Pattern))
	}
	for range e.Swatch.Icons {
		b.WriteString("STYLE SYMBOL \"dot\" SIZE 10 COLOR \"#336699ff\" END\n")
	}
	for _, s := range e.Swatch.Strokes {
		member := "COLOR"
		if d.Geometry == layers.Polygon {
			member = "OUTLINECOLOR"
		}
		fmt.Fprintf(b, "STYLE %s %s WIDTH %.2f END\n", member, mapColour(s.Colour), s.Width)
	}
	if named && d.Label != "" {
		b.WriteString(labelOf(d))
	}
	b.WriteString("END\n")
}

// patternOf is a pattern of ours as MapServer draws it.
func patternOf(name string) string {
	colour, rest, _ := render.SpriteColour(name)
	parts := strings.Split(rest, ":") // kind, angle, shape, spacing, width
	if len(parts) != 5 {
		return ""
	}
	hatch := func(angle string) string {
		return fmt.Sprintf("STYLE SYMBOL \"hatch\" COLOR %s ANGLE %s SIZE %s WIDTH %s END\n", mapColour(colour), angle, parts[3], parts[4])
	}
	switch parts[0] {
	case "hatch":
		return hatch(parts[1])
	case "cross":
		return hatch("45") + hatch("135")
	}
	return fmt.Sprintf("STYLE SYMBOL \"dot\" COLOR %s SIZE %s GAP %s END\n", mapColour(colour), parts[4], parts[3])
}

func mapColour(c render.Colour) string {
	byteOf := func(v float64) int { return int(math.Round(255 * min(max(v, 0), 1))) }
	return fmt.Sprintf(`"#%02x%02x%02x%02x"`, byteOf(c.R), byteOf(c.G), byteOf(c.B), byteOf(c.A))
}

func labelOf(d layers.Definition) string {
	angle := ""
	if d.Geometry == layers.LineString {
		angle = "ANGLE FOLLOW "
	}
	return "LABEL TYPE TRUETYPE FONT \"cjk\" SIZE 9 COLOR 34 34 34 OUTLINECOLOR 255 255 255 OUTLINEWIDTH 2 " + angle + "PARTIALS FALSE END\n"
}

// connectionOf writes the address of a database as MapServer reads it.
func connectionOf(url string) (string, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", c.Host, c.Port, c.User, c.Database)
	if c.Password != "" {
		text += " password=" + c.Password
	}
	return text, nil
}
