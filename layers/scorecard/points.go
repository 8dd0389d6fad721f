package scorecard

import (
	"math"

	"onemap/layers"
)

// What a defect of each class takes, in points. Class A is taken once for each,
// the others for each hundred features: the coefficients of GB/T 24356-2009, whose
// unit of delivery is a map sheet, here a hundred features.
const (
	takenA = 42.0
	takenB = 12.0
	takenC = 4.0
	takenD = 1.0
	unit   = 100.0 // features
)

// Defects counts what the rules found in a delivery by how much it matters.
type Defects struct {
	A int64 `json:"a"` // rules of level error that object to the version as a whole
	B int64 `json:"b"` // rows that a rule of level error refused
	C int64 `json:"c"` // cases of level warning
	D int64 `json:"d"` // cases of level note, what was mended among them
}

// Add counts what a rule found.
func (d *Defects) Add(f Finding) {
	switch {
	case f.Count == 0:
	case f.Level == layers.Error && !f.Refuses:
		d.A++
	case f.Level == layers.Error:
		d.B += f.Count
	case f.Level == layers.Warning:
		d.C += f.Count
	case f.Level == layers.Remark:
		d.D += f.Count
	}
}

// Points are 100 less what the defects take in a delivery of so many features,
// from 0 to 100 to a tenth:
//
//	points = 100 − 42·A − (12·B + 4·C + 1·D) ÷ t, with t = features ÷ 100, at least 1
func (d Defects) Points(features int64) float64 {
	t := math.Max(1, float64(features)/unit)
	taken := takenA*float64(d.A) + (takenB*float64(d.B)+takenC*float64(d.C)+takenD*float64(d.D))/t
	return math.Round(math.Max(0, 100-taken)*10) / 10
}

// Grade is what points are called.
type Grade string

// The grades of GB/T 24356. A defect of class A fails whatever the points.
const (
	Excellent Grade = "excellent" // 优: 90 and more
	Good      Grade = "good"      // 良: 75 and more
	Passed    Grade = "passed"    // 合格: 60 and more
	Failed    Grade = "failed"    // 不合格
)

// Name is the grade's name in Chinese.
func (g Grade) Name() string {
	return map[Grade]string{Excellent: "优", Good: "良", Passed: "合格", Failed: "不合格"}[g]
}

// Grade grades a delivery of so many features.
func (d Defects) Grade(features int64) Grade {
	switch points := d.Points(features); {
	case d.A > 0 || points < 60:
		return Failed
	case points < 75:
		return Passed
	case points < 90:
		return Good
	}
	return Excellent
}
