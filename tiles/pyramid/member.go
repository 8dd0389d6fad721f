package pyramid

import (
	"cmp"
	"slices"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
)

// member is a feature of which a block holds a piece.
type member struct {
	id         uint64
	size, rank float64
	count      uint64
	owned      bool
	anchor     coverage.Point // on the finest grid; where owned
	values     []mvt.Value
	attributes []mvt.Attribute
}

// loaded is the content of a block, in the order of the features' ids.
type loaded struct {
	members []member
	parts   [][][]coverage.Point // of each member, on the grid that the pieces came on
	words   *mvt.Dictionary
}

// load reads the pieces of a block. The pieces of one feature, of which blocks
// above may give several, are one member.
func load(l Layer, chunks [][]byte) (*loaded, error) {
	in := &loaded{words: mvt.NewDictionary()}
	keys := make([]uint32, len(l.Fields))
	for i, f := range l.Fields {
		keys[i] = in.words.Key(f.Name)
	}
	byID := map[uint64]int{}
	var p piece
	for _, chunk := range chunks {
		r := pieceReader{b: chunk}
		for {
			more, err := r.next(&p)
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
			i, ok := byID[p.id]
			if !ok {
				i = len(in.members)
				byID[p.id] = i
				in.members = append(in.members, member{id: p.id, size: p.size, rank: p.rank, count: p.count, values: slices.Clone(p.values)})
				in.parts = append(in.parts, nil)
			}
			if p.owned {
				in.members[i].owned, in.members[i].anchor = true, p.anchor
			}
			for _, part := range p.parts {
				in.parts[i] = append(in.parts[i], slices.Clone(part))
			}
		}
	}
	in.sort()
	for i := range in.members {
		m := &in.members[i]
		for k, v := range m.values {
			if v != "" && k < len(keys) {
				m.attributes = append(m.attributes, mvt.Attribute{Key: keys[k], Value: in.words.Value(v)})
			}
		}
		if m.count > 1 {
			m.attributes = append(m.attributes, in.countOf(m.count))
		}
	}
	return in, nil
}

func (in *loaded) sort() {
	order := make([]int, len(in.members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(in.members[a].id, in.members[b].id) })
	members, parts := make([]member, len(order)), make([][][]coverage.Point, len(order))
	for to, from := range order {
		members[to], parts[to] = in.members[from], in.parts[from]
	}
	in.members, in.parts = members, parts
}

// counted is a member that stands for so many features, as an attribute says.
func (in *loaded) counted(i int, count uint64) *member {
	m := in.members[i]
	if m.count == count {
		return &in.members[i]
	}
	if m.count > 1 {
		m.attributes = m.attributes[:len(m.attributes)-1]
	}
	m.count = count
	m.attributes = append(slices.Clone(m.attributes), in.countOf(count))
	return &m
}

func (in *loaded) countOf(count uint64) mvt.Attribute {
	return mvt.Attribute{Key: in.words.Key("point_count"), Value: in.words.Value(mvt.Integer(int64(count)))}
}
