package search

import (
	"math/bits"
	"slices"
)

// minFuzzy is the fewest letters or characters that may have a slip among them.
const minFuzzy = 3

// fuzzy finds the texts that a query would be in but for one letter or
// character left out, put in or exchanged for another, or two neighbours
// exchanged. It tells each to found. Queries of characters and letters together
// are not looked for.
func (p *Part) fuzzy(q *query, tell func(at int32, f found)) {
	switch {
	case len(q.runes) < minFuzzy || q.digits:
	case q.typed:
		p.fuzzyPinyin(q, tell)
	case !slices.ContainsFunc(q.runes, func(r rune) bool { return class(r) >= 0 }):
		p.fuzzyLiteral(q, tell)
	}
}

// fuzzyLiteral looks where one of the two rarest characters is: a slip leaves at
// least one of any two.
func (p *Part) fuzzyLiteral(q *query, tell func(at int32, f found)) {
	lists := make([][]int32, 0, len(q.runes))
	for i, r := range q.runes {
		if !slices.Contains(q.runes[:i], r) {
			lists = append(lists, p.byLetter[r])
		}
	}
	slices.SortFunc(lists, func(a, b []int32) int { return len(a) - len(b) })
	all := slices.Concat(lists[:min(2, len(lists))]...)
	slices.Sort(all)
	for _, at := range slices.Compact(all) {
		letters := p.lettersOf(&p.texts[at])
		for start := range letters {
			// The first characters must be alike, or the second: a slip is one.
			if end, ok := nearly(q.runes, letters[start:]); ok {
				tell(at, found{Fuzzy, Literal, start, start + end})
				break
			}
		}
	}
}

// nearly tells whether a text begins with a query but for one slip, and how many
// characters of it the query takes.
func nearly(q, text []rune) (end int, ok bool) {
	i := 0
	for i < len(q) && i < len(text) && q[i] == text[i] {
		i++
	}
	if i == len(q) {
		return i, true
	}
	rest := func(q, text []rune) bool { return len(text) >= len(q) && slices.Equal(q, text[:len(q)]) }
	switch {
	case i+1 < len(q) && i+1 < len(text) && q[i] == text[i+1] && q[i+1] == text[i] && rest(q[i+2:], text[i+2:]): // exchanged
		return len(q), true
	case i < len(text) && rest(q[i+1:], text[i+1:]): // another
		return len(q), true
	case rest(q[i+1:], text[i:]): // one too many
		return len(q) - 1, true
	case i < len(text) && rest(q[i:], text[i+1:]): // one left out
		return len(q) + 1, true
	}
	return 0, false
}

// fuzzyPinyin looks through the likeliest pinyin of all texts, from the
// beginning of syllables, and through their initials, whole. A look at which
// letters there are at all leaves out most.
func (p *Part) fuzzyPinyin(q *query, tell func(at int32, f found)) {
	var wanted uint64
	for _, r := range q.runes {
		wanted |= 1 << class(r)
	}
	var initials []rune
	spelling := make([]rune, 0, 6*maxText)
	for at := range p.texts {
		t := &p.texts[at]
		if bits.OnesCount64(wanted&^t.marks) > 1 || int(t.spelt)+1 < len(q.runes) {
			continue
		}
		if n := int(t.length); n >= len(q.runes)-1 && n <= len(q.runes)+1 {
			initials = p.initials(initials[:0], t)
			if end, ok := nearly(q.runes, initials); ok && end == len(initials) {
				tell(int32(at), found{Fuzzy, Initials, 0, n})
				continue
			}
		}
		if len(q.runes) <= minFuzzy {
			continue // a slip among three letters leaves two, which is too little to tell by
		}
		spelling = spelling[:0]
		for _, letter := range p.spelling[t.spell : t.spell+uint32(t.spelt)] {
			spelling = append(spelling, rune(letter))
		}
		for start := range spelling {
			if !p.starts[int(t.spell)+start] {
				continue
			}
			if _, ok := nearly(q.runes, spelling[start:]); ok {
				tell(int32(at), found{Fuzzy, Pinyin, 0, int(t.length)})
				break
			}
		}
	}
}

// initials are the first letters of a text's likeliest pinyin.
func (p *Part) initials(into []rune, t *text) []rune {
	for i := range uint32(t.length) {
		if all := p.readings[p.read[t.start+i]]; len(all) > 0 {
			into = append(into, rune(all[0][0]))
		}
	}
	return into
}
