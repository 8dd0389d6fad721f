package render

import (
	"os"
	"regexp"
	"testing"
)

// TestTheViewerDrawsTheSameShapes holds the two lists of shapes together; the
// pictures themselves are compared in a browser.
func TestTheViewerDrawsTheSameShapes(t *testing.T) {
	text, err := os.ReadFile("../../web/ui/src/map/symbols.ts")
	if err != nil {
		t.Fatal(err)
	}
	for table, kind := range map[string]string{"shapes: Record": "icon", "markShapes: typeof shapes": "marks"} {
		found := regexp.MustCompile(`(?s)const ` + table + `.*?\n}\n`).Find(text)
		names := regexp.MustCompile(`(?m)^  (\w+): `).FindAllSubmatch(found, -1)
		if len(names) < 12 {
			t.Fatalf("%s: %d shapes found", table, len(names))
		}
		for _, name := range names {
			if _, ok := parseSprite(kind + ":" + string(name[1]) + ":#1d6b40"); !ok {
				t.Errorf("the viewer draws %s:%s, the renderer doesn't", kind, name[1])
			}
			if _, ok := parseSprite("marks:" + string(name[1]) + ":#1d6b40:30:8"); !ok {
				t.Errorf("the viewer draws marks:%s, the renderer doesn't", name[1])
			}
		}
	}
}

func TestMarksStandTwiceInTheirSquare(t *testing.T) {
	s, ok := parseSprite("marks:ring:#1d6b40:24:9")
	if !ok {
		t.Fatal("marks are not drawn")
	}
	b := s.bitmap(48)
	inked := func(x0, y0 int) (n int) {
		for y := range 24 {
			for x := range 24 {
				if b.pixels[((y0+y)*48+x0+x)*4+3] > 0 {
					n++
				}
			}
		}
		return n
	}
	if inked(0, 0) == 0 || inked(0, 0) != inked(24, 24) || inked(24, 0)+inked(0, 24) != 0 {
		t.Errorf("ink in the quarters: %d %d %d %d", inked(0, 0), inked(24, 0), inked(0, 24), inked(24, 24))
	}
	if c, rest, ok := SpriteColour("icon:drop:#1d6fb8"); !ok || c.B <= c.R || rest == "" {
		t.Errorf("the colour of an image is %v, %q", c, rest)
	}
}

func TestLegend(t *testing.T) {
	style, err := ParseStyle([]byte(`{"version": 8, "sources": {"s": {"type": "vector"}}, "layers": [
		{"id": "f", "type": "fill", "source": "s", "source-layer": "s", "metadata": {"onemap:layer": "farm", "onemap:legend": [
			{"label": "稻", "label_en": "Rice", "properties": {"kind": ["1", "2"]}}, {"label": "塘", "label_en": "Pond", "properties": {"kind": "9"}}]},
		 "filter": ["!=", ["get", "kind"], "9"], "paint": {"fill-color": ["match", ["get", "kind"], "1", "#ff0000", "#00ff00"], "fill-opacity": 0.5}},
		{"id": "p", "type": "fill", "source": "s", "source-layer": "s", "metadata": {"onemap:layer": "farm"}, "minzoom": 12, "paint": {"fill-pattern": "marks:paddy:#000000"}},
		{"id": "l", "type": "line", "source": "s", "source-layer": "s", "metadata": {"onemap:layer": "road", "onemap:legend": [{"label": "路", "label_en": "Road", "properties": {}}]},
		 "paint": {"line-width": 2, "line-dasharray": [2, 1]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	groups, err := style.Legend(10)
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 2 || groups[0].Layer != "road" || groups[1].Layer != "farm" || len(groups[1].Entries) != 1 {
		t.Fatalf("groups %+v; want road above farm, whose pond isn't drawn", groups)
	}
	rice := groups[1].Entries[0]
	if rice.LabelEN != "Rice" || len(rice.Swatch.Fills) != 1 || rice.Swatch.Fills[0].Colour != (Colour{1, 0, 0, 0.5}) {
		t.Errorf("rice looks like %+v", rice)
	}
	if road := groups[0].Entries[0].Swatch; len(road.Strokes) != 1 || road.Strokes[0].Width != 2 || len(road.Strokes[0].Dash) != 2 {
		t.Errorf("a road looks like %+v", road)
	}
	groups, err = style.Legend(13)
	if err != nil {
		t.Fatal(err)
	}
	if fills := groups[1].Entries[0].Swatch.Fills; len(fills) != 2 || fills[1].Pattern != "marks:paddy:#000000" {
		t.Errorf("rice near by looks like %+v", fills)
	}
}
