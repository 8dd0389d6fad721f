package search

import (
	"math/bits"
	"unicode/utf8"
)

// MaxQuery is the longest query, in characters after folding.
const MaxQuery = 60

// Closeness is how a query and a text belong together, the closest first.
type Closeness int

// The ways that a query is found in a text.
const (
	Exact  Closeness = iota // all of it
	Prefix                  // its beginning
	Word                    // inside it
	Fuzzy                   // but for one letter or character, or two exchanged
)

// String names it as answers do.
func (c Closeness) String() string { return [...]string{"exact", "prefix", "word", "fuzzy"}[c] }

// Way is what of a text the query speaks of.
type Way int

// The ways that names are typed.
const (
	Literal  Way = iota // characters
	Pinyin              // whole syllables
	Mixed               // characters and syllables, or syllables and initials
	Initials            // the first letters of syllables
	Code                // a key code
)

// String names it as answers do.
func (w Way) String() string { return [...]string{"text", "pinyin", "mixed", "initials", "code"}[w] }

// query is a folded query, prepared for looking.
type query struct {
	runes   []rune
	typed   bool // all of it is small letters and digits
	digits  bool // all of it is digits
	letters string
}

func newQuery(folded []rune) query {
	q := query{runes: folded, typed: true, digits: true}
	for _, r := range folded {
		q.typed = q.typed && class(r) >= 0
		q.digits = q.digits && r >= '0' && r <= '9'
	}
	if q.typed {
		q.letters = string(folded)
	}
	return q
}

// found is how a text was matched.
type found struct {
	closeness  Closeness
	way        Way
	start, end int // the characters of the folded text
}

// match finds a query in a text, at the nearest place to its beginning.
func (p *Part) match(q *query, t *text) (found, bool) {
	letters := p.lettersOf(t)
	for start := range letters {
		if start > 0 && len(q.runes) == 1 && q.typed {
			return found{}, false // one letter means a beginning
		}
		end, way, whole := p.matchAt(q, t, start)
		if end == 0 {
			continue
		}
		f := found{Word, way, start, end}
		if start == 0 {
			f.closeness = Prefix
			if end == len(letters) && whole {
				f.closeness = Exact
			}
		}
		return f, true
	}
	return found{}, false
}

// reach are positions in a query, a bit each, and how they were come to.
type reach struct{ literal, pinyin, mixed, initials uint64 }

func (r reach) any() uint64 { return r.literal | r.pinyin | r.mixed | r.initials }

// matchAt matches a query with a text from a character on. Every character
// takes itself, one of its readings, or the first letters of one; the last may
// take the beginning of a reading. end is behind the last character, or 0 for
// none; whole says that the last took no mere beginning.
func (p *Part) matchAt(q *query, t *text, start int) (end int, way Way, whole bool) {
	n := len(q.runes)
	done := uint64(1) << n
	letters := p.letters[t.start : t.start+uint32(t.length)]
	now := reach{literal: 1}
	first := true
	for i := start; i < len(letters); i++ {
		var next reach
		partly := false
		for at := now.any(); at != 0; at &= at - 1 {
			j := bits.TrailingZeros64(at)
			if j >= n {
				continue
			}
			from := now.at(j, first)
			if letters[i] == q.runes[j] {
				next.add(j+1, from, Literal)
			}
			if class(q.runes[j]) < 0 || class(letters[i]) >= 0 {
				continue
			}
			for _, s := range p.readings[p.read[t.start+uint32(i)]] {
				if taken := common(s, q.runes[j:]); taken == len(s) {
					next.add(j+taken, from, Pinyin)
				} else if taken > 0 && j+taken == n && taken > 1 {
					partly = true
				}
				if s[0] == byte(q.runes[j]) {
					next.add(j+1, from, Initials)
					if len(s) > 2 && s[1] == 'h' && j+1 < n && q.runes[j+1] == 'h' {
						next.add(j+2, from, Initials)
					}
				}
			}
		}
		first = false
		if next.any()&done != 0 {
			return i + 1, next.best(done), true
		}
		if partly {
			return i + 1, Pinyin, false
		}
		if next.any() == 0 {
			return 0, 0, false
		}
		now = next
	}
	return 0, 0, false
}

// at tells the best way that a position was come to; unset is the first.
func (r reach) at(j int, first bool) Way {
	if first {
		return -1
	}
	return r.best(1 << j)
}

func (r reach) best(bit uint64) Way {
	switch {
	case r.literal&bit != 0:
		return Literal
	case r.pinyin&bit != 0:
		return Pinyin
	case r.mixed&bit != 0:
		return Mixed
	default:
		return Initials
	}
}

// add says that a position is come to from one that was come to so, by a step.
func (r *reach) add(j int, from, step Way) {
	if from >= 0 && from != step {
		step = Mixed
	}
	switch bit := uint64(1) << j; step {
	case Literal:
		r.literal |= bit
	case Pinyin:
		r.pinyin |= bit
	case Initials:
		r.initials |= bit
	default:
		r.mixed |= bit
	}
}

// common is how many letters a reading and the rest of a query begin with alike.
func common(s string, rest []rune) int {
	n := 0
	for n < len(s) && n < len(rest) && rest[n] < utf8.RuneSelf && s[n] == byte(rest[n]) {
		n++
	}
	return n
}
