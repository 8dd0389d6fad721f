package quality

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onemap/layers"
)

// ErrSkip reports a rule that a delivery can't be excused from. Its text says why
// in Chinese and English.
var ErrSkip = errors.New("quality: rule can't be left out")

// counted are the checks that only count what the importer does anyway.
var counted = []string{"repair", "self_touch", "mended_value"}

// skip leaves rules out, by their ids: those about the whole for a delivery that is
// a part, or any that the deliverer knows to be broken. Rules of level error keep
// wrong data from being published, so they stay.
func (p *Plan) skip(ids []string) error {
	for _, id := range ids {
		i, known := p.index[id]
		switch {
		case !known:
			var all []string
			for j, r := range p.rules {
				if p.mayBeSkipped(j) {
					all = append(all, r.ID)
				}
			}
			return fmt.Errorf("%w: 图层 %s 没有规则 %.64q，可省略的有 %s / layer %[2]s has no rule %.64[3]q; those that can be left out are %[4]s", ErrSkip, p.def.ID, id, strings.Join(all, ", "))
		case !p.mayBeSkipped(i):
			return fmt.Errorf("%w: 规则 %s 不能省略：错误级规则和修复记录总要检查 / rule %[2]s can't be left out: rules of level error, and those that count what was mended, always hold", ErrSkip, id)
		}
		p.skipped[id] = true
	}
	return nil
}

func (p *Plan) mayBeSkipped(i int) bool {
	return p.rules[i].Level != layers.Error && !slices.Contains(counted, p.rules[i].Check)
}
