package scorecard

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
)

//go:embed sql/versions.sql
var versionsSQL string

// MostVersions is how many versions of a layer are told, the newest.
const MostVersions = 20

// Finding is what one rule found in a version.
type Finding struct {
	Rule      string       `json:"rule"` // its id
	Level     layers.Level `json:"level"`
	Dimension string       `json:"dimension"`
	Title     string       `json:"title"` // Chinese
	TitleEN   string       `json:"title_en"`
	Count     int64        `json:"count"`   // rows, or places, that break it
	Refuses   bool         `json:"refuses"` // such rows went to quarantine
	Fixed     bool         `json:"fixed"`   // was mended on the way in
	Skipped   bool         `json:"skipped"` // was not checked
}

// Version is how good a delivery was.
type Version struct {
	Number       int          `json:"version"`
	State        layers.State `json:"state"`
	FeatureCount int64        `json:"feature_count"`
	Read         int64        `json:"read"` // rows of the delivery
	ImportedAt   time.Time    `json:"imported_at"`
	PublishedAt  *time.Time   `json:"published_at"`
	Measured     bool         `json:"measured"` // there is a report
	Points       *float64     `json:"points"`   // nil was not measured
	Grade        Grade        `json:"grade,omitempty"`
	Defects      Defects      `json:"defects"`
	Score        *float64     `json:"score"` // mean of the scores below
	layers.Scores
	Findings []Finding `json:"findings,omitempty"` // where they are asked for: all rules
}

// Card is how good and how fresh a layer is.
type Card struct {
	Layer      string    `json:"layer"`
	Name       string    `json:"name"`
	NameEN     string    `json:"name_en"`
	Theme      string    `json:"theme"`
	Department string    `json:"department"`
	Published  *int      `json:"published_version"`
	Freshness  Freshness `json:"freshness"`
	Versions   []Version `json:"versions"` // the newest first
}

// Shown is the version that a card is about: the published one, or else the
// newest; nil is none.
func (c Card) Shown() *Version {
	for i, v := range c.Versions {
		if c.Published != nil && v.Number == *c.Published {
			return &c.Versions[i]
		}
	}
	if len(c.Versions) > 0 {
		return &c.Versions[0]
	}
	return nil
}

// Department sums up a department's layers.
type Department struct {
	Name     string   `json:"name"` // Chinese
	Layers   int      `json:"layers"`
	Measured int      `json:"measured"`
	Points   *float64 `json:"points"` // mean of those measured, nil is none
	Defects  Defects  `json:"defects"`
	Overdue  int      `json:"overdue"`
}

// Board is all cards, by layer in the catalogue's order, and by department.
type Board struct {
	At          time.Time    `json:"at"`
	Layers      []Card       `json:"layers"`
	Departments []Department `json:"departments"`
}

// record is a version as the query has it.
type record struct {
	Layer        string     `db:"layer"`
	Number       int        `db:"number"`
	State        string     `db:"state"`
	FeatureCount int64      `db:"feature_count"`
	ImportedAt   time.Time  `db:"imported_at"`
	PublishedAt  *time.Time `db:"published_at"`
	Read         int64      `db:"read"`
	layers.Scores
	Score    *float64 `db:"score"`
	Measured bool     `db:"measured"`
	Rules    []byte   `db:"rules"`
}

// Read makes the cards of layers at a time. Versions that were never published are told to
// who may import; which layers to ask for the caller decides, as by
// [layers.Catalogue.Readable]. findings adds what each rule found.
func Read(ctx context.Context, db *pgxpool.Pool, in []layers.Layer, findings bool, now time.Time) (Board, error) {
	board := Board{At: now.UTC().Truncate(time.Second), Layers: make([]Card, len(in)), Departments: []Department{}}
	ids := make([]string, len(in))
	places := map[string]int{}
	for i, l := range in {
		d := l.Definition
		ids[i], places[d.ID] = d.ID, i
		board.Layers[i] = Card{Layer: d.ID, Name: d.Name, NameEN: d.NameEN, Theme: d.Theme, Department: d.Department, Versions: []Version{}}
		if l.Published != nil {
			number := l.Published.Number
			board.Layers[i].Published = &number
		}
	}
	rows, err := db.Query(ctx, versionsSQL, pgx.StrictNamedArgs{"layers": ids, "drafts": access.From(ctx).May(access.Import), "most": MostVersions})
	if err != nil {
		return board, fmt.Errorf("scorecard: %w", err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowToStructByName[record])
	if err != nil {
		return board, fmt.Errorf("scorecard: %w", err)
	}
	for _, r := range records {
		v, err := r.version(findings)
		if err != nil {
			return board, err
		}
		card := &board.Layers[places[r.Layer]]
		card.Versions = append(card.Versions, v)
	}
	for i, l := range in {
		card := &board.Layers[i]
		var newest *time.Time
		if len(card.Versions) > 0 {
			newest = &card.Versions[0].ImportedAt
		}
		card.Freshness = fresh(l.Definition.Cycle, l.Published, newest, now)
	}
	board.Departments = departments(board.Layers)
	return board, nil
}

func (r record) version(findings bool) (Version, error) {
	v := Version{
		Number: r.Number, State: layers.State(r.State), FeatureCount: r.FeatureCount, Read: r.Read, ImportedAt: r.ImportedAt, PublishedAt: r.PublishedAt,
		Measured: r.Measured, Score: r.Score, Scores: r.Scores,
	}
	if !r.Measured {
		return v, nil
	}
	var found []struct {
		Finding
		Rule layers.Rule `json:"rule"`
	}
	if err := json.Unmarshal(r.Rules, &found); err != nil {
		return v, fmt.Errorf("scorecard: report of %s version %d: %w", r.Layer, r.Number, err)
	}
	for _, one := range found {
		f := one.Finding
		f.Rule, f.Level = one.Rule.Title(), one.Rule.Level
		v.Defects.Add(f)
		if findings {
			v.Findings = append(v.Findings, f)
		}
	}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return int(b.Count - a.Count) })
	points := v.Defects.Points(r.Read)
	v.Points, v.Grade = &points, v.Defects.Grade(r.Read)
	return v, nil
}

// departments sums up cards, in the order in which departments first come.
func departments(cards []Card) []Department {
	list := []Department{}
	sums := map[string]float64{}
	for _, c := range cards {
		at := slices.IndexFunc(list, func(d Department) bool { return d.Name == c.Department })
		if at < 0 {
			at = len(list)
			list = append(list, Department{Name: c.Department})
		}
		d := &list[at]
		d.Layers++
		if c.Freshness.Overdue {
			d.Overdue++
		}
		if v := c.Shown(); v != nil && v.Points != nil {
			d.Measured++
			sums[d.Name] += *v.Points
			d.Defects.A += v.Defects.A
			d.Defects.B += v.Defects.B
			d.Defects.C += v.Defects.C
			d.Defects.D += v.Defects.D
		}
	}
	for i := range list {
		if n := list[i].Measured; n > 0 {
			mean := math.Round(sums[list[i].Name]/float64(n)*10) / 10
			list[i].Points = &mean
		}
	}
	return list
}
