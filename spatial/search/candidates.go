package search

import (
	"math/bits"
	"slices"
	"strings"
)

// candidates lists the texts that a query may be in, of which few are not.
func (p *Part) candidates(q *query) []int32 {
	if !q.typed {
		var rarest []int32
		for i, r := range q.runes {
			if class(r) >= 0 {
				continue
			}
			if list := p.byLetter[r]; i == 0 || rarest == nil || len(list) < len(rarest) {
				rarest = list
			}
			if len(rarest) == 0 {
				return nil
			}
		}
		return rarest
	}
	first := class(q.runes[0])
	if len(q.runes) == 1 {
		return p.byFirst[first]
	}
	var cuts uint // behind which letters the next character may begin
	cuts |= 1 << 1
	if q.runes[1] == 'h' {
		cuts |= 1 << 2
	}
	for _, all := range p.readings {
		for _, s := range all {
			if strings.HasPrefix(s, q.letters) {
				return p.single[first]
			}
			if strings.HasPrefix(q.letters, s) {
				cuts |= 1 << len(s)
			}
		}
	}
	var lists [][]int32
	for ; cuts != 0; cuts &= cuts - 1 {
		at := bits.TrailingZeros(cuts)
		if at < len(q.runes) {
			if list := p.byPair[first*classes+class(q.runes[at])]; len(list) > 0 {
				lists = append(lists, list)
			}
		}
	}
	if len(lists) == 1 {
		return lists[0]
	}
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// byPrefix lists items whose code begins with a text, at most so many, and how
// many of them have that code exactly.
func (p *Part) byPrefix(code string, most int) (list []int32, exact int) {
	from, _ := slices.BinarySearchFunc(p.byCode, code, func(at int32, code string) int { return strings.Compare(p.codes[at], code) })
	for i := from; i < len(p.byCode) && len(list) < most && strings.HasPrefix(p.codes[p.byCode[i]], code); i++ {
		if p.codes[p.byCode[i]] == code {
			exact++
		}
		list = append(list, p.byCode[i])
	}
	return list, exact
}
