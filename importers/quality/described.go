package quality

import "onemap/layers"

// Described is a rule as people are told of it before there is a delivery.
type Described struct {
	layers.Rule
	Dimension Dimension `json:"dimension"`
	Title     string    `json:"title"` // Chinese
	TitleEN   string    `json:"title_en"`
	Refuses   bool      `json:"refuses"`   // rows that break it go to quarantine
	Skippable bool      `json:"skippable"` // a delivery may be excused from it
}

// Describe lists the rules of a layer, in the order of reports.
func Describe(d layers.Definition) []Described {
	p := Plan{def: d, rules: Rules(d)}
	all := make([]Described, len(p.rules))
	for i, rule := range p.rules {
		title, titleEN := p.titles(rule)
		all[i] = Described{Rule: rule, Dimension: kinds()[rule.Check].dimension, Title: title, TitleEN: titleEN, Refuses: refuses(rule), Skippable: p.mayBeSkipped(i)}
	}
	return all
}

// titles are what a rule checks, in Chinese and English.
func (p *Plan) titles(rule layers.Rule) (zh, en string) {
	k := kinds()[rule.Check]
	if field, ok := p.def.Field(rule.Field); ok {
		return k.zh + "：" + field.Label, k.en + ": " + field.LabelEN
	}
	return k.zh, k.en
}

// refuses tells whether rows that break a rule go to quarantine.
func refuses(rule layers.Rule) bool { return rule.Level == layers.Error && !kinds()[rule.Check].whole }
