package risk

import (
	"fmt"
	"slices"
	"time"
)

// DraftWarning is a warning that somebody may look over and publish: the body that
// POST /api/v1/warnings takes.
type DraftWarning struct {
	Kind      string    `json:"kind"`
	Colour    string    `json:"colour"`
	Headline  string    `json:"headline"`
	Text      string    `json:"text"`
	Advice    string    `json:"advice"`
	Issuer    string    `json:"issuer"`
	ValidFrom time.Time `json:"valid_from"`
	ValidTo   time.Time `json:"valid_to"`
	Divisions []string  `json:"divisions"` // towns
}

// townDigits is how long the code of a town is, with which a village's begins.
const townDigits = 9

// Drafts makes a warning for each colour, the highest first, of the towns whose
// zones passed it; a town has the highest of its zones. Zones whose village isn't
// known are in none. colourName is what a colour is called.
func (a RainAnswer) Drafts(rules RainRules, colourName func(string) string, from time.Time) []DraftWarning {
	drafts := []DraftWarning{}
	var seen []string
	order := colours()
	slices.Reverse(order)
	for _, colour := range order {
		var towns []string
		zones := 0
		for _, z := range a.Zones { // the highest colour first
			if z.Colour != colour || len(z.Village) < townDigits {
				continue
			}
			zones++
			if town := z.Village[:townDigits]; !slices.Contains(seen, town) {
				towns, seen = append(towns, town), append(seen, town)
			}
		}
		if len(towns) == 0 {
			continue
		}
		slices.Sort(towns)
		mark := ""
		if rules.Demo {
			mark = "【演示】"
		}
		from = from.Truncate(time.Second)
		drafts = append(drafts, DraftWarning{
			Kind: rules.Warning.Kind, Colour: colour, Issuer: rules.Warning.Issuer, ValidFrom: from, ValidTo: from.Add(time.Duration(rules.Warning.Hours) * time.Hour), Divisions: towns,
			Headline: mark + "地质灾害气象风险" + colourName(colour) + "预警",
			Text:     fmt.Sprintf("%s实测雨量已使 %d 处地质灾害风险区达到%s阈值（%s），涉及 %d 个镇街。", mark, zones, colourName(colour), rules.Version, len(towns)),
			Advice:   "请加强巡查，受威胁人员按预案撤离至避险点。",
		})
	}
	return drafts
}
