package demo

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"onemap/incidents"
	"onemap/spatial/crs"
)

// IncidentsFile is the file of incidents beside the deliveries: one
// [incidents.Past] a line.
const IncidentsFile = "incidents.ndjson"

// incidentYear is the year that incidents were reported in, Beijing time.
var incidentYear = time.Date(2025, 1, 1, 0, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

// How incidents are spread: invented, see settings.json. Months have more in the
// rain of spring and in the typhoons of autumn.
var (
	incidentMonths  = []float64{6, 5, 7, 11, 12, 12, 9, 11, 11, 6, 5, 5}
	incidentSources = []string{"worker", "public", "video", "assigned"}
	sourceWeights   = []float64{70, 18, 7, 5}
	classWeights    = []float64{15, 20, 18, 40, 7} // of the classes 01 to 05
)

// incidentFates are the states that incidents have come to, and the steps there.
var incidentFates = []struct {
	weight float64
	steps  []incidents.State
}{
	{78, []incidents.State{"verified", "filed", "dispatched", "in_progress", "handled", "checked", "closed"}},
	{4, []incidents.State{"verified", "filed", "dispatched", "in_progress", "handled", "returned", "in_progress", "handled", "checked", "closed"}},
	{6, []incidents.State{"verified", "filed", "dispatched", "in_progress"}},
	{4, []incidents.State{"verified", "filed", "dispatched"}},
	{2, []incidents.State{"verified", "filed"}},
	{2, []incidents.State{"verified", "filed", "dispatched", "in_progress", "handled", "checked"}},
	{2, nil},
	{1, []incidents.State{"rejected"}},
	{0.5, []incidents.State{"verified", "filed", "dispatched", "in_progress", "handled", "returned"}},
	{0.5, []incidents.State{"verified", "filed", "suspended"}},
}

// writeIncidents writes the incidents of a year, more where more people live.
func (c *city) writeIncidents(path string) error {
	gcj02, err := crs.NewProjector(crs.GCJ02)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	kinds := make([][]string, len(classWeights))
	for _, code := range slices.Sorted(maps.Keys(c.names["incident_kind"])) {
		if len(code) == 4 {
			kinds[code[1]-'1'] = append(kinds[code[1]-'1'], code)
		}
	}
	people := make([]float64, len(c.micros))
	total := 0.0
	for i, m := range c.micros {
		total += float64(m.population) + 1
		people[i] = total
	}
	return writeFile(path, func(out *bufio.Writer) error {
		for i := range c.scale.Incidents {
			random := newStream(c.seed, 191, uint64(i))
			at, _ := slices.BinarySearch(people, random.float()*total)
			m := c.micros[min(at, len(c.micros)-1)]
			past := c.incident(i, m, kinds, random)
			lonLat := c.krueger.lonLat(c.somewhere(m.atoms[random.intn(len(m.atoms))], random))
			past.Report.CRS = "EPSG:4490"
			if random.float() < 0.1 {
				if lonLat, err = gcj02.Point(lonLat); err != nil {
					return err
				}
				past.Report.CRS = "GCJ-02"
			}
			lonLat = orb.Point{math.Round(lonLat[0]*1e7) / 1e7, math.Round(lonLat[1]*1e7) / 1e7}
			past.Report.Lon, past.Report.Lat = &lonLat[0], &lonLat[1]
			text, err := json.Marshal(past)
			if err != nil {
				return err
			}
			_, _ = out.Write(append(text, '\n'))
		}
		return nil
	})
}

// incident makes what was reported in a micro-grid, and what became of it.
func (c *city) incident(i int, m *unit, kinds [][]string, random *stream) incidents.Past {
	class := random.choose(classWeights)
	kind := kinds[class][random.intn(len(kinds[class]))]
	weights := make([]float64, len(incidentFates))
	for n, f := range incidentFates {
		weights[n] = f.weight
	}
	fate := incidentFates[random.choose(weights)]
	month := random.choose(incidentMonths)
	done := len(fate.steps) > 0 && slices.Contains([]incidents.State{"closed", "rejected", "suspended"}, fate.steps[len(fate.steps)-1])
	if !done {
		month = 11 // what is open is recent
	}
	first := incidentYear.AddDate(0, month, random.intn(28)).Add(time.Duration(random.between(6, 22) * float64(time.Hour))).Truncate(time.Second)
	accuracy := math.Round(random.between(5, 60))
	past := incidents.Past{Report: incidents.Draft{
		ClientID: fmt.Sprintf("demo-%d-%06d", c.seed, i+1), Kind: kind, Source: incidentSources[random.choose(sourceWeights)],
		Text: fmt.Sprintf("%s%s：%s", m.parent.parent.place(), c.names["incident_kind"][kind], mustBe), AccuracyM: &accuracy, ReportedAt: &first,
	}, Steps: []incidents.PastStep{}}
	// Log-normal, with a median of 1.5 days from the report to the last step; never past the year's end.
	whole := min(36*3600*math.Exp(random.normal()), incidentYear.AddDate(1, 0, 0).Sub(first).Seconds()-60)
	shares, sum := make([]float64, len(fate.steps)), 0.0
	for n := range shares {
		shares[n] = random.between(0.2, 1)
		sum += shares[n]
	}
	moment := first
	for n, to := range fate.steps {
		moment = moment.Add(max(time.Second, time.Duration(whole*shares[n]/sum)*time.Second))
		why := ""
		if to == "rejected" || to == "suspended" || to == "returned" {
			why = mustBe
		}
		past.Steps = append(past.Steps, incidents.PastStep{To: to, At: moment, Why: why})
	}
	return past
}
