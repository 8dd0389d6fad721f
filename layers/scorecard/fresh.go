package scorecard

import (
	"time"

	"onemap/layers"
)

// Freshness is when a layer was delivered and when it is due again.
type Freshness struct {
	Cycle       string     `json:"cycle"`        // Chinese, as the layer has it; "" is none
	DataDate    *time.Time `json:"data_date"`    // what is published is as of then: its delivery, or its last edit
	DeliveredAt *time.Time `json:"delivered_at"` // the newest delivery, published or not
	DueAt       *time.Time `json:"due_at"`       // when the next one is expected; nil is unknown
	Overdue     bool       `json:"overdue"`
	DaysLate    int        `json:"days_late"`
}

// fresh works out a layer's freshness at a time. published is nil where nothing
// is; newest is the newest delivery that who asks may know of, nil is none. A
// layer is due a cycle after its newest delivery.
func fresh(cycle string, published *layers.Version, newest *time.Time, now time.Time) Freshness {
	f := Freshness{Cycle: cycle, DeliveredAt: newest}
	if published != nil {
		at := published.ImportedAt
		if published.EditedAt != nil && published.EditedAt.After(at) {
			at = *published.EditedAt
		}
		f.DataDate = &at
	}
	years := layers.CycleYears(cycle)
	if newest == nil || years == 0 {
		return f
	}
	due := newest.Add(time.Duration(years * 365.25 * 24 * float64(time.Hour))).Truncate(time.Second)
	f.DueAt = &due
	if now.After(due) {
		f.Overdue = true
		f.DaysLate = int(now.Sub(due).Hours() / 24)
	}
	return f
}
