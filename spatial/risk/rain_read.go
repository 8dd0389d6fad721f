package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrRain reports measured rain that can't be used; [RainError] says why.
var ErrRain = errors.New("risk: unusable rain")

// RainError is what is wrong with measured rain: with which member, and what it should be.
type RainError struct {
	Member string
	ZH, EN string
}

func (e *RainError) Error() string { return "rain, " + e.Member + ": " + e.EN }

// Unwrap returns [ErrRain].
func (e *RainError) Unwrap() error { return ErrRain }

// Limits of a request.
const (
	MaxStations = 5000
	mostMM      = 3000 // more never fell in a day, nor in ten
)

// Measured is the rain at a station: sums up to now, and of the days before.
type Measured struct {
	Code  string    `json:"code,omitempty"` // of a station of the layer, or any name beside lon and lat
	Lon   *float64  `json:"lon,omitempty"`  // where it isn't a known station
	Lat   *float64  `json:"lat,omitempty"`
	H1    *float64  `json:"h1,omitempty"` // mm in the last hour
	H3    *float64  `json:"h3,omitempty"`
	H6    *float64  `json:"h6,omitempty"`
	H24   *float64  `json:"h24,omitempty"`
	Days  []float64 `json:"days,omitempty"`         // mm of yesterday, the day before, …: R_1, R_2, …
	Given *float64  `json:"effective_mm,omitempty"` // effective antecedent rain, where it is known; else it follows from Days
}

// amounts are the sums by duration.
func (m Measured) amounts() map[string]*float64 {
	return map[string]*float64{"h1": m.H1, "h3": m.H3, "h6": m.H6, "h24": m.H24}
}

// Effective is the effective antecedent rain in mm, R_e = Σ αⁱ R_i over the days
// before; 0 where nothing is known of them.
func (r RainRules) Effective(m Measured) float64 {
	if m.Given != nil {
		return *m.Given
	}
	sum, left := 0.0, 1.0
	for _, mm := range m.Days[:min(len(m.Days), r.Antecedent.Days)] {
		left *= r.Antecedent.Alpha
		sum += left * mm
	}
	return sum
}

// RainQuestion asks which zones' thresholds are passed.
type RainQuestion struct {
	Stations []Measured `json:"stations"`
	Method   string     `json:"method,omitempty"`     // "nearest" or "idw"; "" is the rules'
	Farthest *float64   `json:"max_metres,omitempty"` // from a station to a zone; nil is the rules'
}

// ReadRain reads a question; unknown members and unusable values are a [RainError].
func ReadRain(text []byte) (q RainQuestion, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil || decoder.More() {
		member := "(body)"
		if err != nil {
			if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
				member = strings.Trim(name, `"`)
			}
		}
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			member = kind.Field
		}
		return q, &RainError{member, "应为 JSON 对象 {\"stations\": [{\"code\" 或 \"lon\"、\"lat\", \"h1\", \"h3\", \"h6\", \"h24\", \"days\"}]}", fmt.Sprintf("must be a JSON object {\"stations\": [{\"code\", or \"lon\" and \"lat\", \"h1\", \"h3\", \"h6\", \"h24\", \"days\"}]}: %v", err)}
	}
	if len(q.Stations) == 0 || len(q.Stations) > MaxStations {
		return q, &RainError{"stations", fmt.Sprintf("应有 1 至 %d 个站", MaxStations), fmt.Sprintf("must be 1 to %d stations", MaxStations)}
	}
	if q.Method != "" && q.Method != MethodNearest && q.Method != MethodIDW {
		return q, &RainError{"method", fmt.Sprintf("应为 nearest 或 idw，不是 %.40q", q.Method), fmt.Sprintf("must be nearest or idw, not %.40q", q.Method)}
	}
	if q.Farthest != nil && !(*q.Farthest > 0 && *q.Farthest <= 100_000) {
		return q, &RainError{"max_metres", "应大于 0 且不超过 100000", "must be above 0 and at most 100,000"}
	}
	seen := map[string]bool{}
	for i, m := range q.Stations {
		if err := m.check(fmt.Sprintf("stations[%d]", i)); err != nil {
			return q, err
		}
		if m.Code != "" && seen[m.Code] {
			return q, &RainError{fmt.Sprintf("stations[%d].code", i), fmt.Sprintf("站 %.40q 重复", m.Code), fmt.Sprintf("the station %.40q is there twice", m.Code)}
		}
		seen[m.Code] = true
	}
	return q, nil
}

func (m Measured) check(where string) error {
	if (m.Lon == nil) != (m.Lat == nil) || m.Code == "" && m.Lon == nil || len(m.Code) > 100 || strings.ContainsRune(m.Code, 0) {
		return &RainError{where, "应给出站码 code，或 lon 与 lat", "needs a code, or lon and lat"}
	}
	amounts := []*float64{m.H1, m.H3, m.H6, m.H24, m.Given}
	for i := range m.Days {
		amounts = append(amounts, &m.Days[i])
	}
	any := false
	for i, mm := range amounts {
		if mm == nil {
			continue
		}
		any = any || i < 4
		if !(*mm >= 0 && *mm <= mostMM) {
			return &RainError{where, fmt.Sprintf("雨量 %g 应为 0 至 %d 毫米", *mm, mostMM), fmt.Sprintf("rain of %g must be 0 to %d mm", *mm, mostMM)}
		}
	}
	if !any || len(m.Days) > 60 {
		return &RainError{where, "至少给出 h1、h3、h6、h24 之一；days 至多 60 天", "needs one of h1, h3, h6, h24; days are at most 60"}
	}
	// Rain can't lessen with time; where it does, columns were mixed up.
	last := 0.0
	for _, mm := range amounts[:4] {
		if mm == nil {
			continue
		}
		if *mm < last {
			return &RainError{where, "较长时段的雨量少于较短时段的，请核对各列", "a longer time has less rain than a shorter one; check the columns"}
		}
		last = *mm
	}
	return nil
}
