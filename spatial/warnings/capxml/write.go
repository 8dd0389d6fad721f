package capxml

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/spatial/warnings"
)

// beijing is the zone that times are written in; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// Write writes a revision of a warning as a message. before are the revisions
// before it, to which an update or a cancellation refers. What [Read] makes of it
// is the warning's content again.
func Write(w warnings.Warning, before []warnings.Warning, r warnings.Register) ([]byte, error) {
	kind, _ := r.Kind(w.Kind)
	colour, ok := r.Colour(w.Colour)
	if !ok {
		return nil, fmt.Errorf("capxml: warning %d has the colour %q", w.ID, w.Colour)
	}
	a := alert{
		Identifier: w.CAP.Identifier, Sender: w.CAP.Sender, Sent: writeTime(w.CAP.Sent), Status: "Actual", Scope: "Public",
		MsgType: map[warnings.Action]string{warnings.Publish: "Alert", warnings.Update: "Update", warnings.Cancel: "Cancel"}[w.Action], Note: w.Reason,
	}
	var references []string
	for _, b := range before {
		references = append(references, b.CAP.Sender+","+b.CAP.Identifier+","+writeTime(b.CAP.Sent))
	}
	a.References = strings.Join(references, " ")
	i := info{
		Language: "zh-CN", Category: kind.Category, Event: kind.Name, Urgency: "Unknown", Severity: colour.Severity, Certainty: "Unknown",
		Onset: writeTime(w.ValidFrom), Expires: writeTime(w.ValidTo), SenderName: w.Issuer, Headline: w.Headline, Description: w.Text, Instruction: w.Advice,
		Parameter: []value{{kindName, w.Kind}, {colourName, w.Colour}},
	}
	if kind.Code != "" {
		i.EventCode = []value{{eventCodeName, kind.Code}}
	}
	here := area{Description: w.AreaText}
	for _, code := range w.Divisions {
		here.Geocode = append(here.Geocode, value{divisionName, code})
	}
	for _, polygon := range w.Polygon {
		here.Polygon = append(here.Polygon, writeRing(polygon))
	}
	i.Area = []area{here}
	a.Info = []info{i}
	text, err := xml.MarshalIndent(a, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("capxml: writing warning %d: %w", w.ID, err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

// writeTime writes a time as CAP wants it: to the second, never with Z.
func writeTime(at time.Time) string { return at.In(beijing).Format("2006-01-02T15:04:05-07:00") }

// writeRing writes latitude first.
func writeRing(polygon orb.Polygon) string {
	var pairs []string
	for _, p := range polygon[0] {
		pairs = append(pairs, strconv.FormatFloat(p[1], 'f', -1, 64)+","+strconv.FormatFloat(p[0], 'f', -1, 64))
	}
	return strings.Join(pairs, " ")
}
