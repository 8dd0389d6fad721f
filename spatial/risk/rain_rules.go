package risk

import (
	"fmt"
	"slices"
	"time"
)

// RainRules say how much rain is too much, where; see data/risk/rain.json.
type RainRules struct {
	Version   string `json:"version"`
	Source    string `json:"source"`
	Demo      bool   `json:"demo"`       // not calibrated, not for real warnings
	ValidFrom string `json:"valid_from"` // a date
	Zones     struct {
		Layer string `json:"layer"` // a source of [Rules]; its rank is the susceptibility
	} `json:"zones"`
	Warning struct {
		Kind   string `json:"kind"`
		Hours  int    `json:"hours"`
		Issuer string `json:"issuer"`
	} `json:"warning"`
	Antecedent struct {
		Alpha float64 `json:"alpha"` // what is left of rain after a day
		Days  int     `json:"days"`
	} `json:"antecedent"`
	Stations struct {
		Layer string `json:"layer"`
		Code  string `json:"code"`
		Name  string `json:"name"`
	} `json:"stations"`
	Assignment Assignment  `json:"assignment"`
	Thresholds []Threshold `json:"thresholds"`
}

// Assignment says how stations are assigned to zones.
type Assignment struct {
	Method      string  `json:"method"`     // [MethodNearest] or [MethodIDW]
	MaxMetres   float64 `json:"max_metres"` // a station farther off says nothing
	IDWPower    float64 `json:"idw_power"`
	IDWStations int     `json:"idw_stations"`
}

// Threshold is the rain from which a colour is due in zones of some ranks. Any of
// its amounts suffices. Where the effective antecedent rain is EffectiveMM or
// more, amounts are multiplied by Factor.
type Threshold struct {
	Ranks       []int              `json:"ranks"`
	Divisions   []string           `json:"divisions"` // beginnings of codes: the warning zone
	Colour      string             `json:"colour"`
	MM          map[string]float64 `json:"mm"` // by duration: h1, h3, h6, h24
	EffectiveMM float64            `json:"effective_mm"`
	Factor      float64            `json:"factor"`
}

// The durations that rain is summed over, and the methods of assignment.
const (
	MethodNearest = "nearest" // a zone has the rain of the nearest station
	MethodIDW     = "idw"     // a zone has the mean of the nearest ones, weighted by 1/distance^power
)

// durations are the names of sums of rain, as an answer orders them.
func durations() []string { return []string{"h1", "h3", "h6", "h24"} }

// colours are the four, rising.
func colours() []string { return []string{"blue", "yellow", "orange", "red"} }

func (r RainRules) check(rules Rules) error {
	switch {
	case !slices.ContainsFunc(rules.Sources, func(s Source) bool { return s.Layer == r.Zones.Layer }):
		return fmt.Errorf("%w: rain: zones are of layer %q, which is no source", ErrRules, r.Zones.Layer)
	case !(r.Antecedent.Alpha > 0 && r.Antecedent.Alpha < 1) || r.Antecedent.Days < 1:
		return fmt.Errorf("%w: rain: alpha must lie between 0 and 1, days be 1 or more", ErrRules)
	case r.Assignment.Method != MethodNearest && r.Assignment.Method != MethodIDW, !(r.Assignment.MaxMetres > 0), r.Assignment.IDWStations < 1, !(r.Assignment.IDWPower > 0):
		return fmt.Errorf("%w: rain: the assignment is incomplete", ErrRules)
	case len(r.Thresholds) == 0, r.Source == "", r.Warning.Hours < 1:
		return fmt.Errorf("%w: rain: thresholds, source and hours are needed", ErrRules)
	}
	if _, err := time.Parse(time.DateOnly, r.ValidFrom); err != nil {
		return fmt.Errorf("%w: rain: valid_from is not a date: %q", ErrRules, r.ValidFrom)
	}
	for i, t := range r.Thresholds {
		for name, mm := range t.MM {
			if !slices.Contains(durations(), name) || !(mm > 0) {
				return fmt.Errorf("%w: rain: threshold %d: %s of %g mm", ErrRules, i+1, name, mm)
			}
		}
		if !slices.Contains(colours(), t.Colour) || len(t.MM) == 0 || len(t.Ranks) == 0 || !(t.Factor > 0 && t.Factor <= 1) {
			return fmt.Errorf("%w: rain: threshold %d is incomplete", ErrRules, i+1)
		}
	}
	return nil
}
