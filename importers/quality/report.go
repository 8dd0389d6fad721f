package quality

import (
	"math"

	"onemap/layers"
)

// mostExamples is how many examples a rule shows.
const mostExamples = 100

// Place is a position, EPSG:4490 degrees.
type Place struct {
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

// Example is one case of a broken rule.
type Example struct {
	Row       int64   `json:"row,omitempty"`  // from 1, in the file's order
	Rows      []int64 `json:"rows,omitempty"` // others that are party to it
	Field     string  `json:"field,omitempty"`
	Value     string  `json:"value,omitempty"`
	Message   string  `json:"message"` // Chinese
	MessageEN string  `json:"message_en"`
	Place     *Place  `json:"place,omitempty"`
}

// Result is what one rule found.
type Result struct {
	Rule      layers.Rule `json:"rule"`
	Dimension Dimension   `json:"dimension"`
	Title     string      `json:"title"` // Chinese
	TitleEN   string      `json:"title_en"`
	Count     int64       `json:"count"`           // rows, or places, that break it
	Refuses   bool        `json:"refuses"`         // such rows went to quarantine
	Fixed     bool        `json:"fixed,omitempty"` // was mended on the way in, safely
	Skipped   string      `json:"skipped,omitempty"`
	SkippedEN string      `json:"skipped_en,omitempty"` // why it was not checked
	Examples  []Example   `json:"examples"`             // the first hundred
}

// Report is what the rules found in a delivery.
type Report struct {
	Publishable bool `json:"publishable"` // no rule of level error objects to the version as a whole
	layers.Quality
	Score float64  `json:"score"` // mean of those measured, 0 to 100
	Rules []Result `json:"rules"`
}

// weights say how much a row counts that breaks a rule of the level.
func weight(l layers.Level) float64 {
	switch l {
	case layers.Error:
		return 1
	case layers.Warning:
		return 0.5
	case layers.Remark:
		return 0.1
	default:
		return 0
	}
}

// Facts are what scores need beside the rules' findings.
type Facts struct {
	Read          int64
	FieldsDefined int     // of the layer
	FieldsFilled  int     // of those, how many the file has
	AssumedCRS    bool    // the coordinate system was given by a person, not by the file
	CycleYears    float64 // how often the layer is due; 0 is unknown
}

// score works the scores out; docs/quality-rules.md has the formulas.
func (p *Plan) score(r *Report, f Facts) {
	lost := map[Dimension]float64{}
	for d, w := range p.total.lost {
		lost[d] = w
	}
	for _, one := range r.Rules {
		if kinds()[one.Rule.Check].whole {
			lost[one.Dimension] += weight(one.Rule.Level) * float64(one.Count)
		}
	}
	of := func(d Dimension, factor float64) *float64 {
		if f.Read == 0 {
			return nil
		}
		s := math.Max(0, 100*(1-lost[d]/float64(f.Read))*factor)
		s = math.Round(s*10) / 10
		return &s
	}
	fields := 1.0
	if f.FieldsDefined > 0 {
		fields = 0.8 + 0.2*float64(f.FieldsFilled)/float64(f.FieldsDefined)
	}
	trust := 1.0
	if f.AssumedCRS {
		trust = 0.9
	}
	r.Completeness, r.Validity, r.Consistency, r.Trust = of(Completeness, fields), of(Validity, 1), of(Consistency, 1), of(Trust, trust)
	if newest := p.total.newest; !newest.IsZero() {
		cycle := f.CycleYears
		if cycle == 0 {
			cycle = 1
		}
		late := p.now.Sub(newest).Hours()/24/365.25 - cycle
		r.Timeliness = of(Timeliness, 1-math.Min(1, math.Max(0, late)*0.25))
	}
	sum, n := 0.0, 0
	for _, s := range []*float64{r.Completeness, r.Validity, r.Consistency, r.Timeliness, r.Trust} {
		if s != nil {
			sum, n = sum+*s, n+1
		}
	}
	if n > 0 {
		r.Score = math.Round(sum/float64(n)*10) / 10
	}
}
