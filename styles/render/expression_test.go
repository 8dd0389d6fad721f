package render

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// evaluate compiles and evaluates a JSON text for a feature.
func evaluate(t *testing.T, text string, want kind, zoom float64, properties map[string]any) (value, error) {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	fields := &fieldList{}
	c := compiler{zoom: zoom, fields: fields}
	e, err := c.compile(tree, want, where{layer: "test", property: "p", path: "p"})
	if err != nil {
		return nil, err
	}
	s := &subject{id: 7, geometry: "Polygon"}
	for _, name := range fields.names {
		s.values = append(s.values, properties[name])
	}
	return e.eval(s), nil
}

// The expectations are those of the style specification's own reference and,
// where that is silent, of what MapLibre gives.
func TestExpressions(t *testing.T) {
	red := Colour{1, 0, 0, 1}
	for sentence, c := range map[string]struct {
		text string
		kind kind
		zoom float64
		want value
	}{
		"a literal list":                               {text: `["literal",[1,"a"]]`, want: []any{1., "a"}},
		"a property":                                   {text: `["get","name"]`, want: "榃滨镇"},
		"a property that isn't there is null":          {text: `["get","none"]`, want: nil},
		"has sees what is there":                       {text: `["has","name"]`, want: true},
		"has doesn't see null":                         {text: `["has","null"]`, want: false},
		"the feature's number":                         {text: `["id"]`, want: 7.},
		"match takes one of several labels":            {text: `["match",["get","class"],["1","2"],"low","3","high","none"]`, want: "high"},
		"match takes numbers":                          {text: `["match",["get","n"],[1,12],"yes","no"]`, want: "yes"},
		"match of another type is the last":            {text: `["match",["get","n"],"12","yes","no"]`, want: "no"},
		"case takes the first that is true":            {text: `["case",["<",["get","n"],5],"a",["==",["get","flag"],true],"b","c"]`, want: "b"},
		"coalesce skips null":                          {text: `["coalesce",["get","none"],["get","null"],["get","name"]]`, want: "榃滨镇"},
		"coalesce skips failures":                      {text: `["coalesce",["number",["get","name"]],3]`, want: 3.},
		"step below its first stop":                    {text: `["step",["zoom"],"low",5,"mid",10,"high"]`, zoom: 4.99, want: "low"},
		"step at a stop":                               {text: `["step",["zoom"],"low",5,"mid",10,"high"]`, zoom: 10, want: "high"},
		"linear between stops":                         {text: `["interpolate",["linear"],["zoom"],10,1,14,3]`, zoom: 11, want: 1.5},
		"linear before the stops":                      {text: `["interpolate",["linear"],["zoom"],10,1,14,3]`, zoom: 2, want: 1.},
		"exponential of base 2":                        {text: `["interpolate",["exponential",2],["zoom"],0,0,2,30]`, zoom: 1, want: 10.},
		"interpolation of a feature's number":          {text: `["interpolate",["linear"],["get","n"],10,100,20,200]`, want: 120.},
		"interpolation by zoom of a match":             {text: `["interpolate",["linear"],["zoom"],10,["match",["get","class"],"3",2,0],12,["match",["get","class"],"3",4,0]]`, zoom: 11, want: 3.},
		"interpolation of colours":                     {text: `["interpolate",["linear"],["zoom"],0,"#000000",1,"#ff0000"]`, kind: colourKind, zoom: 0.5, want: Colour{0.5, 0, 0, 1}},
		"all":                                          {text: `["all",true,["==",["get","n"],12]]`, want: true},
		"any":                                          {text: `["any",false,["==",["get","n"],13]]`, want: false},
		"all without arguments":                        {text: `["all"]`, want: true},
		"not":                                          {text: `["!",["has","null"]]`, want: true},
		"a number is not its text":                     {text: `["==",["get","n"],"12"]`, want: false},
		"strings have an order":                        {text: `["<","a","b"]`, want: true},
		"in a list":                                    {text: `["in",["get","class"],["literal",["3","4"]]]`, want: true},
		"in a string":                                  {text: `["in","滨",["get","name"]]`, want: true},
		"concat makes texts":                           {text: `["concat",["get","name"]," ",["get","n"],["get","null"]]`, want: "榃滨镇 12"},
		"to-string of a fraction":                      {text: `["to-string",1.5]`, want: "1.5"},
		"to-string of a large whole number":            {text: `["to-string",12345678]`, want: "12345678"},
		"to-string of null":                            {text: `["to-string",["get","null"]]`, want: ""},
		"to-string of a boolean":                       {text: `["to-string",true]`, want: "true"},
		"to-number of a text":                          {text: `["to-number","12.5"]`, want: 12.5},
		"to-number takes the next":                     {text: `["to-number","x",4]`, want: 4.},
		"number-format":                                {text: `["number-format",["*",["get","n"],102.4567],{"max-fraction-digits":1}]`, want: "1,229.5"},
		"number-format with least digits":              {text: `["number-format",3,{"min-fraction-digits":2,"max-fraction-digits":2}]`, want: "3.00"},
		"arithmetic":                                   {text: `["-",["+",1,2,3],["/",9,3]]`, want: 3.},
		"division by zero fails":                       {text: `["coalesce",["/",1,0],9]`, want: 9.},
		"upcase":                                       {text: `["upcase","g80"]`, want: "G80"},
		"length by characters":                         {text: `["length",["get","name"]]`, want: 3.},
		"slice by characters":                          {text: `["slice",["get","name"],0,2]`, want: "榃滨"},
		"let":                                          {text: `["let","a",["get","n"],["+",["var","a"],["var","a"]]]`, want: 24.},
		"a colour where a colour is needed":            {text: `["match",["get","class"],"3","red","blue"]`, kind: colourKind, want: red},
		"a text where a text is needed":                {text: `["get","n"]`, kind: textKind, want: "12"},
		"format joins its sections":                    {text: `["format",["get","name"],{},"\n",{},["get","class"],{}]`, kind: textKind, want: "榃滨镇\n3"},
		"typeof":                                       {text: `["typeof",["get","n"]]`, want: "number"},
		"geometry-type":                                {text: `["geometry-type"]`, want: "Polygon"},
		"rgb":                                          {text: `["rgb",255,0,0]`, want: red},
		"an assertion that fails leaves the next case": {text: `["case",["boolean",["get","n"],false],1,2]`, want: 2.},
	} {
		got, err := evaluate(t, c.text, c.kind, c.zoom, map[string]any{"name": "榃滨镇", "class": "3", "n": 12., "flag": true, "null": nil})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %s = %#v, %v; want %#v", sentence, c.text, got, err, c.want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for sentence, c := range map[string]struct {
		text        string
		kind        kind
		unsupported bool
		says        string
	}{
		"an unknown operator":               {text: `["+",1,["heatmap-density"]]`, unsupported: true, says: `p[2]`},
		"a computed name":                   {text: `["get",["get","a"]]`, unsupported: true, says: "computed"},
		"an interpolation in another space": {text: `["interpolate-lab",["linear"],["zoom"],0,"red",1,"blue"]`, unsupported: true, says: "interpolate-lab"},
		"a cubic interpolation":             {text: `["interpolate",["cubic-bezier",0,0,1,1],["zoom"],0,1,1,2]`, unsupported: true, says: "cubic-bezier"},
		"an empty list":                     {text: `[]`, says: "empty"},
		"a list of numbers":                 {text: `[1,2]`, says: "literal"},
		"too few arguments":                 {text: `["match",1]`, says: "1 argument"},
		"stops that descend":                {text: `["interpolate",["linear"],["zoom"],5,1,4,2]`, says: "ascending"},
		"a label twice":                     {text: `["match",["get","a"],"x",1,"x",2,3]`, says: "twice"},
		"a word that is no colour":          {text: `"crimsonish"`, kind: colourKind, says: "color"},
		"a text for a number":               {text: `"wide"`, kind: numberKind, says: "number"},
		"a variable that nobody bound":      {text: `["var","x"]`, says: "let"},
		"nesting without end":               {text: strings.Repeat(`["!",`, 200) + "true" + strings.Repeat("]", 200), says: "deeper"},
	} {
		_, err := evaluate(t, c.text, c.kind, 0, nil)
		var unsupported *UnsupportedError
		if err == nil || errors.As(err, &unsupported) != c.unsupported || errors.Is(err, ErrInvalidStyle) == c.unsupported || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestFilters(t *testing.T) {
	properties := map[string]any{"class": "3", "n": 12., "null": nil}
	for text, want := range map[string]bool{
		`["==","class","3"]`:                                     true,
		`["!=","class","3"]`:                                     false,
		`["==",["get","class"],"3"]`:                             true,
		`[">","n",5]`:                                            true,
		`[">","class",5]`:                                        false,
		`["in","class","1","3"]`:                                 true,
		`["!in","class","1","3"]`:                                false,
		`["in",["get","class"],["literal",["3"]]]`:               true,
		`["has","class"]`:                                        true,
		`["!has","class"]`:                                       false,
		`["has","null"]`:                                         false,
		`["==","$type","Polygon"]`:                               true,
		`["==","$id",7]`:                                         true,
		`["all",["==","class","3"],["<","n",20]]`:                true,
		`["any",["==","class","4"],["<","n",2]]`:                 false,
		`["none",["==","class","4"],["<","n",2]]`:                true,
		`["all",["==",["get","class"],"3"],["has","n"]]`:         true,
		`["all",["==",["geometry-type"],"Polygon"],["has","x"]]`: false,
	} {
		var tree any
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			t.Fatal(err)
		}
		fields := &fieldList{}
		c := compiler{fields: fields}
		e, err := c.filter(tree, where{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s := &subject{id: 7, geometry: "Polygon"}
		for _, name := range fields.names {
			s.values = append(s.values, properties[name])
		}
		if got := e.eval(s); got != value(want) {
			t.Errorf("%s = %v", text, got)
		}
	}
}

func TestColours(t *testing.T) {
	for text, want := range map[string]Colour{
		"#f00":               {1, 0, 0, 1},
		"#ff000080":          {1, 0, 0, 128. / 255},
		"rgb(255, 0, 0)":     {1, 0, 0, 1},
		"rgba(0,0,255,0.5)":  {0, 0, 1, 0.5},
		"hsl(120, 100%, 50%": {},
		"hsl(120,100%,50%)":  {0, 1, 0, 1},
		"White":              {1, 1, 1, 1},
		"#12":                {},
		"":                   {},
		"rgb(nan,0,0)":       {},
	} {
		got, ok := parseColour(text)
		if got != want || ok == (want == Colour{}) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
}
