package mvt

import (
	"encoding/binary"

	"onemap/tiles/coverage"
)

// Extent is the number of units to a tile's side.
const Extent = 4096

// Attribute is a key and a value by their numbers in a [Dictionary].
type Attribute struct{ Key, Value uint32 }

// Dictionary numbers the keys and values that the features of many tiles share.
// It is not safe for use by several goroutines at once.
type Dictionary struct {
	keys    []string
	values  []Value
	byKey   map[string]uint32
	byValue map[Value]uint32
}

// NewDictionary makes an empty dictionary.
func NewDictionary() *Dictionary {
	return &Dictionary{byKey: map[string]uint32{}, byValue: map[Value]uint32{}}
}

// Reset forgets all keys and values, and what they were numbered.
func (d *Dictionary) Reset() {
	d.keys, d.values = d.keys[:0], d.values[:0]
	clear(d.byKey)
	clear(d.byValue)
}

// Key returns the number of a key.
func (d *Dictionary) Key(key string) uint32 {
	n, ok := d.byKey[key]
	if !ok {
		n = uint32(len(d.keys))
		d.keys, d.byKey[key] = append(d.keys, key), n
	}
	return n
}

// Value returns the number of a value.
func (d *Dictionary) Value(v Value) uint32 {
	n, ok := d.byValue[v]
	if !ok {
		n = uint32(len(d.values))
		d.values, d.byValue[v] = append(d.values, v), n
	}
	return n
}

// Layer collects the features of one layer of one tile. It can be used for one
// tile after another by [Layer.Reset].
type Layer struct {
	name       string
	dictionary *Dictionary
	features   []byte
	count      int
	tags       numbering
	values     numbering
	geometry   []byte
	pairs      []byte
	scratch    []byte
}

// numbering gives the dictionary's numbers the numbers of one tile, in the order of first use.
type numbering struct {
	local []uint32 // by dictionary number; valid where stamp is current
	stamp []uint32
	now   uint32
	used  []uint32 // dictionary numbers in the tile's order
}

func (n *numbering) reset() {
	n.now++
	n.used = n.used[:0]
}

func (n *numbering) number(of uint32) uint32 {
	for int(of) >= len(n.local) {
		n.local, n.stamp = append(n.local, 0), append(n.stamp, 0)
	}
	if n.stamp[of] != n.now {
		n.stamp[of], n.local[of] = n.now, uint32(len(n.used))
		n.used = append(n.used, of)
	}
	return n.local[of]
}

// NewLayer makes a layer with a name and the dictionary of its attributes.
func NewLayer(name string, d *Dictionary) *Layer {
	l := &Layer{name: name, dictionary: d}
	l.Reset()
	return l
}

// Reset empties the layer for the next tile.
func (l *Layer) Reset() {
	l.features, l.count = l.features[:0], 0
	l.tags.reset()
	l.values.reset()
}

// Rename empties the layer for a tile in which it has another name.
func (l *Layer) Rename(name string) {
	l.name = name
	l.Reset()
}

// Count is the number of features so far.
func (l *Layer) Count() int { return l.count }

// kind is the type of a feature's geometry.
type kind byte

const (
	pointKind   kind = 1
	lineKind    kind = 2
	polygonKind kind = 3
)

// Points adds a feature of one or more points. Coordinates are in units of the
// tile, from its top-left corner; they may lie outside it.
func (l *Layer) Points(id uint64, attributes []Attribute, points []coverage.Point) {
	c := cursor{out: l.geometry[:0]}
	c.points(points)
	l.add(id, pointKind, attributes, c.out)
}

// Lines adds a feature of one or more lines, each of two points or more.
func (l *Layer) Lines(id uint64, attributes []Attribute, lines [][]coverage.Point) {
	c := cursor{out: l.geometry[:0]}
	for _, line := range lines {
		c.line(line, false)
	}
	l.add(id, lineKind, attributes, c.out)
}

// Polygons adds a feature of one or more polygons: each outer ring, with a
// positive area by the surveyor's formula, followed by its holes. Rings don't
// repeat their first point.
func (l *Layer) Polygons(id uint64, attributes []Attribute, rings [][]coverage.Point) {
	c := cursor{out: l.geometry[:0]}
	for _, ring := range rings {
		c.line(ring, true)
	}
	l.add(id, polygonKind, attributes, c.out)
}

func (l *Layer) add(id uint64, k kind, attributes []Attribute, geometry []byte) {
	l.geometry = geometry
	f := l.scratch[:0]
	f = binary.AppendUvarint(append(f, 1<<3), id)
	if len(attributes) > 0 {
		l.pairs = l.pairs[:0]
		for _, a := range attributes {
			l.pairs = binary.AppendUvarint(l.pairs, uint64(l.tags.number(a.Key)))
			l.pairs = binary.AppendUvarint(l.pairs, uint64(l.values.number(a.Value)))
		}
		f = appendBytes(f, 2, l.pairs)
	}
	f = append(f, 3<<3, byte(k))
	f = appendBytes(f, 4, geometry)
	l.scratch = f
	l.features = appendBytes(l.features, 2, f)
	l.count++
}

// AppendTo writes the layer to a tile, nothing if it has no feature. The layers
// of a tile follow one another in its bytes.
func (l *Layer) AppendTo(tile []byte) []byte {
	if l.count == 0 {
		return tile
	}
	body := appendBytes(l.scratch[:0], 1, l.name)
	body = append(body, l.features...)
	for _, k := range l.tags.used {
		body = appendBytes(body, 3, l.dictionary.keys[k])
	}
	for _, v := range l.values.used {
		body = appendBytes(body, 4, l.dictionary.values[v])
	}
	body = binary.AppendUvarint(append(body, 5<<3), Extent)
	body = append(body, 15<<3, 2) // version
	l.scratch = body
	return appendBytes(tile, 3, body)
}

// Size is about how many bytes the layer will take.
func (l *Layer) Size() int { return len(l.features) + 12*len(l.values.used) }

func appendBytes[T ~[]byte | ~string](to []byte, field byte, b T) []byte {
	to = binary.AppendUvarint(append(to, field<<3|2), uint64(len(b)))
	return append(to, b...)
}

// cursor writes the commands of a geometry.
type cursor struct {
	out []byte
	at  coverage.Point
}

const (
	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

func (c *cursor) command(id, count int) {
	c.out = binary.AppendUvarint(c.out, uint64(id|count<<3))
}

func (c *cursor) move(p coverage.Point) {
	c.out = binary.AppendUvarint(c.out, uint64(zigzag(p.X-c.at.X)))
	c.out = binary.AppendUvarint(c.out, uint64(zigzag(p.Y-c.at.Y)))
	c.at = p
}

func (c *cursor) points(points []coverage.Point) {
	c.command(moveTo, len(points))
	for _, p := range points {
		c.move(p)
	}
}

func (c *cursor) line(points []coverage.Point, closed bool) {
	c.command(moveTo, 1)
	c.move(points[0])
	c.command(lineTo, len(points)-1)
	for _, p := range points[1:] {
		c.move(p)
	}
	if closed {
		c.command(closePath, 1)
	}
}
