package gdal

import (
	"encoding/binary"
	"math"
)

// Builder makes a [Batch] of features that GDAL doesn't read, such as the rows
// of a workbook, so that they take the same way as all others.
type Builder struct {
	batch Batch
}

// NewBuilder returns a builder of batches whose features have that many fields.
func NewBuilder(fields int) *Builder { return &Builder{Batch{fields: fields}} }

// Rows is how many features were added.
func (b *Builder) Rows() int { return b.batch.Rows }

// Size is how many bytes they fill.
func (b *Builder) Size() int { return len(b.batch.data) }

// Add appends a feature: its WKB, nil without geometry, and one value for each
// field. A Moment becomes its text; readers that need one are GDAL's.
func (b *Builder) Add(wkb []byte, values []Value) {
	d := binary.LittleEndian.AppendUint32(b.batch.data, uint32(len(wkb)))
	d = append(d, wkb...)
	for _, v := range values[:b.batch.fields] {
		switch v.Kind {
		case Int:
			d = binary.LittleEndian.AppendUint64(append(d, byte(Int)), uint64(v.Int))
		case Float:
			d = binary.LittleEndian.AppendUint64(append(d, byte(Float)), math.Float64bits(v.Float))
		case Text:
			d = binary.LittleEndian.AppendUint32(append(d, byte(Text)), uint32(len(v.Text)))
			d = append(d, v.Text...)
		case Moment:
			text := v.Time.Format("2006-01-02 15:04:05")
			d = binary.LittleEndian.AppendUint32(append(d, byte(Text)), uint32(len(text)))
			d = append(d, text...)
		default:
			d = append(d, byte(Null))
		}
	}
	b.batch.data = d
	b.batch.Rows++
}

// Batch returns what was added since the last call.
func (b *Builder) Batch() Batch {
	whole := b.batch
	b.batch = Batch{fields: whole.fields}
	return whole
}
