package risk

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/spatial/geodesic"
)

//go:embed sql/load.sql
var loadSQL string

// Attribute is a field of a feature, in words.
type Attribute struct {
	Field   string `json:"field"`
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
	Unit    string `json:"unit,omitempty"`
	Value   any    `json:"value"`             // null where it isn't known
	Name    string `json:"name,omitempty"`    // of a code, Chinese
	NameEN  string `json:"name_en,omitempty"` // of a code
}

// item is a danger or a shelter as it is held in memory.
type item struct {
	fid        int64
	key, title string
	rank       int
	word       string // the source's own, Chinese
	wordEN     string
	settled    bool
	attributes json.RawMessage // a list of [Attribute]
	capacity   *float64        // of a shelter, in persons
	village    string          // code, where the layer has one
	shape      *geodesic.Shape // EPSG:4490, longitude first
}

// row is what the database tells of an item.
type row struct {
	FID        int64           `db:"fid"`
	Key        string          `db:"key"`
	Label      string          `db:"label"`
	Grade      string          `db:"grade"`
	Settled    bool            `db:"settled"`
	Attributes json.RawMessage `db:"attributes"`
	Shape      []byte          `db:"shape"`
}

// load reads the dangers of a layer's version, all or those whose envelope meets
// a box, in the order of their numbers.
func load(ctx context.Context, db *pgxpool.Pool, l layers.Layer, s Source, dictionaries map[string]layers.Dictionary, box *orb.Bound) ([]item, error) {
	sql, shown := loadQuestion(l, s)
	var bounds []float64
	if box != nil {
		bounds = []float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
	}
	var codes []string
	if s.OnlyRanked && len(s.Grade.Steps) == 0 {
		codes = slices.Sorted(maps.Keys(s.Grade.Ranks))
	}
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{"bounds": bounds, "codes": codes})
	if err != nil {
		return nil, fmt.Errorf("risk: reading %s: %w", s.Layer, err)
	}
	w := words{dictionaries: dictionaries, shown: shown}
	w.grade, _ = l.Definition.Field(s.Grade.Field)
	var items []item
	for rows.Next() {
		found, err := pgx.RowToStructByName[row](rows)
		if err == nil {
			var one item
			if one, err = w.item(s, found); err == nil && (one.rank > 0 || !s.OnlyRanked) {
				items = append(items, one)
			}
		}
		if err != nil {
			rows.Close()
			return nil, fmt.Errorf("risk: reading %s: %w", s.Layer, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("risk: reading %s: %w", s.Layer, err)
	}
	return items, nil
}

// loadQuestion is the SQL of [load] and the fields that it shows. A field that the
// version has no column for is null.
func loadQuestion(l layers.Layer, s Source) (sql string, shown []layers.Field) {
	var columns []string
	for _, name := range s.Show {
		if f, ok := l.Definition.Field(name); ok {
			shown = append(shown, f)
			columns = append(columns, column(l, name)+" AS "+pgx.Identifier{name}.Sanitize())
		}
	}
	return strings.NewReplacer(
		"{table}", l.Table().Sanitize(), "{key}", keyOf(l, "f"), "{label}", column(l, s.Label), "{grade}", column(l, s.Grade.Field),
		"{settled}", column(l, s.SettledBy), "{columns}", strings.Join(columns, ", "),
	).Replace(loadSQL), shown
}

// words turns codes into what people read.
type words struct {
	dictionaries map[string]layers.Dictionary
	shown        []layers.Field
	grade        layers.Field
}

func (w words) item(s Source, r row) (item, error) {
	shape, err := wkb.Unmarshal(r.Shape)
	if err != nil {
		return item{}, fmt.Errorf("feature %d: %w", r.FID, err)
	}
	var values map[string]any
	if err := json.Unmarshal(r.Attributes, &values); err != nil {
		return item{}, fmt.Errorf("feature %d: %w", r.FID, err)
	}
	one := item{fid: r.FID, key: r.Key, title: r.Label, rank: s.Grade.rank(r.Grade), settled: r.Settled, shape: geodesic.NewShape(shape)}
	one.village, _ = values["village"].(string)
	if n, ok := values["capacity"].(float64); ok {
		one.capacity = &n
	}
	one.word, one.wordEN = w.name(w.grade, r.Grade)
	if one.word == "" && r.Grade != "" {
		one.word, one.wordEN = word(s.Grade.Word, r.Grade), word(s.Grade.WordEN, r.Grade)
	}
	attributes := make([]Attribute, len(w.shown))
	for i, f := range w.shown {
		attributes[i] = Attribute{Field: f.Name, Label: f.Label, LabelEN: f.LabelEN, Unit: f.Unit, Value: values[f.Name]}
		attributes[i].Name, attributes[i].NameEN = w.name(f, fmt.Sprint(values[f.Name]))
	}
	one.attributes, err = json.Marshal(attributes)
	return one, err
}

// name is what a dictionary calls a code; "" where there is none.
func (w words) name(f layers.Field, code string) (zh, en string) {
	d, ok := w.dictionaries[f.Dictionary]
	if !ok {
		return "", ""
	}
	i := slices.IndexFunc(d.Entries, func(e layers.Entry) bool { return e.Code == code })
	if i < 0 {
		return "", ""
	}
	return d.Entries[i].Name, d.Entries[i].NameEN
}
