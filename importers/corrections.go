package importers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
)

// ErrCorrection reports a correction that can't be read.
var ErrCorrection = errors.New("importers: correction can't be read")

// heldFeature is a row in quarantine as GeoJSON: its number is the id, its
// attributes are the properties, and the positions are of the delivery's system.
type heldFeature struct {
	Type       string            `json:"type"`
	ID         int64             `json:"id"`
	Properties json.RawMessage   `json:"properties"`
	Geometry   *geojson.Geometry `json:"geometry"`
	Rule       string            `json:"rule,omitempty"`
	Field      string            `json:"field,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	ReasonEN   string            `json:"reason_en,omitempty"`
	State      layers.RowState   `json:"state,omitempty"`
}

func featureOf(row layers.QuarantinedRow) heldFeature {
	f := heldFeature{
		Type: "Feature", ID: row.Row, Properties: row.Attributes, Rule: row.Rule, Field: row.Field,
		Reason: row.Reason, ReasonEN: row.ReasonEN, State: row.State,
	}
	if g, err := wkb.Unmarshal(row.Geometry); err == nil && g != nil {
		f.Geometry = geojson.NewGeometry(g)
		if _, err := json.Marshal(f.Geometry); err != nil { // a coordinate that is not a number
			f.Geometry = nil
		}
	}
	return f
}

// WriteQuarantine writes a version's rows in quarantine that no version has
// taken, as a GeoJSON FeatureCollection with the system it is in.
func WriteQuarantine(ctx context.Context, store *layers.Store, layer string, version int, to io.Writer) error {
	of, err := store.Delivery(ctx, layer, version)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(to)
	name, err := json.Marshal("urn:ogc:def:crs:" + of.SourceCRS)
	if err != nil {
		return fmt.Errorf("importers: writing rows in quarantine: %w", err)
	}
	fmt.Fprintf(out, "{\"type\": \"FeatureCollection\", \"crs\": {\"type\": \"name\", \"properties\": {\"name\": %s}}, \"features\": [", name) //nolint:errcheck // Flush tells
	r := retry{store: store, of: of}
	separator := "\n"
	err = r.eachRow(ctx, func(page []layers.QuarantinedRow) error {
		for _, row := range page {
			if row.State == layers.RowAccepted {
				continue
			}
			text, err := json.Marshal(featureOf(row))
			if err != nil {
				return fmt.Errorf("importers: writing rows in quarantine: %w", err)
			}
			out.WriteString(separator) //nolint:errcheck // Flush tells
			out.Write(text)            //nolint:errcheck // Flush tells
			separator = ",\n"
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\n]}\n") //nolint:errcheck // Flush tells
	return out.Flush()
}

// CorrectFrom corrects rows in quarantine by a FeatureCollection as
// [WriteQuarantine] writes it, with the ids of the rows: their properties and
// geometry replace the row's. It returns how many there were.
func CorrectFrom(ctx context.Context, store *layers.Store, layer string, version int, from io.Reader) (int, error) {
	of, err := store.Delivery(ctx, layer, version)
	if err != nil {
		return 0, err
	}
	decoder := json.NewDecoder(bufio.NewReader(from))
	if err := findFeatures(decoder); err != nil {
		return 0, unreadable(err)
	}
	n := 0
	for decoder.More() {
		var f heldFeature
		if err := decoder.Decode(&f); err != nil {
			return n, unreadable(err)
		}
		change := layers.RowChange{Attributes: f.Properties}
		if f.State == layers.RowDiscarded {
			change.State = layers.RowDiscarded
		}
		if f.Geometry != nil {
			if change.Geometry, err = wkb.Marshal(f.Geometry.Geometry()); err != nil {
				return n, unreadable(err)
			}
		}
		if err := store.Correct(ctx, of, f.ID, change); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// ReadCorrection reads the correction of one row: an object with attributes,
// geometry (GeoJSON in the delivery's system) and state, each optional.
func ReadCorrection(from io.Reader) (layers.RowChange, error) {
	var given struct {
		Attributes map[string]any    `json:"attributes"`
		Geometry   *geojson.Geometry `json:"geometry"`
		State      layers.RowState   `json:"state"`
	}
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(&given); err != nil {
		return layers.RowChange{}, unreadable(err)
	}
	change := layers.RowChange{State: given.State}
	switch given.State {
	case "", layers.RowOpen, layers.RowCorrected, layers.RowDiscarded:
	default:
		return change, unreadable(fmt.Errorf("state %.20q is none of open, corrected, discarded", given.State))
	}
	var err error
	if given.Attributes != nil {
		if change.Attributes, err = json.Marshal(given.Attributes); err != nil {
			return change, unreadable(err)
		}
	}
	if given.Geometry != nil {
		if change.Geometry, err = wkb.Marshal(given.Geometry.Geometry()); err != nil {
			return change, unreadable(err)
		}
	}
	return change, nil
}

// findFeatures moves to the first element of the member "features".
func findFeatures(decoder *json.Decoder) error {
	open, err := decoder.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return errors.New("no FeatureCollection")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if name != "features" {
			var skipped json.RawMessage
			if err := decoder.Decode(&skipped); err != nil {
				return err
			}
			continue
		}
		open, err := decoder.Token()
		if err == nil && open != json.Delim('[') {
			err = errors.New("features is no list")
		}
		return err
	}
	return errors.New("it has no features")
}

func unreadable(err error) error {
	return problem(because(ErrCorrection, err),
		"更正内容无法识读：%[1]v；请用 quarantine export 导出的 GeoJSON 修改后提交，保留每个要素的 id",
		"the correction can't be read: %[1]v; edit what quarantine export writes, and keep each feature's id", err)
}
