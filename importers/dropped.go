package importers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"onemap/importers/gdal"
)

// dropped are the source's fields that an import does not read.
func (s *source) dropped() []int {
	read := make([]bool, len(s.names))
	for _, i := range s.columns() {
		if i < len(read) {
			read[i] = true
		}
	}
	var rest []int
	for i, is := range read {
		if !is {
			rest = append(rest, i)
		}
	}
	return rest
}

// attributeNames say, by field of the source, what its value is called in the
// quarantine: as in the file, and with the field's number behind it where another
// field already has that name, or where it would be read as a correction of the
// layer's field of that name.
func (s *source) attributeNames() []string {
	names, taken := make([]string, len(s.names)), map[string]bool{}
	for _, m := range s.mapping.matches {
		if m.source < len(names) {
			names[m.source] = s.names[m.source]
			taken[s.names[m.source]] = true
		}
	}
	for _, field := range s.def.Fields {
		taken[field.Name] = true
	}
	for i, name := range s.names {
		if names[i] != "" {
			continue
		}
		for ; taken[name]; name = fmt.Sprintf("%s #%d", name, i+1) {
		}
		names[i] = name
		taken[name] = true
	}
	return names
}

// completion adds to refused rows the fields that their import did not read. It
// reads the source a second time, as far as the last refused row, so that rows
// that are taken cost nothing more; in memory is one batch.
type completion struct {
	source   *source
	columns  []int
	names    []string
	features features
	batch    [][]gdal.Value // of the rows from first on
	first    int64
}

// complete starts the second reading; the caller closes it. Nil is that there is
// nothing to add.
func complete(s *source) (*completion, error) {
	c := &completion{source: s, columns: s.dropped(), names: s.attributeNames(), first: 1}
	if len(c.columns) == 0 {
		return nil, nil
	}
	var err error
	if c.features, err = s.file.Read(s.index, c.columns); err != nil {
		return nil, s.explainRead(err)
	}
	return c, nil
}

// add completes a row's attributes. Rows come in the order of their numbers. It
// may be called on nil.
func (c *completion) add(ctx context.Context, h *heldRow) error {
	if c == nil {
		return nil
	}
	for h.Row >= c.first+int64(len(c.batch)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.first += int64(len(c.batch))
		if err := c.next(); err != nil {
			return err
		}
	}
	attributes := map[string]json.RawMessage{}
	if err := json.Unmarshal(h.Attributes, &attributes); err != nil {
		return fmt.Errorf("importers: keeping refused rows: %w", err)
	}
	for i, v := range c.batch[h.Row-c.first] {
		text, err := json.Marshal(plainValue(v, c.source.charset))
		if err != nil {
			return fmt.Errorf("importers: keeping refused rows: %w", err)
		}
		attributes[c.names[c.columns[i]]] = text
	}
	var err error
	if h.Attributes, err = json.Marshal(attributes); err != nil {
		return fmt.Errorf("importers: keeping refused rows: %w", err)
	}
	return nil
}

// next reads a batch.
func (c *completion) next() error {
	c.batch = c.batch[:0]
	batch, err := c.features.Next(batchRows, batchBytes)
	if errors.Is(err, io.EOF) {
		return problem(ErrDamaged,
			"%[1]s 在导入期间变短了；请勿在导入时改动文件，然后重试",
			"%[1]s became shorter while it was imported; leave the file alone and try again", c.source.dataset.name)
	}
	if err != nil {
		return c.source.explainRead(err)
	}
	return batch.Each(func(_ []byte, values []gdal.Value) error {
		c.batch = append(c.batch, append([]gdal.Value(nil), values...)) // texts are the batch's, which nobody changes
		return nil
	})
}

// close ends the second reading. It may be called on nil.
func (c *completion) close() {
	if c != nil {
		c.features.Close()
	}
}
