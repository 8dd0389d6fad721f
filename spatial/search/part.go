package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial/cells"
	"onemap/spatial/names"
)

// maxText is the longest text that is looked through, in characters; of longer
// ones only the beginning is.
const maxText = 64

// Item is a feature that can be found.
type Item struct {
	FID   int64
	Code  string    // the values of the key, parted by "/"
	Label string    // as it is shown; may be empty
	At    orb.Point // a point on the feature, EPSG:4490 degrees
	Box   orb.Bound
	Rank  float64 // of the layer's rank field, more is more important; 0 where there is none
}

// column is a field that items are found by.
type column struct {
	name  string
	right access.Right // that finding by it needs beside the layer's; "" is none
}

// text is one value that an item is found by.
type text struct {
	item   int32
	column uint8
	length uint8  // characters
	start  uint32 // of the characters, in Part.letters
	spell  uint32 // of its pinyin, in Part.spelling
	spelt  uint16 // bytes of pinyin
	marks  uint64 // which letters and digits the pinyin has
}

// Part is a layer's names and codes. It never changes; many goroutines may ask it.
type Part struct {
	Definition layers.Definition
	Version    int

	items   []Item
	texts   []text
	columns []column
	area    *cells.Coverage // of the items of a layer of divisions; else nil

	letters  []rune   // of all texts, folded, one after another
	read     []uint16 // of each letter, its place in readings
	readings [][]string
	readOf   map[readKey]uint16

	spelling []byte // the likeliest pinyin of all texts
	starts   []bool // whether a syllable begins there

	byLetter map[rune][]int32           // texts that have a character that isn't a small letter or digit
	byPair   [classes * classes][]int32 // texts where two neighbouring characters begin with these
	byFirst  [classes][]int32           // texts whose first character begins with this
	single   [classes][]int32           // texts where a character begins with this
	byCode   []int32                    // items by code, folded
	codes    []string                   // of items, folded
	rankLow  float64
	rankHigh float64
}

// readKey tells lists of readings apart.
type readKey string

// classes are the letters and digits that a reading can begin with.
const classes = 36

// class returns the place of a small letter or digit among classes, or -1.
func class(r rune) int {
	switch {
	case r >= 'a' && r <= 'z':
		return int(r - 'a')
	case r >= '0' && r <= '9':
		return int(r-'0') + 26
	default:
		return -1
	}
}

// builder puts a part together.
type builder struct {
	*Part
	table *names.Table
}

func newBuilder(table *names.Table, d layers.Definition, version int, columns []column) *builder {
	p := &Part{
		Definition: d, Version: version, columns: columns, readings: [][]string{nil}, readOf: map[readKey]uint16{"": 0}, byLetter: map[rune][]int32{},
	}
	return &builder{Part: p, table: table}
}

// add takes an item with a value for each column; empty values are left out,
// and so are those equal to one before.
func (b *builder) add(one Item, values []string) {
	at := int32(len(b.items))
	if at == 0 || one.Rank < b.rankLow {
		b.rankLow = one.Rank
	}
	if at == 0 || one.Rank > b.rankHigh {
		b.rankHigh = one.Rank
	}
	b.items = append(b.items, one)
	b.codes = append(b.codes, foldCode(one.Code))
	for i, value := range values {
		if value != "" && !slices.Contains(values[:i], value) {
			b.addText(at, i, value)
		}
	}
}

func (b *builder) addText(item int32, column int, value string) {
	folded, readings := b.table.FoldAndRead(cut(value, 4*maxText))
	if len(folded) > maxText {
		folded, readings = folded[:maxText], readings[:maxText]
	}
	if len(folded) == 0 {
		return
	}
	one := text{item: item, column: uint8(column), length: uint8(len(folded)), start: uint32(len(b.letters)), spell: uint32(len(b.spelling))}
	at := int32(len(b.texts))
	for i, r := range folded {
		b.letters = append(b.letters, r)
		b.read = append(b.read, b.reading(readings[i]))
		if class(r) < 0 {
			b.byLetter[r] = post(b.byLetter[r], at)
		}
		for _, s := range readings[i] {
			first := class(rune(s[0]))
			b.single[first] = post(b.single[first], at)
			if i == 0 {
				b.byFirst[first] = post(b.byFirst[first], at)
			}
			if i+1 < len(folded) {
				for _, next := range readings[i+1] {
					pair := first*classes + class(rune(next[0]))
					b.byPair[pair] = post(b.byPair[pair], at)
				}
			}
		}
		if len(readings[i]) > 0 {
			for j, letter := range readings[i][0] {
				one.marks |= 1 << class(letter)
				b.starts = append(b.starts, j == 0)
			}
			b.spelling = append(b.spelling, readings[i][0]...)
		}
	}
	one.spelt = uint16(len(b.spelling) - int(one.spell))
	b.texts = append(b.texts, one)
}

// post adds a text to a list that is in order, once.
func post(list []int32, at int32) []int32 {
	if n := len(list); n > 0 && list[n-1] == at {
		return list
	}
	return append(list, at)
}

func (b *builder) reading(all []string) uint16 {
	key := readKey(strings.Join(all, ","))
	at, ok := b.readOf[key]
	if !ok {
		at = uint16(len(b.readings))
		b.readOf[key], b.readings = at, append(b.readings, all)
	}
	return at
}

// done ends the building.
func (b *builder) done() *Part {
	p := b.Part
	p.readOf = nil
	p.byCode = make([]int32, 0, len(p.items))
	for i, code := range p.codes {
		if code != "" {
			p.byCode = append(p.byCode, int32(i))
		}
	}
	slices.SortFunc(p.byCode, func(a, b int32) int { return cmp.Or(strings.Compare(p.codes[a], p.codes[b]), cmp.Compare(a, b)) })
	p.items, p.texts = slices.Clip(p.items), slices.Clip(p.texts)
	p.letters, p.read = slices.Clip(p.letters), slices.Clip(p.read)
	p.spelling, p.starts = slices.Clip(p.spelling), slices.Clip(p.starts)
	return p
}

// foldCode writes a code as it is compared: small letters, digits, and nothing
// of what people put between the groups.
func foldCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '-' || r == '/' || r == ' ' || r == '_' || r == '.':
			return -1
		default:
			return r
		}
	}, code)
}

// cut shortens a text to so many bytes, at a character's border.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// lettersOf returns the folded characters of a text.
func (p *Part) lettersOf(t *text) []rune { return p.letters[t.start : t.start+uint32(t.length)] }

// Len is how many items the part has.
func (p *Part) Len() int { return len(p.items) }
