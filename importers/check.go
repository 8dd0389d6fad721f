package importers

import (
	"fmt"

	"github.com/paulmach/orb"

	"onemap/importers/quality"
	"onemap/layers"
)

// check holds a converted row to the layer's rules.
func (w *worker) check(number int64, values []any, g orb.Geometry) *RowError {
	refusal := w.checker.Row(quality.Row{Number: number, Values: values, Geometry: g, Coarse: w.coarse})
	if refusal == nil {
		return nil
	}
	e := &RowError{
		Row: number, Rule: refusal.Rule, Field: refusal.Field, Value: refusal.Value,
		Reason: refusal.Message, EN: refusal.MessageEN, counted: true,
	}
	if refusal.Place != nil {
		e.Place = &Place{refusal.Place.Lon, refusal.Place.Lat}
	}
	return e
}

// tell tells the checker what became of a row without it.
func (w *worker) tell(refused *RowError, repairs []RowRepair) {
	if refused != nil {
		if !refused.counted {
			w.checker.Refused(refused.Rule, quality.Example{
				Row: refused.Row, Field: refused.Field, Value: refused.Value, Message: refused.Reason, MessageEN: refused.EN, Place: (*quality.Place)(refused.Place),
			})
		}
		return
	}
	for _, one := range repairs {
		e := quality.Example{Row: one.Row, Field: one.Field, Message: one.Reason, MessageEN: one.EN, Place: (*quality.Place)(one.Place)}
		rule := "mended_value"
		if one.Field == "" {
			rule = "repair"
			if one.EN == "Ring Self-intersection" {
				rule = "self_touch"
			}
			e.Message += fmt.Sprintf("，面积变化 %+.4g%%", 100*one.AreaChange)
			e.MessageEN += fmt.Sprintf("; area changed by %+.4g %%", 100*one.AreaChange)
		}
		w.checker.Mended(rule, e)
	}
}

// Rules lists what deliveries of a layer are checked for, in the order of reports.
func Rules(def layers.Definition) []quality.Described { return quality.Describe(def) }

// facts are what the scores need of the report.
func (r *Report) facts(def layers.Definition) quality.Facts {
	return quality.Facts{
		Read: r.Read, FieldsDefined: len(def.Fields), FieldsFilled: len(r.Fields),
		AssumedCRS: r.CRSSource == "option", CycleYears: layers.CycleYears(def.Cycle),
	}
}
