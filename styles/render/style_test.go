package render

import (
	"errors"
	"strings"
	"testing"
)

func TestStylesThatAreRefused(t *testing.T) {
	layer := func(text string) string {
		return `{"version":8,"sources":{"s":{"type":"vector"},"r":{"type":"raster"}},"layers":[{"id":"a","type":"background"},` + text + `]}`
	}
	for sentence, c := range map[string]struct {
		document    string
		unsupported bool
		says        string
	}{
		"no JSON":                        {`{"version":8`, false, "EOF"},
		"something behind the document":  {`{"version":8} {}`, false, "follows"},
		"another version":                {`{"version":7}`, false, "version is 7"},
		"an id twice":                    {layer(`{"id":"a","type":"background"}`), false, "layers[1]"},
		"a source that isn't there":      {layer(`{"id":"b","type":"fill","source":"x"}`), false, `"x"`},
		"a source of another type":       {layer(`{"id":"b","type":"fill","source":"r"}`), false, "raster"},
		"a heatmap":                      {layer(`{"id":"b","type":"heatmap","source":"s"}`), true, `"heatmap"`},
		"a gradient along a line":        {layer(`{"id":"b","type":"line","source":"s","paint":{"line-gradient":"red"}}`), true, "layers[1].paint.line-gradient"},
		"an operator deep inside":        {layer(`{"id":"b","type":"line","source":"s","paint":{"line-width":["+",1,["line-progress"]]}}`), true, "layers[1].paint.line-width[2]"},
		"a word for a number":            {layer(`{"id":"b","type":"line","source":"s","paint":{"line-width":"wide"}}`), false, "layers[1].paint.line-width"},
		"a number below its range":       {layer(`{"id":"b","type":"line","source":"s","paint":{"line-width":-1}}`), false, "outside 0"},
		"a word that isn't one of those": {layer(`{"id":"b","type":"line","source":"s","layout":{"line-cap":"pointed"}}`), false, "pointed"},
		"a font that isn't there":        {layer(`{"id":"b","type":"symbol","source":"s","layout":{"text-font":["Arial"]}}`), false, "Arial"},
		"a document without end":         {strings.Repeat(" ", maxDocument+1), false, "bytes"},
		"nesting without end":            {layer(`{"id":"b","type":"fill","source":"s","filter":` + strings.Repeat(`["all",`, 5000) + `true` + strings.Repeat(`]`, 5000) + `}`), false, ""},
	} {
		_, err := ParseStyle([]byte(c.document))
		var unsupported *UnsupportedError
		if err == nil || errors.As(err, &unsupported) != c.unsupported || errors.Is(err, ErrInvalidStyle) == c.unsupported || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", sentence, err)
		}
		if c.unsupported && (unsupported.Layer != "b" || unsupported.Property == "") {
			t.Errorf("%s: %+v names neither layer nor property", sentence, unsupported)
		}
	}
}

func TestImagesAreDrawnFromTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"hatch:45:#2a7d2a": true, "hatch:0:#12623a:10:1.6": true, "cross:#d50032:9:1.2": true, "dots:#1f8a78:12:2.2": true, "icon:drop:#1d6fb8:24": true,
		"": false, "marker": false, "hatch:30:#2a7d2a": false, "hatch:45:red": false, "icon:unicorn:#000000": false, "dots:#000000:0": false, "icon": false, "hatch:": false,
	} {
		s, ok := parseSprite(name)
		if ok != want {
			t.Errorf("%q: %v", name, ok)
		}
		if ok {
			ink := 0
			for i, v := range s.bitmap(24).pixels {
				if i%4 == 3 && v > 200 {
					ink++
				}
			}
			if ink < 8 || ink > 24*24*9/10 {
				t.Errorf("%q has %d inked pixels", name, ink)
			}
		}
	}
}

func FuzzParseStyle(f *testing.F) {
	f.Add(`{"version":8,"sources":{"s":{"type":"vector"}},"layers":[{"id":"a","type":"fill","source":"s","filter":["==","$type","Polygon"],"paint":{"fill-color":["match",["get","a"],"x","red","blue"]}}]}`)
	f.Add(`{"version":8,"sources":{"s":{"type":"vector"}},"layers":[{"id":"a","type":"line","source":"s","paint":{"line-width":{"stops":[[1,2],[3,4]]},"line-dasharray":[1,2]}}]}`)
	f.Add(`{"version":8,"sources":{"s":{"type":"vector"}},"layers":[{"id":"a","type":"symbol","source":"s","layout":{"text-field":"{name}","text-offset":["literal",[0,1]]}}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		s, err := ParseStyle([]byte(document))
		if err != nil {
			var unsupported *UnsupportedError
			if !errors.Is(err, ErrInvalidStyle) && !errors.As(err, &unsupported) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for _, zoom := range []float64{0, 7.3, 24} {
			layers, err := s.at(zoom)
			if err != nil {
				t.Fatalf("zoom %g: %v", zoom, err)
			}
			for _, l := range layers {
				for _, values := range [][]any{nil, {"x", 1., true, nil}, {1., nil, "y", []any{"z"}}} {
					sub := &subject{values: values, geometry: "Point"}
					l.filter.eval(sub)
					for _, p := range l.properties {
						p.eval(sub)
					}
				}
			}
		}
	})
}
