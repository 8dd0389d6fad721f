package risk

import "slices"

// Alert is a warning that holds at the place of a question, as far as this package
// minds: how high it is, and which perils it is about.
type Alert struct {
	ID     int64
	Rank   int      // 1 is the lowest
	Perils []string // see [Source]
}

// Heed combines an answer with the warnings that hold at its place: a danger that
// a warning is about has the higher level of the two, and so has the place.
func (a *Answer) Heed(alerts []Alert, rules Rules) {
	a.Now = a.Highest
	for _, alert := range alerts {
		a.Now = higher(a.Now, rules.Level(alert.Rank))
		for i := range a.Dangers {
			if d := &a.Dangers[i]; slices.Contains(alert.Perils, d.peril) && !d.Settled {
				d.Now = higher(d.Now, rules.Level(alert.Rank))
				d.Warnings = append(d.Warnings, alert.ID)
			}
		}
	}
}
